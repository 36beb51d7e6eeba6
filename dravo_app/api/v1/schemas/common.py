"""What several answers share: times as ISO 8601 in UTC, and the problem."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from dravo_app import clock
from dravo_app.services import instants

Instant = Annotated[
    datetime,
    PlainSerializer(clock.isoformat, return_type=str),
    Field(description="ISO 8601 in UTC.", examples=["2026-07-01T09:00:00Z"]),
]
"""A time in an answer."""

_WHOLE_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)


def _within_calendar(value: datetime) -> datetime:
    if not 1970 <= value.year <= 9998:  # a shift to UTC must stay inside the calendar
        raise ValueError("This must lie between the years 1970 and 9998")
    return value


def _digits_only(value: Any) -> Any:
    if isinstance(value, str) and not _WHOLE_NUMBER.fullmatch(value):
        raise ValueError("This must be a whole number")
    return value


QueryInstant = Annotated[instants.Instant, AfterValidator(_within_calendar)]
"""A time in a query: ISO 8601 with a zone."""

QueryInt = Annotated[int, BeforeValidator(_digits_only)]
"""A whole number in a query, in plain digits."""


class Shown(BaseModel):
    """An answer's part; what isn't declared is not shown."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class FlawShown(Shown):
    pointer: str = Field(description="JSON pointer into the body, `?name` of a query parameter, or a header's name.")
    code: str = Field(description="The rule that is broken.")
    message: str = Field(description="A sentence for people.")


class Problem(Shown):
    """What went wrong, as RFC 9457 has it. Nothing of what was sent is repeated."""

    type: str = Field(
        description="Where the code is explained, below this server.", examples=["/v1/errors/invalid_request"]
    )
    title: str = Field(examples=["Invalid request"])
    status: int = Field(examples=[400])
    detail: str = Field(
        description="A plain sentence.", examples=["The request is not valid. /text: This is required."]
    )
    instance: str = Field(examples=["urn:dravo:request:req_01k9f3a5b7c9d1e3f5g7h9j1k3m5n7p9q1r3"])
    code: str = Field(examples=["invalid_request"])
    request_id: str = Field(examples=["req_01k9f3a5b7c9d1e3f5g7h9j1k3m5n7p9q1r3"])
    who_acts: Literal["nobody", "author", "admin", "operator", "caller"]
    errors: list[FlawShown] | None = Field(
        default=None, description="For invalid requests, and for refused retries: each thing that is wrong."
    )
