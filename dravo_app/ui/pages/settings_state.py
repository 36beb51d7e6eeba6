"""The settings page's state: the workspace's one rule, as it is now."""

import reflex as rx

from dravo_app.errors import DravoError
from dravo_app.services import roles, workspaces
from dravo_app.services.publishing.late import LatePolicy
from dravo_app.services.workspaces import WorkspaceChange
from dravo_app.ui.calls import read, show_error, write
from dravo_app.ui.session import Look

LATE_WORDS = {
    LatePolicy.PUBLISH: "publish it late",
    LatePolicy.SKIP: "skip it",
    LatePolicy.ASK: "ask me",
}
"""What becomes of a post whose time passed, as it is said after "If Dravo is down at that time"."""


class SettingsState(Look):
    """`face` is loading, error or filled."""

    face: str = "loading"
    trouble: str = ""
    late_policy: str = ""
    may_change: bool = False

    @rx.event
    async def load(self) -> rx.event.EventSpec | None:
        """Show the rule."""
        caller = await self._authorise()
        if caller is None:
            return self._to_login()
        self.may_change = roles.is_admin(caller)
        try:
            policy = await read(lambda session: workspaces.get_late_policy(session, caller.workspace_key))
        except DravoError as error:
            self.face, self.trouble = "error", error.detail
            return None
        self.face, self.late_policy = "filled", policy.value
        return None

    @rx.event
    async def choose(self, policy: str) -> rx.event.EventSpec | None:
        """Change it, for all that comes late from now on."""
        caller = await self._authorise()
        if caller is None:
            return self._to_login()
        if policy not in list(LatePolicy):
            return None
        change = WorkspaceChange(late_policy=LatePolicy(policy).value)
        try:
            await write(lambda session: workspaces.change_workspace(session, caller, change))
        except DravoError as error:
            return show_error(error)
        self.late_policy = change.late_policy
        return rx.toast.success("Saved.")
