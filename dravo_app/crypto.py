"""Ground floor: secrets. Seals what must not be readable in the database, and derives every other key from the same root.

A sealed value is `v1.<key id>.<base64url(nonce + ciphertext)>`: AES-256-GCM whose additional data is the place it belongs
to (`account/acc_…/credentials`), so that a value copied to another row doesn't open. The key ring holds the current
key first; older ones still open what they sealed until `./dravo keys rotate` has sealed it anew.
"""

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dravo_app.errors import ConfigurationError
from dravo_app.settings import Settings, get_settings

KEY_FILE = "secret.key"
_NONCE_BYTES = 12


class WrongKey(ConfigurationError):
    """The database was sealed by another key than the one in use."""


@dataclass(frozen=True)
class Key:
    """One root key of 32 bytes; `id` is the start of its hash, so it tells nothing."""

    secret: bytes

    @property
    def id(self) -> str:
        return hashlib.sha256(b"dravo key id" + self.secret).hexdigest()[:8]

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose only."""
        return hmac.digest(self.secret, b"dravo " + purpose.encode(), "sha256")


_rings: dict[tuple[str, int], tuple[Key, ...]] = {}


def get_keys(settings: Settings | None = None, *, fresh: bool = False) -> tuple[Key, ...]:
    """The key ring, current key first. Raises ConfigurationError where there is none or it can't be read."""
    chosen = settings or get_settings()
    where = (chosen.secret_key, 0) if chosen.secret_key else _version(chosen.data_dir / KEY_FILE)
    ring = None if fresh else _rings.get(where)
    if ring is None:
        ring = _read_ring(chosen)
        _rings.clear()
        _rings[where] = ring
    return ring


def make_key_file(settings: Settings) -> None:
    """Make the key file on first start, readable by its owner only; leave an existing one alone."""
    if settings.secret_key:
        return
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = settings.data_dir / KEY_FILE
    if not path.exists():
        _write_ring(path, [secrets.token_bytes(32)])


def add_key(settings: Settings) -> None:
    """Put a new key in front of the ring. Raises ConfigurationError where the key comes from the environment."""
    if settings.secret_key:
        raise ConfigurationError(
            "The key comes from DRAVO_SECRET_KEY: put a new key before the old one, with a comma, first."
        )
    _write_ring(
        settings.data_dir / KEY_FILE, [secrets.token_bytes(32), *(k.secret for k in get_keys(settings, fresh=True))]
    )
    get_keys(settings, fresh=True)


def drop_old_keys(settings: Settings) -> None:
    """Keep the current key only; call it when nothing is sealed by the others any more."""
    if not settings.secret_key:
        _write_ring(settings.data_dir / KEY_FILE, [get_keys(settings, fresh=True)[0].secret])
        get_keys(settings, fresh=True)


def seal(text: str, place: str) -> str:
    """`text` sealed with the current key and bound to `place`."""
    key = get_keys()[0]
    nonce = os.urandom(_NONCE_BYTES)
    body = nonce + AESGCM(key.derive("seal")).encrypt(nonce, text.encode(), place.encode())
    return f"v1.{key.id}.{base64.urlsafe_b64encode(body).decode()}"


def open_sealed(sealed: str, place: str) -> str:
    """The text behind a sealed value. Raises WrongKey where no key of the ring opens it at this place."""
    try:
        version, key_id, body = sealed.split(".")
        raw = base64.urlsafe_b64decode(body)
        if version != "v1":
            raise ValueError(version)
        return (
            AESGCM(_key_named(key_id).derive("seal"))
            .decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], place.encode())
            .decode()
        )
    except (ValueError, InvalidTag):
        raise WrongKey(
            "A sealed value can't be opened: it was sealed by another key or moved from another row."
        ) from None


def is_current(sealed: str) -> bool:
    """Was this value sealed by the current key?"""
    return sealed.split(".")[1:2] == [get_keys()[0].id]


def sign(message: bytes, purpose: str) -> bytes:
    """16 bytes of HMAC-SHA256 under the current key."""
    return _signature(get_keys()[0], message, purpose)


def is_signed(message: bytes, signature: bytes, purpose: str) -> bool:
    """Did a key of the ring sign this message for this purpose?"""
    return any(hmac.compare_digest(_signature(key, message, purpose), signature) for key in get_keys())


def hash_token(token: str) -> str:
    """How a random token of ours (128 bits or more) is kept: SHA-256 in hex. Not for passwords."""
    return hashlib.sha256(token.encode()).hexdigest()


def _signature(key: Key, message: bytes, purpose: str) -> bytes:
    return hmac.digest(key.derive(purpose), message, "sha256")[:16]


def _version(path: Path) -> tuple[str, int]:
    # Looked at on every use (2 µs): a running process must not seal with a key that a rotation is about to drop.
    try:
        return str(path), path.stat().st_mtime_ns
    except OSError:
        return str(path), 0


def _key_named(key_id: str) -> Key:
    for fresh in (False, True):  # another process may have rotated the ring since we read it
        for key in get_keys(fresh=fresh):
            if key.id == key_id:
                return key
    raise ValueError(key_id)


def _read_ring(settings: Settings) -> tuple[Key, ...]:
    path = settings.data_dir / KEY_FILE
    try:
        text = settings.secret_key or path.read_text()
    except OSError as error:
        raise ConfigurationError(f"The key file {path} can't be read: {error.strerror}.") from None
    keys = tuple(Key(_decode(part)) for part in text.replace(",", "\n").split())
    if not keys:
        raise ConfigurationError(f"The key file {path} is empty; restore it from a backup.")
    return keys


def _decode(text: str) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raw = b""
    if len(raw) >= 32:
        return raw[:32]
    if len(text) >= 32:  # a passphrase-like key of the operator's own
        return hashlib.sha256(text.encode()).digest()
    raise ConfigurationError("DRAVO_SECRET_KEY needs at least 32 characters.")


def _write_ring(path: Path, ring: list[bytes]) -> None:
    text = "".join(base64.urlsafe_b64encode(secret).decode() + "\n" for secret in ring)
    draft = path.with_suffix(f".{os.getpid()}.new")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
