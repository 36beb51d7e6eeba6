"""Part of who you are: the keys that programs show. A key is shown once and kept as a hash."""

import re
import secrets
import zlib
from datetime import datetime, timedelta

from sqlmodel import Session, col, select, update

from dravo_app import clock, crypto
from dravo_app.errors import Flaw, Invalid
from dravo_app.ids import new_id
from dravo_app.models import ApiKey, Environment, Role
from dravo_app.services.caller import Caller

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM_CHARACTERS = 32
_CHECK_CHARACTERS = 6
_TOKEN = re.compile(r"dra_(live|test)_[0-9A-Za-z]{38}", re.ASCII)
_NOTE_EVERY = timedelta(minutes=1)
_noted: dict[str, datetime] = {}  # key id → when this process last wrote its use


def create_key(session: Session, workspace_key: int, name: str, environment: Environment) -> tuple[ApiKey, str]:
    """Make a key; the second value is the token, which nobody can read again. Raises Invalid for a bad name."""
    label = name.strip()
    if not 1 <= len(label) <= 100 or not label.isprintable():
        raise Invalid(flaws=[Flaw("/name", "bad_name", "A key's name needs 1 to 100 printable characters.")])
    token = new_token(environment)
    key = ApiKey(
        id=new_id("key"),
        workspace_key=workspace_key,
        environment=environment.value,
        name=label,
        token_hash=crypto.hash_token(token),
        last_four=token[-4:],
        created_at=clock.now(),
    )
    session.add(key)
    session.flush()
    return key, token


def caller_of_key(session: Session, token: str) -> Caller | None:
    """Who shows this token; None where it isn't one of ours, expired or revoked. Reads only."""
    if not is_well_formed(token):
        return None  # a typo or a truncated key never reaches the database
    found = session.exec(select(ApiKey).where(col(ApiKey.token_hash) == crypto.hash_token(token))).first()
    if found is None or found.revoked_at or (found.expires_at and found.expires_at <= clock.now()):
        return None
    return Caller(found.workspace_key, Environment(found.environment), actor=found.id, role=Role.ADMIN)


def is_use_unnoted(caller: Caller) -> bool:
    """Has this process not noted the key's use for a minute? Costs nothing; reading requests need not write."""
    noted = _noted.get(caller.actor)
    return noted is None or noted <= clock.now() - _NOTE_EVERY


def note_use(session: Session, caller: Caller) -> None:
    """Keep when the key was last used: at most one write a minute, in a short transaction of its own."""
    _noted[caller.actor] = clock.now()
    stale = col(ApiKey.last_used_at).is_(None) | (col(ApiKey.last_used_at) <= clock.now() - _NOTE_EVERY)
    session.execute(update(ApiKey).where(col(ApiKey.id) == caller.actor, stale).values(last_used_at=clock.now()))


def new_token(environment: Environment) -> str:
    """`dra_live_` or `dra_test_`, 32 random characters (190 bits) and six that check what is before them."""
    start = f"dra_{environment.value}_" + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_CHARACTERS))
    return start + _check(start)


def is_well_formed(token: str) -> bool:
    """Has it the shape of our keys, and does its checksum fit?"""
    return bool(_TOKEN.fullmatch(token)) and token[-_CHECK_CHARACTERS:] == _check(token[:-_CHECK_CHARACTERS])


def _check(text: str) -> str:
    number, digits = zlib.crc32(text.encode()), ""
    for _ in range(_CHECK_CHARACTERS):
        number, rest = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[rest] + digits
    return digits
