"""Answers about the workspace."""

from pydantic import Field

from dravo_app.api.v1.schemas.common import Shown
from dravo_app.models import Workspace


class WorkspaceRules(Shown):
    """The workspace and its rules."""

    id: str
    name: str
    late_policy: str = Field(
        description="For posts that name none: publish, skip or ask, if Dravo was down at their time.",
        examples=["publish"],
    )

    @classmethod
    def of(cls, workspace: Workspace) -> "WorkspaceRules":
        return cls(id=workspace.id, name=workspace.name, late_policy=workspace.late_policy)
