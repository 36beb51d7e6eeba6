"""START web: the dashboard's pages, its forms, /v1, the health checks and the sandbox's pages as one ASGI app.

It is imported twice: in the build, where there is neither a database nor a secret, and in the web server's worker.
"""

from functools import partial
from pathlib import Path

import reflex as rx
from anyio import to_thread
from fastapi import FastAPI
from reflex.utils.prerequisites import get_web_dir
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dravo_app.api.app import health_routes, v1_mount
from dravo_app.sandbox import view as sandbox
from dravo_app.settings import get_settings
from dravo_app.starting.lifeline import die_with_parent
from dravo_app.ui import pages
from dravo_app.ui.changes import changes_routes
from dravo_app.ui.discretion import keep_secrets_out_of_logs
from dravo_app.ui.entrance import entrance_routes
from dravo_app.ui.gate import gated
from dravo_app.ui.hardened import hardened
from dravo_app.ui.proof_log import proof_routes
from dravo_app.ui.sandbox_access import may_see_sandbox

_MAX_SANDBOX_BYTES = 64 * 1024

die_with_parent()
keep_secrets_out_of_logs()


async def _sandbox_pages(request: Request) -> Response:
    """The outside world in a box, read from its file: the sandbox's own process may be on a port nobody can reach."""
    if not get_settings().sandbox:
        return PlainTextResponse("The sandbox is switched off (DRAVO_SANDBOX=off).\n", 404)
    if not await to_thread.run_sync(may_see_sandbox, request):
        return PlainTextResponse("Log in as an owner or admin to see the sandbox.\n", 403)
    body = await request.body()
    if len(body) > _MAX_SANDBOX_BYTES:
        return PlainTextResponse("This is too large.\n", 413)
    ask = partial(sandbox.handle, get_settings().data_dir / "sandbox.db", request.method, request.url.path)
    answer = await to_thread.run_sync(ask, request.url.query, body)
    return Response(answer.body, answer.status, dict(answer.headers))


def _root() -> FastAPI:
    """What is answered before the pages are looked at."""
    root = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    root.router.routes.extend([*health_routes, *entrance_routes(), *changes_routes(), *proof_routes()])
    for path in ("/sandbox", "/sandbox/{rest:path}"):
        root.router.routes.append(Route(path, _sandbox_pages, methods=["GET", "POST", "DELETE", "PUT", "PATCH"]))
    root.router.routes.append(v1_mount())
    return root


_static: Path = get_web_dir() / "build" / "client"
app = rx.App(api_transformer=[_root(), gated, partial(hardened, static_dir=_static)], **pages.looks())
pages.register(app)
