"""Who asks: every service call gets one, so that nothing is read or changed outside the caller's workspace and environment."""

from dataclasses import dataclass

from dravo_app.models import Environment, Role


@dataclass(frozen=True)
class Caller:
    """`actor` is the public id of the key or the user who asks; `role` is what they may do here."""

    workspace_key: int
    environment: Environment
    actor: str
    role: Role

    @property
    def is_key(self) -> bool:
        """Is it a program with an API key, not a person?"""
        return self.actor.startswith("key_")
