"""Before `connecting`: what a person typed into the form of a network, as its adapter wants it.

People paste addresses with paths, handles with an @ and invisible marks around both. Secrets lose the white space that copying
adds, and nothing else.
"""

import unicodedata
from collections.abc import Mapping
from urllib.parse import urlsplit

from dravo_app.errors import Flaw, Invalid
from dravo_app.models import Environment
from dravo_app.providers.types import Capabilities, CredentialField
from dravo_app.services import networks

SERVERS = frozenset({"instance", "service"})
"""Fields that hold the address of the account's own server."""
LOGIN_NAMES = frozenset({"identifier"})
"""Fields that say who logs in: needed here, because the form asks for no handle beside the credentials."""
_LONGEST = 8192


def is_needed(field: CredentialField, capabilities: Capabilities, environment: Environment) -> bool:
    """Must the form have it? In the test environment there is one server, the sandbox, and none need be named."""
    is_the_server = field.name == capabilities.needs_server and environment is Environment.LIVE
    return field.required or field.name in LOGIN_NAMES or is_the_server


def read_typed(provider: str, environment: Environment, typed: Mapping[str, object]) -> dict[str, str]:
    """The filled-in credentials by field. Raises Invalid with a flaw at `/credentials/<field>` for each that can't be used."""
    capabilities = networks.adapter_class(provider).capabilities
    read = {field.name: _read(field, typed.get(field.name)) for field in capabilities.credential_fields}
    needed = {field.name for field in capabilities.credential_fields if is_needed(field, capabilities, environment)}
    flaws = [flaw for name, text in read.items() if (flaw := _flaw_of(name, text, is_needed=name in needed))]
    if flaws:
        raise Invalid(flaws=flaws)
    return {name: text for name, text in read.items() if text}


def _read(field: CredentialField, value: object) -> str:
    text = "".join(c for c in str(value or "") if unicodedata.category(c) not in ("Cf", "Cc")).strip()
    if field.name in SERVERS:
        return server_address(text)
    return text if field.secret else handle(text)


def server_address(text: str) -> str:
    """`https://host[:port]` of what people call a server: its name, a link into it, or their own address there."""
    place = text.strip().rpartition("@")[2] if text.count("@") and "/@" not in text else text.strip()
    if not place:
        return ""
    try:
        parts = urlsplit(place if "://" in place else f"https://{place}")
    except ValueError:
        return place
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}" if parts.netloc else place


def handle(text: str) -> str:
    """A handle without its @, also out of a link to its profile."""
    last = text.partition("?")[0].rstrip("/").rpartition("/")[2] if "://" in text else text
    return last.strip().removeprefix("@")


def _flaw_of(name: str, text: str, *, is_needed: bool) -> Flaw | None:
    pointer = f"/credentials/{name}"
    if not text:
        return Flaw(pointer, "missing", "This is needed.") if is_needed else None
    if len(text) > _LONGEST:
        return Flaw(pointer, "too_long", f"This is longer than {_LONGEST} characters.")
    if name in SERVERS and not _is_address(text):
        return Flaw(pointer, "not_a_server", "This is no server's address; it looks like mastodon.social.")
    return None


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    is_plain = not parts.username and not parts.password and not any(map(str.isspace, text))
    return parts.scheme in ("http", "https") and bool(parts.hostname) and is_plain and port != 0
