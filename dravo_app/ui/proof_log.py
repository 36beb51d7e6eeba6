"""What the last proof's sandbox had in its log, for members: its own process and file are gone by then."""

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dravo_app.services.proofs import keeping
from dravo_app.ui import routes
from dravo_app.ui.session import find_visitor


def proof_routes() -> list[Route]:
    """To be mounted at the root, before the pages."""
    return [Route(routes.PROOF_LOG, _answer, methods=["GET"])]


async def _answer(request: Request) -> Response:
    if await to_thread.run_sync(find_visitor, request.headers.get("cookie", "")) is None:
        return PlainTextResponse("Log in to see what the proof's sandbox had in its log.\n", 403)
    found = await to_thread.run_sync(keeping.read_log)
    if found is None:
        return PlainTextResponse("Nothing has been proven here yet.\n", 404)
    return Response(found, media_type="application/json", headers={"cache-control": "no-store"})
