"""Who the caller is, in words: for `GET /v1/me` and the dashboard's corner."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from dravo_app.models import ApiKey, Environment, Role, User, Workspace
from dravo_app.services.caller import Caller


@dataclass(frozen=True)
class Me:
    """`kind` is `user` (then with `email`) or `api_key` (then with the key's `name`)."""

    id: str
    kind: str
    email: str | None
    name: str | None
    role: Role
    environment: Environment
    workspace_id: str
    workspace_name: str


def get_me(session: Session, caller: Caller) -> Me:
    """The caller's person or key, and the workspace they act in."""
    workspace = session.exec(select(Workspace).where(col(Workspace.key) == caller.workspace_key)).one()
    key_name = session.exec(select(ApiKey.name).where(col(ApiKey.id) == caller.actor)).first()
    email = (
        None if key_name is not None else session.exec(select(User.email).where(col(User.id) == caller.actor)).first()
    )
    return Me(
        id=caller.actor,
        kind="user" if key_name is None else "api_key",
        email=email,
        name=key_name,
        role=caller.role,
        environment=caller.environment,
        workspace_id=workspace.id,
        workspace_name=workspace.name,
    )
