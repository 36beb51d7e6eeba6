"""Times as callers write them: ISO 8601 with a zone, and nothing that merely looks like one."""

import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator

_SHAPE = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(?P<zone>[Zz]|[+-]\d\d:?\d\d)?", re.ASCII)


def parse_instant(value: Any) -> Any:
    """An aware datetime from a string; anything but a string passes through. Raises ValueError with a sentence."""
    if not isinstance(value, str):
        return value
    found = _SHAPE.fullmatch(value)
    if found is None:
        raise ValueError("This must be an ISO 8601 date and time with a zone, such as 2026-07-01T09:00:00Z")
    if found["zone"] is None:
        raise ValueError("The time needs a zone, such as Z or +02:00")
    try:
        return datetime.fromisoformat(value.upper())
    except ValueError:
        raise ValueError("There is no such date or time") from None


Instant = Annotated[datetime, BeforeValidator(parse_instant)]
"""A field or query parameter that takes a time as callers write it."""
