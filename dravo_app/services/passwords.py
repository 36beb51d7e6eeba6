"""Part of who you are: how a person's password is judged, kept and compared.

Argon2id with 19 MiB and three rounds, about 50 ms here. Nothing is cut off: what is too long is refused.
"""

import secrets
from functools import cache

from passlib.hash import argon2

from dravo_app.errors import Flaw, Invalid

MIN_CHARACTERS = 10
MAX_CHARACTERS = 1024
argon2.set_backend("argon2_cffi")  # now: loaded lazily, the first two calls in two threads would trip over each other
_hasher = argon2.using(type="ID", memory_cost=19456, time_cost=3, parallelism=1)


def hash_password(password: str) -> str:
    """The text to keep. Raises Invalid with a sentence where the password is too short or too long."""
    flaw = find_flaw(password)
    if flaw:
        raise Invalid(flaws=[flaw])
    return str(_hasher.hash(password))


def is_password(password: str, password_hash: str | None) -> bool:
    """Is it the right one? With no hash (an unknown person) it takes as long and says no."""
    if len(password) > MAX_CHARACTERS or "\x00" in password:
        return False
    matches = bool(_hasher.verify(password, password_hash or _nobodys_hash()))
    return matches and password_hash is not None


def find_flaw(password: str) -> Flaw | None:
    """What is wrong with a new password, or None."""
    if len(password) < MIN_CHARACTERS:
        return _flaw("too_short", f"The password needs at least {MIN_CHARACTERS} characters.")
    if len(password) > MAX_CHARACTERS:
        return _flaw("too_long", f"The password may have at most {MAX_CHARACTERS} characters.")
    if not password.strip() or "\x00" in password:
        return _flaw("unusable", "The password needs something other than spaces in it, and no null character.")
    return None


def new_password() -> str:
    """A random password of 120 bits to hand to a person."""
    return secrets.token_urlsafe(15)


@cache
def _nobodys_hash() -> str:
    return str(_hasher.hash(secrets.token_urlsafe(16)))


def _flaw(code: str, message: str) -> Flaw:
    return Flaw("/password", code, message)
