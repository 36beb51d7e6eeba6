"""A login: the truth behind the browser's cookie and the JWT; revoke the row and both end."""

from datetime import datetime

from sqlmodel import Field

from dravo_app.models.columns import Row, foreign_key, instant


class LoginSession(Row, table=True):
    """The browser's token and the refresh token are kept as hashes. A refresh token seen twice revokes the session."""

    __tablename__ = "login_session"

    workspace_key: int = foreign_key("workspace", index=True)
    user_key: int = foreign_key("user_account", index=True)
    token_hash: str | None = Field(default=None, max_length=64, unique=True)
    refresh_hash: str | None = Field(default=None, max_length=64, unique=True)
    created_at: datetime = instant()
    last_seen_at: datetime = instant()
    expires_at: datetime = instant()
    revoked_at: datetime | None = instant(default=None)
