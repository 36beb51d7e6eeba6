"""What was uploaded: each picture is kept once by its hash, in the same file as the log, and named by who uploaded it."""

import hashlib
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from dravo_app.sandbox.pictures import Picture
from dravo_app.sandbox.store import LogMedium

MOST_KEPT_BYTES = 512 * 1024 * 1024
"""Beyond this the oldest pictures' bytes are forgotten; what is known about them stays."""

_ALL = (
    "network, media_id, account, digest, content_type, declared_type, size_bytes, width, height, is_animated, alt_text"
)
_ALL += ", post_id, ready_at, expires_at"


_Row = tuple[str, str, str, str, str, str, int, int | None, int | None, int, str, str, float, float | None]


@dataclass(frozen=True, slots=True)
class Medium:
    """One upload. `post_id` is "" until a post shows it; `content_type` is what its bytes say, `declared_type`
    what the network calls it where that may differ."""

    network: str
    media_id: str
    account: str
    digest: str
    content_type: str
    declared_type: str
    size_bytes: int
    width: int | None
    height: int | None
    is_animated: bool
    alt_text: str = ""
    post_id: str = ""
    ready_at: float = 0.0
    expires_at: float | None = None

    @property
    def address(self) -> str:
        """Where `/sandbox/` shows it."""
        return f"/sandbox/media/{self.digest}"

    @property
    def is_ready(self) -> bool:
        return self.ready_at <= time.time()

    @property
    def is_past(self) -> bool:
        return self.expires_at is not None and self.expires_at <= time.time()


def keep(
    connection: sqlite3.Connection,
    network: str,
    media_id: str,
    account: str,
    content: bytes,
    picture: Picture,
    *,
    declared_type: str = "",
    alt_text: str = "",
    ready_at: float = 0.0,
    expires_at: float | None = None,
) -> Medium:
    """Keep an upload under its network's name for it; the same name again replaces it."""
    digest = _keep_bytes(connection, content, picture.content_type)
    medium = Medium(
        network, media_id, account, digest, picture.content_type, declared_type, len(content), picture.width,
        picture.height, picture.is_animated, alt_text, "", ready_at, expires_at,
    )  # fmt: skip
    connection.execute(
        f"INSERT OR REPLACE INTO media_items ({_ALL}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            network, media_id, account, digest, medium.content_type, declared_type, medium.size_bytes, medium.width,
            medium.height, medium.is_animated, alt_text, "", ready_at, expires_at,
        ),
    )  # fmt: skip
    return medium


def find(connection: sqlite3.Connection, network: str, account: str, media_id: str) -> Medium | None:
    """The account's own upload of this name."""
    row = connection.execute(
        f"SELECT {_ALL} FROM media_items WHERE network = ? AND account = ? AND media_id = ?",
        (network, account, media_id),
    ).fetchone()
    return _medium(row) if row else None


def shown_by(connection: sqlite3.Connection, network: str, post_id: str, media_ids: Iterable[str]) -> list[Medium]:
    """The media of a post, in the order in which it shows them."""
    rows = connection.execute(f"SELECT {_ALL} FROM media_items WHERE network = ? AND post_id = ?", (network, post_id))
    by_id = {row[1]: _medium(row) for row in rows}
    return [by_id[media_id] for media_id in media_ids if media_id in by_id]


def describe(connection: sqlite3.Connection, medium: Medium, alt_text: str) -> Medium:
    """The same medium with another description."""
    connection.execute(
        "UPDATE media_items SET alt_text = ? WHERE network = ? AND account = ? AND media_id = ?",
        (alt_text, medium.network, medium.account, medium.media_id),
    )
    return replace(medium, alt_text=alt_text)


def attach(connection: sqlite3.Connection, media: Iterable[Medium], post_id: str) -> None:
    """From now on a post shows them."""
    connection.executemany(
        "UPDATE media_items SET post_id = ? WHERE network = ? AND account = ? AND media_id = ?",
        [(post_id, medium.network, medium.account, medium.media_id) for medium in media],
    )


def as_logged(media: Iterable[Medium]) -> list[LogMedium]:
    """What the log says of a post's media."""
    return [
        LogMedium(
            content_type=medium.content_type, size_bytes=medium.size_bytes, width=medium.width, height=medium.height,
            alt_text=medium.alt_text, address=medium.address,
        )
        for medium in media
    ]  # fmt: skip


def read_picture(connection: sqlite3.Connection, digest: str) -> tuple[str, bytes] | None:
    """Content type and bytes of a picture that is still kept."""
    row = connection.execute(
        "SELECT content_type, content FROM pictures WHERE digest = ? AND content IS NOT NULL", (digest,)
    ).fetchone()
    return (row[0], row[1]) if row else None


def is_kept(connection: sqlite3.Connection, digest: str) -> bool:
    """Whether this is a picture that can still be shown."""
    row = connection.execute(
        "SELECT 1 FROM pictures WHERE digest = ? AND content IS NOT NULL AND content_type LIKE 'image/%'", (digest,)
    ).fetchone()
    return row is not None


def _keep_bytes(connection: sqlite3.Connection, content: bytes, content_type: str) -> str:
    digest = hashlib.sha256(content).hexdigest()
    connection.execute("DELETE FROM pictures WHERE digest = ? AND content IS NULL", (digest,))
    connection.execute(
        "INSERT OR IGNORE INTO pictures (digest, content_type, size_bytes, content) VALUES (?, ?, ?, ?)",
        (digest, content_type, len(content), content),
    )
    _forget_oldest(connection)
    return digest


def _forget_oldest(connection: sqlite3.Connection) -> None:
    kept = connection.execute("SELECT coalesce(sum(size_bytes), 0) FROM pictures WHERE content IS NOT NULL").fetchone()[
        0
    ]
    while kept > MOST_KEPT_BYTES:
        seq, size = connection.execute(
            "SELECT seq, size_bytes FROM pictures WHERE content IS NOT NULL ORDER BY seq LIMIT 1"
        ).fetchone()
        connection.execute("UPDATE pictures SET content = NULL WHERE seq = ?", (seq,))
        kept -= size


def _medium(row: _Row) -> Medium:
    return Medium(*row[:9], bool(row[9]), *row[10:])
