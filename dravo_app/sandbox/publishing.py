"""One publish conversation: the fault it meets, and the network's own words for it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from sqlite3 import Connection
from typing import Protocol

from dravo_app.sandbox import credentials, faults
from dravo_app.sandbox.faults import Fault
from dravo_app.sandbox.wire import Later, Reply, Request, Step, html_reply

Show = Callable[[Connection], Reply]


class Keep(Protocol):
    """Keeps an upload and answers as the network does."""

    def __call__(self, connection: Connection, /, *, processing_seconds: float) -> Reply: ...


GATEWAY_PAGE = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>Just a moment</title>"
    "<h1>Just a moment</h1><p>Checking your connection before you go on.</p></html>"
)


@dataclass(frozen=True, slots=True)
class Voice:
    """How one network says what a fault makes it say."""

    throttled: Callable[[int], Reply]
    broken: Callable[[], Reply]
    rejected: Callable[[], Reply]
    token_expired: Callable[[], Reply]
    token_revoked: Callable[[], Reply]
    over_quota: Callable[[], Reply]
    success_status: int


def converse(connection: Connection, request: Request, voice: Voice, account: str, text: str, show: Show) -> Step:
    """Play the fault that waits for this post, or none. `show` makes the post visible and answers as the network does."""
    return _play(connection, faults.take(connection, request, account, text), request, voice, account, show)


def receive(connection: Connection, request: Request, voice: Voice, account: str, alt_text: str, keep: Keep) -> Step:
    """Play the fault that waits for this upload, or none. `keep` keeps it, ready after so many seconds, and answers."""
    fault = faults.take_for_media(connection, request, account, alt_text)
    voice = replace(voice, success_status=200)
    return _play(connection, fault, request, voice, account, partial(keep, processing_seconds=fault.processing_seconds))


def _play(connection: Connection, fault: Fault, request: Request, voice: Voice, account: str, show: Show) -> Step:
    go_on = partial(_meet, fault=fault, request=request, voice=voice, account=account, show=show)
    return Later(fault.delay_seconds, go_on) if fault.delay_seconds else go_on(connection)


def _meet(connection: Connection, *, fault: Fault, request: Request, voice: Voice, account: str, show: Show) -> Reply:
    match fault.kind:
        case "500 after":
            return _after(show(connection), voice.broken())
        case "answer lost":
            return _after(show(connection), Reply(0, ending="close"))
        case "token expired":
            credentials.expire_access(connection, request.network, account)
        case "token revoked":
            credentials.revoke_all(connection, request.network, account)
    instead = _nothing_visible(fault, voice)
    return show(connection) if instead is None else instead


def _after(shown: Reply, instead: Reply) -> Reply:
    """A post that the network refused didn't become visible, so its refusal is the answer."""
    return instead if shown.is_success else shown


def _nothing_visible(fault: Fault, voice: Voice) -> Reply | None:
    match fault.kind:
        case "429":
            return voice.throttled(int(fault.seconds))
        case "500 before":
            return voice.broken()
        case "refuse connect":
            return Reply(0, ending="reset")
        case "rejected":
            return voice.rejected()
        case "token expired":
            return voice.token_expired()
        case "token revoked":
            return voice.token_revoked()
        case "quota":
            return voice.over_quota()
        case "html":
            return html_reply(200, GATEWAY_PAGE)
        case "empty":
            return Reply(voice.success_status)
        case "huge":
            return replace(Reply(voice.success_status, b'{"data":{"id":"'), ending="stream")
    return None
