"""The /v1 application: routers, the mapping of errors, the description and its page. The web start mounts it at /v1."""

import json
import logging
import re

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Match, Mount, Route
from starlette.types import ASGIApp, Scope

from dravo_app.api import problems, reference
from dravo_app.api.description import describe
from dravo_app.api.envelope import Envelope
from dravo_app.api.health import health_routes
from dravo_app.api.v1 import accounts, auth, errors, providers, publish, workspace
from dravo_app.errors import ConfigurationError, DravoError, Unavailable

__all__ = ["build_api", "health_routes", "v1_mount"]

_ROUTERS: tuple[APIRouter, ...] = (
    publish.router,
    accounts.router,
    providers.router,
    auth.router,
    workspace.router,
    errors.router,
)
_log = logging.getLogger("dravo.api")


def v1_mount() -> Mount:
    """The application at /v1, for the root's routes."""
    return _EveryPathBelow("/v1", build_api())


class _EveryPathBelow(Mount):
    """The framework's own mount leaves `/v1` itself and paths with a line break to whoever comes next: the pages."""

    def __init__(self, path: str, app: ASGIApp) -> None:
        super().__init__(path, app)
        self.path_regex = re.compile(self.path_regex.pattern, re.DOTALL)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] == "http" and scope["path"] == scope.get("root_path", "") + self.path:
            return Match.FULL, {"path_params": {}, "root_path": scope["path"], "endpoint": self.app}
        return super().matches(scope)


def build_api() -> FastAPI:
    """The application that `v1_mount` mounts. Health checks are `health_routes`, for the root."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    for router in _ROUTERS:
        app.router.routes.extend(router.routes)  # in one flat list: each included router would cost a search of its own
    _add_description(app)
    app.add_middleware(Envelope)
    app.add_exception_handler(DravoError, _on_ours)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(ConfigurationError, _on_configuration)
    app.add_exception_handler(OperationalError, _on_database)
    app.add_exception_handler(PoolTimeout, _on_database)
    return app


def _add_description(app: FastAPI) -> None:
    document = describe(app)
    as_json = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    page = reference.render(document)
    headers = {"Cache-Control": "public, max-age=300"}

    async def openapi(_request: Request) -> Response:
        return Response(as_json, media_type="application/json", headers=headers)

    async def docs(_request: Request) -> Response:
        return HTMLResponse(page, headers={**headers, "Content-Security-Policy": reference.CONTENT_SECURITY_POLICY})

    app.router.routes.extend([Route("/openapi.json", openapi, methods=["GET"]), Route("/docs", docs, methods=["GET"])])


# Coroutines, because the framework runs plain functions in a thread of their own.


async def _on_ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, DravoError)
    return problems.respond(request, error)


async def _on_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return problems.respond(request, problems.from_validation(error))


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    response = problems.respond(request, problems.from_http(error))
    if error.status_code == 405:
        response.headers["Allow"] = ", ".join(_methods_of(request))
    return response


async def _on_configuration(request: Request, error: Exception) -> Response:
    _log.error("a request met a configuration that can't work: %s", error)
    return problems.respond(
        request, Unavailable("This Dravo is set up in a way that can't work; its log says what to change.")
    )


async def _on_database(request: Request, error: Exception) -> Response:
    _log.error("the database did not answer", exc_info=error)
    detail = (
        "The database did not answer in time. Ask again, with the same Idempotency-Key where the request was a write."
    )
    return problems.respond(request, Unavailable(detail))


def _methods_of(request: Request) -> list[str]:
    """Every method that some route has for this path; the framework would name only the first route's."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    routes = [route for route in request.app.routes if isinstance(route, Route) and route.path_regex.match(path)]
    return sorted({method for route in routes for method in route.methods or ()})
