"""The errors, explained: generated from the classes themselves, so that nothing can be answered that isn't here."""

from fastapi import APIRouter
from starlette.responses import Response

from dravo_app.api.dependencies import Answer, shown
from dravo_app.api.description import problems_of
from dravo_app.api.strict_route import PUBLIC, StrictRoute
from dravo_app.api.v1.schemas.errors import ErrorList, ErrorShown
from dravo_app.errors import NotFound, error_classes

router = APIRouter(prefix="/errors", tags=["Errors"], route_class=StrictRoute)


@router.get("", operation_id="listErrors", response_model=ErrorList, openapi_extra=PUBLIC)
async def list_errors() -> Response:
    """Every error code: what it means, who acts, what to do."""
    items = [ErrorShown.of(error) for error in error_classes()]
    return shown(Answer(ErrorList(items=items, total=len(items))))


@router.get(
    "/{code}", operation_id="getError", response_model=ErrorShown, responses=problems_of(404), openapi_extra=PUBLIC
)
async def get_error(code: str) -> Response:
    """One error code."""
    for error in error_classes():
        if error.code == code:
            return shown(Answer(ErrorShown.of(error)))
    raise NotFound("There is no error with this code.")
