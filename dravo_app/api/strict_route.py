"""The route class of every operation: refuses what the contract doesn't name before the operation runs.

Unknown or repeated query parameters, bodies that aren't strict JSON, and bodies where none is taken. A caller whom we
don't know is told so first: whatever else is wrong with a request, without a valid credential it ends in 401.
"""

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import unquote_to_bytes

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from dravo_app import db
from dravo_app.api import bodies, problems
from dravo_app.api.identity import identify
from dravo_app.errors import DravoError, Flaw, Invalid, NotFound

Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]
PUBLIC: dict[str, Any] = {"security": []}
"""`openapi_extra` of an operation that needs no credential."""

_BODY_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class StrictRequest(Request):
    """A request whose JSON body has been read, once, by our rules. `raw_json` is what was sent, None without a body."""

    raw_json: Any = None

    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            self._body = await bodies.read_body(self)
        return self._body

    async def json(self) -> Any:
        return self.raw_json


class StrictRoute(APIRoute):
    """`APIRouter(route_class=StrictRoute)`."""

    def get_route_handler(self) -> Endpoint:
        run = super().get_route_handler()
        query = {field.alias for field in self.dependant.query_params}  # the dependencies take none
        takes_body = self.body_field is not None
        is_public = (self.openapi_extra or {}).get("security") == []

        async def strict(request: Request) -> Response:
            request = StrictRequest(request.scope, request.receive)
            try:
                await _check(request, query, takes_body)
                return await run(request)
            except _Refused as error:
                refusal = error.why
            except RequestValidationError as error:
                refusal = problems.from_validation(error)
            if not is_public:
                await run_in_threadpool(_identify, request)
            raise refusal

        return strict


class _Refused(Exception):
    """Carries our error out of the checks before the operation; those of the operation itself pass by."""

    def __init__(self, why: DravoError) -> None:
        super().__init__(why)
        self.why = why


async def _check(request: StrictRequest, query: set[str], takes_body: bool) -> None:
    try:
        _check_path(request)
        _check_query(request, query)
        if request.method in _BODY_METHODS:
            await _read(request, takes_body)
    except DravoError as error:
        raise _Refused(error) from None


def _check_path(request: Request) -> None:
    if not all(_is_text(str(value)) for value in request.path_params.values()):
        raise NotFound


def _check_query(request: Request, known: set[str]) -> None:
    raw: bytes = request.scope["query_string"]
    flaws = _query_flaws(request, raw, known) if raw else []
    if flaws:
        raise Invalid(f"The request is not valid. {flaws[0].message}", flaws)


def _query_flaws(request: Request, raw: bytes, known: set[str]) -> list[Flaw]:
    text = unquote_to_bytes(raw.replace(b"+", b" "))
    if b"\x00" in text:
        return [Flaw("", "nul_character", "The address must not contain NUL characters.")]
    try:
        text.decode()
    except UnicodeDecodeError:
        return [Flaw("", "encoding", "The address's query is not valid UTF-8.")]
    names = [name for name, _ in request.query_params.multi_items()]
    listed = ", ".join(sorted(known)) or "none"
    if not known.issuperset(names):
        return [
            Flaw("?", "unknown_parameter", f"The address has a query parameter that is unknown here; known: {listed}.")
        ]
    repeated = sorted({name for name in names if names.count(name) > 1})
    return [Flaw(f"?{name}", "repeated_parameter", f"{name} may be given only once.") for name in repeated]


async def _read(request: StrictRequest, takes_body: bool) -> None:
    raw = await request.body()
    if not raw:
        return
    value = bodies.parse(raw, request.headers.get("content-type", "" if takes_body else "application/json"))
    if not takes_body and value != {}:
        raise Invalid(flaws=[Flaw("", "unexpected_body", "This operation takes no body.")])
    request.raw_json = value


def _identify(request: Request) -> None:
    with db.reading() as session:
        identify(session, request.headers)


def _is_text(value: str) -> bool:
    try:
        return b"\x00" not in value.encode()
    except UnicodeEncodeError:  # the server could not decode the address
        return False
