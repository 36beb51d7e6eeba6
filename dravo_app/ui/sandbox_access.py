"""Who may look into the sandbox and play faults there: whoever sits at this machine, and owners and admins."""

from starlette.requests import Request

from dravo_app.models import Role
from dravo_app.ui.same_origin import LOOPBACK, is_own_host, is_same_origin, is_through_proxy
from dravo_app.ui.session import find_visitor


def may_see_sandbox(request: Request) -> bool:
    """Blocks for a millisecond. A change must come from no browser or from a page of ours."""
    if request.method not in ("GET", "HEAD") and not is_same_origin(request.headers):
        return False
    is_near = request.client is not None and request.client.host in LOOPBACK
    if is_near and is_own_host(request.headers) and not is_through_proxy(request.headers):
        return True
    visitor = find_visitor(request.headers.get("cookie", ""))
    return visitor is not None and visitor.role in (Role.OWNER, Role.ADMIN)
