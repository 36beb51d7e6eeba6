"""The workspace and the one rule it has: what becomes of posts whose time passed while Dravo was down."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from dravo_app.errors import NotAllowed
from dravo_app.models import Environment, Workspace
from dravo_app.services import events
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
    """Set its rule. Raises NotAllowed for members, and for test keys: the rule holds for live posts too."""
    require_admin(caller, "change its rules")
    if caller.environment is Environment.TEST and caller.is_key:
        raise NotAllowed(
            "The workspace's rules hold for live posts too, so a test key can't change them: use a live key or the dashboard."
        )
    set_late_policy(session, caller.workspace_key, LatePolicy(change.late_policy), caller.actor)
    return get_workspace(session, caller)


def get_late_policy(session: Session, workspace_key: int) -> LatePolicy:
    """What applies to posts that name none."""
    return LatePolicy(session.get_one(Workspace, workspace_key).late_policy)


def set_late_policy(session: Session, workspace_key: int, policy: LatePolicy, actor: str) -> None:
    """From now on, for whatever comes late and names none itself, also posts that are scheduled already."""
    workspace = session.get_one(Workspace, workspace_key)
    if workspace.late_policy == policy.value:
        return
    events.record_late_policy(session, workspace, policy.value, actor)
    workspace.late_policy = policy.value
    session.add(workspace)
    session.flush()
