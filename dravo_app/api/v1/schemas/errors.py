"""An error code, explained."""

from pydantic import Field

from dravo_app.api.problems import title_of
from dravo_app.api.v1.schemas.common import Shown
from dravo_app.errors import DravoError, ProviderError, Verdict, WhoActs
from dravo_app.services.error_help import fix_of


class ErrorShown(Shown):
    """One code of the API's problems and of failed deliveries."""

    code: str = Field(examples=["reconnect_required"])
    title: str
    status: int = Field(description="The HTTP status where a request ends in it.")
    meaning: str
    who_acts: WhoActs
    verdict: Verdict | None = Field(description="What it means for a delivery; null where it only answers requests.")
    fix: str

    @classmethod
    def of(cls, error: type[DravoError]) -> "ErrorShown":
        return cls(
            code=error.code,
            title=title_of(error),
            status=error.status,
            meaning=error.sentence(),
            who_acts=error.who_acts,
            verdict=error.verdict if issubclass(error, ProviderError) else None,
            fix=fix_of(error),
        )


class ErrorList(Shown):
    """Every error code."""

    items: list[ErrorShown]
    next_cursor: None = None
    total: int
