"""Part of who you are: people and their place in the workspace. `sessions.py` logs them in."""

import re

from sqlmodel import Session, col, select

from dravo_app import clock
from dravo_app.errors import Conflict, Flaw, Invalid, NotFound
from dravo_app.ids import new_id
from dravo_app.models import Membership, Role, User, Workspace
from dravo_app.services import passwords

FIRST_WORKSPACE = 1  # the one that the first migration makes
_EMAIL = re.compile(r"[^\s@\x00-\x1f\x7f]{1,64}@[^\s@.\x00-\x1f\x7f]+(\.[^\s@.\x00-\x1f\x7f]+)*")


def is_first_run(session: Session) -> bool:
    """Is there nobody yet?"""
    return session.exec(select(User.key).limit(1)).first() is None


def create_first_owner(session: Session, email: str, password: str) -> User:
    """Make the first person, who owns the first workspace. Raises Conflict where somebody was faster, Invalid as below."""
    _lock_workspace(session, FIRST_WORKSPACE)  # of two at once, the second waits here and then finds the first
    if not is_first_run(session):
        raise Conflict("Dravo already has an owner: log in, or ask them to add you.")
    return create_user(session, email, password, Role.OWNER)


def create_owner(session: Session, email: str, password: str) -> User:
    """Make one more owner of the first workspace. Raises as `create_user`."""
    return create_user(session, email, password, Role.OWNER)


def create_user(session: Session, email: str, password: str, role: Role, workspace_key: int = FIRST_WORKSPACE) -> User:
    """Make a person and their membership. Raises Invalid (email, password) and Conflict (there is one by that email)."""
    address = normalise_email(email)
    hashed = passwords.hash_password(password)
    if find_user(session, address):
        raise Conflict(f"There is already somebody with the email {address}.")
    user = User(id=new_id("usr"), email=address, password_hash=hashed, created_at=clock.now())
    session.add(user)
    session.flush()
    assert user.key is not None
    session.add(
        Membership(
            id=new_id("mem"), workspace_key=workspace_key, user_key=user.key, role=role.value, created_at=clock.now()
        )
    )
    session.flush()
    return user


def set_password(session: Session, email: str, password: str) -> User:
    """Give a person a new password; their sessions are the caller's to end. Raises NotFound, Invalid."""
    user = find_user(session, normalise_email(email))
    if user is None:
        raise NotFound(f"There is nobody with the email {normalise_email(email)}.")
    user.password_hash = passwords.hash_password(password)
    session.add(user)
    session.flush()
    return user


def find_user(session: Session, email: str) -> User | None:
    """The person with this normalised email."""
    return session.exec(select(User).where(col(User.email) == email)).first()


def find_membership(session: Session, user_key: int) -> Membership | None:
    """The person's first workspace and their role there."""
    query = select(Membership).where(col(Membership.user_key) == user_key).order_by(col(Membership.key))
    return session.exec(query).first()


def normalise_email(email: str) -> str:
    """Trimmed and casefolded, as emails are kept and compared. Raises Invalid where it isn't one."""
    address = email.strip().casefold()
    if len(address) > 254 or not _EMAIL.fullmatch(address):
        raise Invalid(
            flaws=[Flaw("/email", "not_an_email", "That is not an email address; it looks like name@example.com.")]
        )
    return address


def _lock_workspace(session: Session, workspace_key: int) -> None:
    session.exec(select(Workspace.key).where(col(Workspace.key) == workspace_key).with_for_update()).one()
