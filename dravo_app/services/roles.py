"""Part of who you are: what only owners and admins may do. The services ask here, so no door can forget to."""

from dravo_app.errors import NotAllowed
from dravo_app.models import Role
from dravo_app.services.caller import Caller

_ADMINS = frozenset({Role.OWNER, Role.ADMIN})


def is_admin(caller: Caller) -> bool:
    """May the caller connect, rename, reconnect and disconnect accounts? An API key may: it acts as an admin."""
    return caller.role in _ADMINS


def require_admin(caller: Caller, act: str = "change its accounts") -> None:
    """Raises NotAllowed where the caller is neither owner nor admin of the workspace; `act` is what only those may do."""
    if not is_admin(caller):
        raise NotAllowed(f"Only an owner or an admin of the workspace may {act}; ask one of them.")
