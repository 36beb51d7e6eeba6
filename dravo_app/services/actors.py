"""Whose name stands behind an actor's id: a person's email, or an API key's name."""

from collections.abc import Iterable

from sqlmodel import Session, col, select

from dravo_app.models import ApiKey, Membership, User
from dravo_app.services.caller import Caller


def names_of(session: Session, caller: Caller, actors: Iterable[str]) -> dict[str, str]:
    """Each id with what people call it; only those of the caller's workspace, the others stay as they are."""
    wanted = sorted(set(actors))
    people = (
        select(User.id, User.email)
        .join(Membership, col(Membership.user_key) == col(User.key))
        .where(col(User.id).in_(wanted), col(Membership.workspace_key) == caller.workspace_key)
    )
    keys = select(ApiKey.id, ApiKey.name).where(
        col(ApiKey.id).in_(wanted), col(ApiKey.workspace_key) == caller.workspace_key
    )
    found = {one: one for one in wanted}
    found |= dict(session.exec(people).all())
    return found | {one: f"API key “{name}”" for one, name in session.exec(keys)}
