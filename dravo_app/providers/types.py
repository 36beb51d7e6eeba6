"""What services and providers say to each other: plain values, no behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]
"""Anything JSON can say."""

Credentials = Mapping[str, Json]
"""What an account needs to act, as the adapter that made it wrote it; sealed at rest, never logged."""


@dataclass(frozen=True)
class Option:
    """One typed option of `provider_options.<provider>`; `kind` is a JSON type, `choices` closes a string's values."""

    name: str
    kind: str
    description: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Limit:
    """A number of the network's, with where it was read and when."""

    value: int
    unit: str
    source: str
    checked_on: str


@dataclass(frozen=True)
class CredentialField:
    """One field of `credentials` when an account is connected by hand."""

    name: str
    description: str
    required: bool = True
    secret: bool = True
    also_called: tuple[str, ...] = ()


@dataclass(frozen=True)
class PictureRule:
    """What a network takes of one kind of picture; a limit that is None isn't there. `max_side` is of width and height each."""

    content_types: tuple[str, ...]
    max_bytes: Limit
    max_pixels: Limit | None = None
    max_side: Limit | None = None


@dataclass(frozen=True)
class MediaRules:
    """Media of one post: up to `max_count` still images, or up to `max_animations` moving ones where they are taken at all.

    `max_alt` limits one description.
    """

    max_count: Limit
    images: PictureRule
    animations: PictureRule | None = None
    max_animations: int = 1
    max_alt: Limit | None = None


@dataclass(frozen=True)
class Capabilities:
    """What a provider can do, as data; the validator, the API and the composer read it from here.

    `has_own_limits`: each server sets its own (an instance); `Provider.read_limits` asks for them. `needs_server` names the
    credential without which a live account has no server to be asked.
    """

    text_limits: tuple[Limit, ...]
    counting: str
    text_only_allowed: bool = True
    media: MediaRules | None = None
    has_own_limits: bool = False
    options: tuple[Option, ...] = ()
    credential_fields: tuple[CredentialField, ...] = ()
    scopes: tuple[str, ...] = ()
    needs_server: str | None = None
    safe_to_repeat: bool = False
    can_look_up: bool = False
    can_refresh: bool = False
    visible_within_seconds: float = 60.0


@dataclass(frozen=True)
class Medium:
    """One picture, fetched, looked at and made to fit the network's rule: a file on our disk. `alt_text` is "" where none is.

    `width` and `height` are in pixels as shown (turned the right way round).
    """

    path: Path
    content_type: str
    size_bytes: int
    width: int
    height: int
    alt_text: str = ""
    is_animated: bool = False


@dataclass(frozen=True)
class Publication:
    """One post for one account, as the adapter gets it.

    `media_urls` and `alt_texts` (by position, "" where none) are what was asked for, and all that `check` may go by; `media`
    are the fetched files, there only when `publish` is called. `limits` are the account's own server's (see `read_limits`).
    `prepared` is what an earlier `Ready` handed over: where it is there, the files are with the network already.

    `started_at` is the first attempt's start: it stays the same on every repeat, so that a key or a date made from it does
    too. `is_repeat` says that an earlier attempt may have reached the network. `unknown_since` is the start of the first of
    which nobody knows whether it did, None where that isn't known either. `taken_post_ids` are posts of this account
    that belong to other deliveries: a look-up must not take one of them for ours.
    """

    delivery_id: str
    platform_account_id: str
    handle: str
    text: str
    started_at: datetime
    options: Mapping[str, Json] = field(default_factory=dict)
    is_repeat: bool = False
    unknown_since: datetime | None = None
    taken_post_ids: frozenset[str] = frozenset()
    media_urls: tuple[str, ...] = ()
    alt_texts: tuple[str, ...] = ()
    media: tuple[Medium, ...] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    prepared: Mapping[str, Json] = field(default_factory=dict)

    @property
    def look_from(self) -> datetime:
        """No post of ours is older. What failed for certain before made none, so one that says the same is somebody else's."""
        return self.unknown_since or self.started_at


@dataclass(frozen=True)
class Problem:
    """Why a publication can't go to this network as it is; `pointer` names the field of the request it concerns."""

    code: str
    message: str
    pointer: str = "/text"


@dataclass(frozen=True)
class Published:
    """The network shows the post. `raw` is its answer, trimmed, for developers."""

    platform_post_id: str
    permalink: str | None
    raw: str = ""


@dataclass(frozen=True)
class Processing:
    """The network took the post and is still working; `handle` is plain JSON without secrets."""

    handle: dict[str, Json]
    look_again_seconds: float = 5.0


@dataclass(frozen=True)
class Ready:
    """All that the post needs is with the network and nothing is public; `handle` comes back as `Publication.prepared`.

    Only `publish` makes something public, so a look that ends well asks for a `publish` instead of doing it itself.
    """

    handle: dict[str, Json]


Outcome = Published | Processing | Ready


@dataclass(frozen=True)
class Identity:
    """Whose credentials these are: the network's own id and handle, and the credentials to keep.

    `own_limits` are the limits of the account's own server, where each server sets its own (see `Provider.read_limits`).
    """

    platform_account_id: str
    handle: str
    credentials: Credentials
    token_expires_at: datetime | None = None
    own_limits: Mapping[str, int] | None = None
