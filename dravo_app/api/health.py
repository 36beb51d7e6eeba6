"""For whoever watches the process: `/livez` (is it alive?) and `/readyz` (can it do its work, and which part can't?)."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dravo_app.services.readiness import check_parts

_UNCACHED = {"Cache-Control": "no-store"}


async def _livez(_request: Request) -> Response:
    return JSONResponse({"status": "ok"}, headers=_UNCACHED)


def _readyz(_request: Request) -> Response:
    parts = check_parts()
    is_ready = all(part.is_ready for part in parts)
    content = {
        "status": "ok" if is_ready else "not_ready",
        "parts": {part.name: part.reason or "ok" for part in parts},
    }
    headers = _UNCACHED if is_ready else {**_UNCACHED, "Retry-After": "1"}
    return JSONResponse(content, 200 if is_ready else 503, headers=headers)


health_routes = [Route("/livez", _livez, methods=["GET"]), Route("/readyz", _readyz, methods=["GET"])]
"""To be mounted at the root, outside of /v1."""
