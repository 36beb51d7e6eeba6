"""The workspace: its rule for posts that come late."""

from fastapi import APIRouter
from starlette.responses import Response

from dravo_app.api.dependencies import Answer, AVisit
from dravo_app.api.description import problems_of
from dravo_app.api.strict_route import StrictRoute
from dravo_app.api.v1.schemas.workspace import WorkspaceRules
from dravo_app.services import workspaces
from dravo_app.services.workspaces import WorkspaceChange

router = APIRouter(prefix="/workspace", tags=["Workspace"], route_class=StrictRoute)


@router.get("", operation_id="getWorkspace", response_model=WorkspaceRules)
def get_workspace(visit: AVisit) -> Response:
    """The caller's workspace with its rules; they hold in test and live alike."""
    return visit.read(lambda session, caller: WorkspaceRules.of(workspaces.get_workspace(session, caller)))


@router.patch(
    "", operation_id="changeWorkspace", response_model=WorkspaceRules, responses=problems_of(400, 403, 409, 413, 422)
)
def change_workspace(visit: AVisit, body: WorkspaceChange) -> Response:
    """Change its rules, which hold in test and live alike. For owners, admins and live API keys; a test key gets `403`."""
    return visit.write(
        lambda session, caller: Answer(WorkspaceRules.of(workspaces.change_workspace(session, caller, body)))
    )
