"""Beside every list: the opaque cursor that says where the next page begins.

A cursor carries the integer key of the last row shown and the total counted on the first page. It is signed together with
the filters it was made for, so a cursor of another list, another workspace or another maker is refused.
"""

import base64
import struct

from dravo_app import crypto
from dravo_app.errors import Flaw, Invalid

_PAYLOAD = struct.Struct(">qq")
_SIGNATURE_BYTES = 16
_LENGTH = 43  # base64 of 32 bytes without padding
_NO_TOTAL = -1
_PURPOSE = "cursor"


def encode(position: int, filters: str, total: int | None) -> str:
    """The cursor after the row with key `position`; `filters` names the list, its owner and what it was filtered by."""
    payload = _PAYLOAD.pack(position, _NO_TOTAL if total is None else total)
    signature = crypto.sign(payload + filters.encode(), _PURPOSE)
    return base64.urlsafe_b64encode(payload + signature).decode().rstrip("=")


def decode(cursor: str, filters: str) -> tuple[int, int | None]:
    """The position and the total of a cursor made for the same filters. Raises Invalid for any other text."""
    raw = _raw(cursor)
    payload, signature = raw[: _PAYLOAD.size], raw[_PAYLOAD.size :]
    if len(signature) != _SIGNATURE_BYTES or not crypto.is_signed(payload + filters.encode(), signature, _PURPOSE):
        raise _refusal()
    position, total = _PAYLOAD.unpack(payload)
    return position, None if total == _NO_TOTAL else total


def _raw(cursor: str) -> bytes:
    try:
        raw = base64.b64decode(cursor + "=", altchars=b"-_", validate=True) if len(cursor) == _LENGTH else b""
    except ValueError:
        raw = b""
    # Base64 leaves two bits unused at the end: only the spelling we made ourselves counts.
    return raw if base64.urlsafe_b64encode(raw).decode().rstrip("=") == cursor else b""


def _refusal() -> Invalid:
    message = "This cursor was not made by us for this list with these filters; begin again without one."
    return Invalid(flaws=[Flaw("?cursor", "cursor", message)])
