"""Every call of every adapter, once, with the answers that lead up to it and the path on which trouble is made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from dravo_app.providers.base import Provider
from dravo_app.providers.bluesky import record
from dravo_app.providers.bluesky.publish import Bluesky
from dravo_app.providers.mastodon.publish import Mastodon
from dravo_app.providers.types import Credentials, Medium, Publication
from dravo_app.providers.x.publish import X
from tests.providers import mastodon_talk as mastodon
from tests.providers.wire import Trick, answer

SECRETS = ("tok-access-4711", "tok-refresh-4711", "app-password-4711", "client-secret-4711")
STARTED_AT = datetime.now(UTC).replace(microsecond=123456)

X_CREDENTIALS: Credentials = {
    "access_token": SECRETS[0],
    "refresh_token": SECRETS[1],
    "client_id": "app",
    "client_secret": SECRETS[3],
    "user_id": "42",
}
DID = "did:plc:abc234"
BLUESKY_CREDENTIALS: Credentials = {
    "access_jwt": SECRETS[0],
    "refresh_jwt": SECRETS[1],
    "app_password": SECRETS[2],
    "identifier": "alice.test",
    "did": DID,
    "service": "https://bsky.social",
    "pds": "https://bsky.social",
}


def publication(text: str = "Hello", *, is_repeat: bool = False, taken: frozenset[str] = frozenset()) -> Publication:
    return Publication("dlv_1", "42", "alice", text, STARTED_AT, is_repeat=is_repeat, taken_post_ids=taken)


def bluesky_publication(text: str = "Hello", options: Mapping[str, object] | None = None) -> Publication:
    return Publication("dlv_1", DID, "alice.test", text, STARTED_AT, dict(options or {}))  # type: ignore[arg-type]


def picture(alt_text: str = "", *, is_animated: bool = False) -> Medium:
    """A file to send; its content matters to nobody here."""
    path = Path(__file__).with_name("wire.py")
    kind = "image/gif" if is_animated else "image/png"
    return Medium(path, kind, path.stat().st_size, 640, 480, alt_text, is_animated)


def with_media(post: Publication, *media: Medium) -> Publication:
    """The same post with these pictures."""
    return replace(
        post, media=media, media_urls=("https://pictures.example/",) * len(media),
        alt_texts=tuple(medium.alt_text for medium in media),
    )  # fmt: skip


@dataclass(frozen=True)
class Conversation:
    """One call of an adapter; trouble is made on `path`, `others` are answered well.

    `keeps_sockets` where the adapter's calls share a connection; `understood` are answers of the wrong kind that are right here.
    """

    name: str
    adapter: type[Provider]
    path: str
    call: Callable[[Provider], object]
    good: Trick
    is_write: bool = False
    others: Mapping[str, Trick] = field(default_factory=dict)
    goes_on_without: bool = False
    keeps_sockets: bool = True
    understood: frozenset[str] = frozenset()


UNREAD = frozenset(
    ["html", "empty", "null", "a list", "an empty object", "wrong types", "empty fields", "another's values", "204"]
) | frozenset(["huge", "packed", "not a number", "deep", "not utf-8", "echo"])
"""Answers of the wrong kind to a call of which only the status is read."""

_X_POSTED = {"/2/tweets": answer(201, {"data": {"id": "1890", "text": "Hello"}})}
_X_UPLOADED = answer(200, {"data": {"id": "710", "media_key": "3_710"}})
_X_GIF = with_media(publication(), picture("A wave", is_animated=True))
_X_PIECES = {
    "/2/media/upload/initialize": _X_UPLOADED,
    "/2/media/upload/710/append": answer(204, raw=b""),
    "/2/media/upload/710/finalize": _X_UPLOADED,
    "/2/media/metadata": answer(200, {"data": {"id": "710"}}),
    **_X_POSTED,
}
_BLOB = {"$type": "blob", "ref": {"$link": "bafkreihdwdcefgh"}, "mimeType": "image/png", "size": picture().size_bytes}
_X_PAGE = answer(200, {"meta": {"result_count": 0}})
_SESSION = {"did": DID, "handle": "alice.test", "accessJwt": "a.b.c", "refreshJwt": "r.r.r"}
_URI = record.post_uri(DID, record.record_key(bluesky_publication()))
_PUT = "/xrpc/com.atproto.repo.putRecord"
_PUT_OK = answer(200, {"uri": _URI, "cid": "bafy"})
_LOGIN = "/xrpc/com.atproto.server.createSession"
_REFRESH = "/xrpc/com.atproto.server.refreshSession"

CONVERSATIONS = (
    Conversation(
        "x publish",
        X,
        "/2/tweets",
        lambda x: x.publish(X_CREDENTIALS, publication()),
        answer(201, {"data": {"id": "1890", "text": "Hello"}}),
        is_write=True,
    ),
    Conversation(
        "x publish, sending a picture",
        X,
        "/2/media/upload",
        lambda x: x.publish(X_CREDENTIALS, with_media(publication(), picture())),
        _X_UPLOADED,
        others=_X_POSTED,
    ),
    Conversation(
        "x publish, describing a picture",
        X,
        "/2/media/metadata",
        lambda x: x.publish(X_CREDENTIALS, with_media(publication(), picture("A wave"))),
        answer(200, {"data": {"id": "710"}}),
        others={"/2/media/upload": _X_UPLOADED, **_X_POSTED},
    ),
    Conversation(
        "x publish, announcing an animation",
        X,
        "/2/media/upload/initialize",
        lambda x: x.publish(X_CREDENTIALS, _X_GIF),
        _X_UPLOADED,
        others=_X_PIECES,
    ),
    Conversation(
        "x publish, sending a piece",
        X,
        "/2/media/upload/710/append",
        lambda x: x.publish(X_CREDENTIALS, _X_GIF),
        answer(204, raw=b""),
        others=_X_PIECES,
        understood=UNREAD,
    ),
    Conversation(
        "x publish, closing an animation",
        X,
        "/2/media/upload/710/finalize",
        lambda x: x.publish(X_CREDENTIALS, _X_GIF),
        _X_UPLOADED,
        others=_X_PIECES,
    ),
    Conversation(
        "x resume",
        X,
        "/2/media/upload",
        lambda x: x.resume(X_CREDENTIALS, _X_GIF, {"media_ids": ["710"], "looks": 0}),
        answer(200, {"data": {"id": "710", "processing_info": {"state": "succeeded"}}}),
    ),
    Conversation("x look up", X, "/2/users/42/tweets", lambda x: x.look_up(X_CREDENTIALS, publication()), _X_PAGE),
    Conversation(
        "x identify",
        X,
        "/2/users/me",
        lambda x: x.identify(X_CREDENTIALS, "alice"),
        answer(200, {"data": {"id": "42", "username": "alice"}}),
    ),
    Conversation(
        "x refresh",
        X,
        "/2/oauth2/token",
        lambda x: x.refresh(X_CREDENTIALS, STARTED_AT),
        answer(200, {"access_token": "a", "refresh_token": "r", "expires_in": 7200}),
    ),
    Conversation(
        "bluesky publish",
        Bluesky,
        _PUT,
        lambda bluesky: bluesky.publish(BLUESKY_CREDENTIALS, bluesky_publication()),
        _PUT_OK,
        is_write=True,
    ),
    Conversation(
        "bluesky publish, resolving a mention",
        Bluesky,
        "/xrpc/com.atproto.identity.resolveHandle",
        lambda bluesky: bluesky.publish(BLUESKY_CREDENTIALS, bluesky_publication("Hello @bob.test")),
        answer(200, {"did": "did:plc:bob"}),
        others={_PUT: _PUT_OK},
        goes_on_without=True,
    ),
    Conversation(
        "bluesky publish, sending a picture",
        Bluesky,
        "/xrpc/com.atproto.repo.uploadBlob",
        lambda bluesky: bluesky.publish(BLUESKY_CREDENTIALS, with_media(bluesky_publication(), picture("A wave"))),
        answer(200, {"blob": _BLOB}),
        others={_PUT: _PUT_OK},
    ),
    Conversation(
        "bluesky look up",
        Bluesky,
        "/xrpc/com.atproto.repo.getRecord",
        lambda bluesky: bluesky.look_up(BLUESKY_CREDENTIALS, bluesky_publication()),
        answer(200, {"uri": _URI, "value": {"text": "Hello"}}),
    ),
    Conversation(
        "bluesky identify",
        Bluesky,
        _LOGIN,
        lambda bluesky: bluesky.identify({"app_password": SECRETS[2]}, "alice.test"),
        answer(200, _SESSION),
    ),
    Conversation(
        "bluesky refresh",
        Bluesky,
        _REFRESH,
        lambda bluesky: bluesky.refresh(BLUESKY_CREDENTIALS, STARTED_AT),
        answer(200, _SESSION),
        others={_LOGIN: answer(401, {"error": "AuthenticationRequired", "message": "Invalid identifier or password"})},
    ),
    Conversation(
        "bluesky refresh by password",
        Bluesky,
        _LOGIN,
        lambda bluesky: bluesky.refresh(BLUESKY_CREDENTIALS, STARTED_AT),
        answer(200, _SESSION),
        others={_REFRESH: answer(400, {"error": "ExpiredToken", "message": "Token has expired"})},
    ),
    Conversation(
        "mastodon publish",
        Mastodon,
        mastodon.STATUSES,
        lambda server: server.publish(mastodon.CREDENTIALS, mastodon.publication()),
        answer(200, mastodon.status()),
        is_write=True,
        keeps_sockets=False,
    ),
    Conversation(
        "mastodon publish, sending a picture",
        Mastodon,
        mastodon.MEDIA,
        lambda server: server.publish(mastodon.CREDENTIALS, mastodon.publication(media=(mastodon.picture(),))),
        answer(200, {"id": "7", "url": "https://mastodon.example/7.png"}),
        others={mastodon.STATUSES: answer(200, mastodon.status())},
        keeps_sockets=False,
    ),
    Conversation(
        "mastodon resume",
        Mastodon,
        "/api/v1/media/7",
        lambda server: server.resume(mastodon.CREDENTIALS, mastodon.publication(), {"media_ids": ["7"]}),
        answer(200, {"id": "7", "url": "https://mastodon.example/7.png"}),
        keeps_sockets=False,
    ),
    Conversation(
        "mastodon look up",
        Mastodon,
        mastodon.OWN,
        lambda server: server.look_up(mastodon.CREDENTIALS, mastodon.publication()),
        answer(200, [mastodon.status()]),
        keeps_sockets=False,
        understood=frozenset({"a list"}),  # no posts at all
    ),
    Conversation(
        "mastodon identify",
        Mastodon,
        mastodon.VERIFY,
        lambda server: server.identify(mastodon.CREDENTIALS, "alice"),
        answer(200, {"id": "42", "username": "alice", "acct": "alice"}),
        keeps_sockets=False,
    ),
    Conversation(
        "mastodon limits",
        Mastodon,
        mastodon.INSTANCE,
        lambda server: server.read_limits(mastodon.CREDENTIALS),
        answer(
            200, {"title": "Somewhere", "version": "4.7.0", "configuration": {"statuses": {"max_characters": 5000}}}
        ),
        keeps_sockets=False,
    ),
)
