"""The workspace and the one rule it has: what becomes of posts whose time passed while Dravo was down."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from dravo_app.models import Workspace
from dravo_app.services.caller import Caller
from dravo_app.services.publishing.late import LatePolicy
from dravo_app.services.roles import require_admin


class WorkspaceChange(BaseModel):
    """What may be changed about a workspace."""

    model_config = ConfigDict(extra="forbid", strict=True)

    late_policy: Literal["publish", "skip", "ask"] = Field(
        description="For posts that name none, also those that are scheduled already: publish them late, skip them, or ask."
    )


def get_workspace(session: Session, caller: Caller) -> Workspace:
    """The caller's."""
    return session.get_one(Workspace, caller.workspace_key)


def change_workspace(session: Session, caller: Caller, change: WorkspaceChange) -> Workspace:
    """Set its rule. Raises NotAllowed for members."""
    require_admin(caller, "change its rules")
    set_late_policy(session, caller.workspace_key, LatePolicy(change.late_policy))
    return get_workspace(session, caller)


def get_late_policy(session: Session, workspace_key: int) -> LatePolicy:
    """What applies to posts that name none."""
    return LatePolicy(session.get_one(Workspace, workspace_key).late_policy)


def set_late_policy(session: Session, workspace_key: int, policy: LatePolicy) -> None:
    """From now on, for whatever comes late and names none itself, also posts that are scheduled already."""
    workspace = session.get_one(Workspace, workspace_key)
    workspace.late_policy = policy.value
    session.add(workspace)
    session.flush()
