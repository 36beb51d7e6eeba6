"""Logging in over the API: what is sent and what is answered."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from dravo_app.api.v1.schemas.common import Shown
from dravo_app.models import Environment, Role
from dravo_app.services.me import Me
from dravo_app.services.sessions import ProgramLogin


class LoginRequest(BaseModel):
    """A person's email and password."""

    model_config = ConfigDict(extra="forbid", strict=True)

    email: Annotated[str, StringConstraints(min_length=1, max_length=320)] = Field(examples=["owner@example.com"])
    password: Annotated[str, StringConstraints(min_length=1, max_length=1024)] = Field(
        json_schema_extra={"format": "password"}
    )


class RefreshRequest(BaseModel):
    """The refresh token of the last answer; each is good for one use."""

    model_config = ConfigDict(extra="forbid", strict=True)

    refresh_token: Annotated[str, StringConstraints(min_length=1, max_length=512)]


class TokenPair(Shown):
    """A token for the next minutes and the one that gets the next pair."""

    access_token: str = Field(description="Goes into `Authorization: Bearer`.")
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int = Field(description="Seconds until the access token ends.", examples=[900])
    refresh_token: str = Field(description="Good for one use; a second use ends the session.")

    @classmethod
    def of(cls, login: ProgramLogin) -> "TokenPair":
        return cls(
            access_token=login.access_token, expires_in=login.expires_in_seconds, refresh_token=login.refresh_token
        )


class WorkspaceShown(Shown):
    id: str
    name: str


class MeShown(Shown):
    """Who asks."""

    id: str = Field(description="The person's or the key's id.")
    kind: Literal["user", "api_key"]
    email: str | None
    name: str | None = Field(description="The key's name.")
    role: Role
    environment: Environment
    workspace: WorkspaceShown

    @classmethod
    def of(cls, me: Me) -> "MeShown":
        return cls(
            id=me.id,
            kind="user" if me.kind == "user" else "api_key",
            email=me.email,
            name=me.name,
            role=me.role,
            environment=me.environment,
            workspace=WorkspaceShown(id=me.workspace_id, name=me.workspace_name),
        )
