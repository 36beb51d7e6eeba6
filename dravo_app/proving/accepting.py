"""The proof's front desk: connects accounts and hands posts in as any caller would, and notes down what was accepted."""

from collections.abc import Iterable
from datetime import timedelta

from dravo_app import clock, db
from dravo_app.models import Environment, Role
from dravo_app.proving.books import Key
from dravo_app.proving.plan import Place, Post
from dravo_app.services import connecting, sandbox_accounts, users
from dravo_app.services.caller import Caller
from dravo_app.services.publishing import plan as publishing

_CALLER = Caller(users.FIRST_WORKSPACE, Environment.TEST, "key_proof", Role.OWNER)


class Desk:
    """`accepted` is what this proof was promised: it grows when a post is accepted, whatever Dravo knows later."""

    def __init__(self, picture: str) -> None:
        self.accepted: list[Key] = []
        self._picture = picture
        self._accounts: dict[Place, str] = {}

    def connect(self, places: Iterable[Place]) -> None:
        for place in places:
            identity = sandbox_accounts.identify(_CALLER, place.network, place.name)
            with db.transaction() as session:
                account, _ = connecting.connect(session, _CALLER, place.network, identity)
                self._accounts[place] = account.id

    def accept(self, post: Post) -> None:
        """Hand it in; returns when Dravo has accepted it."""
        request = self._request(post)
        flaws = publishing.check_media_addresses(request) if post.alt_text else []
        early = publishing.EARLIEST if post.in_seconds is not None else timedelta(0)
        with clock.set_back(early), db.transaction() as session:
            publishing.publish(session, _CALLER, request, flaws)
        self.accepted += [(place, post.text) for place in post.places]

    def _request(self, post: Post) -> publishing.PublishRequest:
        pictures = [self._picture] if post.alt_text else []
        alts: dict[str, dict[str, object]] = {place.network: {"alt_texts": [post.alt_text]} for place in post.places}
        at = clock.now() + timedelta(seconds=post.in_seconds) if post.in_seconds is not None else None
        return publishing.PublishRequest(
            account_ids=[self._accounts[place] for place in post.places],
            text=post.text,
            media_urls=pictures,
            provider_options=alts if post.alt_text else {},
            scheduled_at=at,
        )
