"""Ground floor: public ids are made here and nowhere else.

An id is a prefix that says what it names, ten characters of time (so that ids sort by age) and 26 random ones: 130 bits,
which nobody guesses. `job_` and `log_` of the same publish job share all that follows the prefix.
"""

import secrets
from datetime import datetime

from dravo_app import clock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u to misread
_TIME_CHARACTERS = 10
_RANDOM_CHARACTERS = 26


def new_id(prefix: str, at: datetime | None = None) -> str:
    """A fresh id such as `job_01k9…`; `at` is the instant it carries, now by default."""
    milliseconds = int((at or clock.now()).timestamp() * 1000)
    return f"{prefix}_{_base32(milliseconds, _TIME_CHARACTERS)}{_base32(secrets.randbits(130), _RANDOM_CHARACTERS)}"


def sibling_id(prefix: str, of: str) -> str:
    """The id that names the same thing under another prefix: `sibling_id("log", "job_01k9…")`."""
    return f"{prefix}_{of.partition('_')[2]}"


def _base32(number: int, characters: int) -> str:
    digits = []
    for _ in range(characters):
        digits.append(_ALPHABET[number & 31])
        number >>= 5
    return "".join(reversed(digits))
