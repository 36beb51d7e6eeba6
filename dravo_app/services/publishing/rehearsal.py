"""Beside step 1: what `publish` would say to a request, account by account, with nothing stored and nothing sent."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from sqlmodel import Session

from dravo_app.errors import Flaw
from dravo_app.models import Account, Environment, Health
from dravo_app.providers import catalogue
from dravo_app.services import composition, validation
from dravo_app.services.caller import Caller
from dravo_app.services.publishing import plan
from dravo_app.services.publishing.plan import PublishRequest

_MARKER = re.compile(r"\[\[\s*sandbox:[^\[\]]{1,80}\]\]", re.IGNORECASE)
_UNREAD = {"text_too_long", "text_invalid"}  # a text that no network's counter should be troubled with


@dataclass(frozen=True)
class RehearsedMedium:
    """One picture that an account would get, and what it shows ("" where nobody says)."""

    url: str
    alt_text: str


@dataclass(frozen=True)
class AccountRehearsal:
    """What one account would get. `flaws` keep the whole job from going out, `warnings` don't."""

    account_id: str
    provider: str
    text: str
    media: list[RehearsedMedium] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)
    warnings: list[Flaw] = field(default_factory=list)


@dataclass(frozen=True)
class Rehearsal:
    """`flaws` and `warnings` are the job's own; each account has its own beside it, in the order in which they were named."""

    flaws: list[Flaw]
    warnings: list[Flaw]
    accounts: list[AccountRehearsal]

    @property
    def is_publishable(self) -> bool:
        """Would `publish` take it as it is?"""
        return not self.flaws and not any(account.flaws for account in self.accounts)


def rehearse(
    session: Session, caller: Caller, request: PublishRequest, address_flaws: Sequence[Flaw] = ()
) -> Rehearsal:
    """Ask every rule that `publish` asks. Never raises Invalid: what it would say is in the answer.

    `address_flaws` is what `plan.check_media_addresses` found, outside of any transaction.
    """
    accounts, own_flaws = plan.examine(session, caller, request, address_flaws)
    option_flaws = validation.option_flaws(request.provider_options)
    is_readable = not option_flaws and not any(flaw.code in _UNREAD for flaw in own_flaws)
    return Rehearsal(
        flaws=own_flaws + option_flaws,
        warnings=_unused_options(request, accounts) + _unused_policy(request) + _marker_warnings(request, caller),
        accounts=[_rehearse_account(request, account, is_readable=is_readable) for account in accounts],
    )


def _rehearse_account(request: PublishRequest, account: Account, *, is_readable: bool) -> AccountRehearsal:
    options = request.provider_options
    return AccountRehearsal(
        account_id=account.id,
        provider=account.provider,
        text=composition.text_for(request.text, options, account.provider, account.id),
        media=_media(request, account),
        flaws=validation.account_flaws(request.text, options, account, request.media_urls) if is_readable else [],
        warnings=_health_warnings(account),
    )


def _media(request: PublishRequest, account: Account) -> list[RehearsedMedium]:
    named = (request.provider_options, account.provider, account.id)
    urls, alts = composition.media_for(request.media_urls, *named), composition.alt_texts_for(*named)
    return [RehearsedMedium(url, alt) for url, alt in zip_longest(urls, alts[: len(urls)], fillvalue="")]


def _health_warnings(account: Account) -> list[Flaw]:
    reason = account.health_reason or "The network did not let us in the last time."
    if account.health == Health.NEEDS_RECONNECT:
        return [Flaw("/account_ids", "account_needs_reconnect", f"This account must be connected again: {reason}")]
    if account.health == Health.BLOCKED:
        return [Flaw("/account_ids", "account_blocked", f"The network blocks this account: {reason}")]
    return []


def _unused_options(request: PublishRequest, accounts: Sequence[Account]) -> list[Flaw]:
    chosen = {account.provider for account in accounts}
    ids = {account.id for account in accounts}
    warnings = []
    for provider, options in request.provider_options.items():
        here = f"/provider_options/{provider}"
        if provider in catalogue.NAMES and provider not in chosen:
            message = f"No chosen account is on {catalogue.NAMES[provider]}; these options change nothing."
            warnings.append(Flaw(here, "options_unused", message))
        elif isinstance(own := options.get("accounts"), dict):
            message = "This account is not among the chosen ones of this network; its options change nothing."
            warnings += [Flaw(f"{here}/accounts", "options_unused", message)] if set(own) - ids else []
    return warnings


def _unused_policy(request: PublishRequest) -> list[Flaw]:
    if request.late_policy is None or request.scheduled_at is not None:
        return []
    message = "A post without a time goes out at once and can't come late; this changes nothing."
    return [Flaw("/late_policy", "late_policy_unused", message)]


def _marker_warnings(request: PublishRequest, caller: Caller) -> list[Flaw]:
    if not _MARKER.search(request.text):
        return []
    told = (
        "The sandbox will behave as the marker in the text says."
        if caller.environment is Environment.TEST
        else "The text holds a marker for the sandbox; live, it is published as plain text."
    )
    return [Flaw("/text", "sandbox_marker", told)]
