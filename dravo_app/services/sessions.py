"""Part of who you are: logging in, staying logged in, logging out. A `LoginSession` row is the truth.

The browser holds an opaque token (cookie); a program holds a JWT of 15 minutes and a refresh token that changes with
every use. All of them only point to the row: revoke it, and every one of them is worth nothing from then on.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select, update

from dravo_app import clock, crypto
from dravo_app.errors import Invalid, NotAuthenticated
from dravo_app.ids import new_id
from dravo_app.models import Environment, LoginSession, Membership, Role, User
from dravo_app.services import jwts, passwords, throttle, users
from dravo_app.services.caller import Caller

IDLE = timedelta(days=30)
LONGEST = timedelta(days=90)
_SEEN_EVERY = timedelta(hours=1)


@dataclass(frozen=True)
class Visitor:
    """Who a live session belongs to."""

    session_id: str
    user_id: str
    email: str
    workspace_key: int
    role: Role
    is_seen_stale: bool

    def caller(self, environment: Environment) -> Caller:
        """This person, acting in one environment."""
        return Caller(self.workspace_key, environment, actor=self.user_id, role=self.role)


@dataclass(frozen=True)
class ProgramLogin:
    """What `/v1/auth/login` and `/refresh` answer; `expires_in_seconds` is the JWT's."""

    access_token: str
    refresh_token: str
    expires_in_seconds: int


def check_password(session: Session, email: str, password: str, address: str = "") -> User:
    """The person with this email and password. Slow on purpose: call it in a reading transaction, off the event loop.

    `address` is where the request comes from. Raises NotAuthenticated (the same for an unknown email and a wrong
    password) and TooManyRequests.
    """
    try:
        known_as = users.normalise_email(email)
    except Invalid:
        known_as = email[:254].replace("\x00", "").strip().casefold()  # PostgreSQL takes no NUL
    throttle.refuse_if_too_many(known_as, address)
    user = users.find_user(session, known_as)
    with throttle.one_of_few():
        is_right = passwords.is_password(password, user.password_hash if user else None)
    if not is_right or user is None:
        throttle.count_failure(known_as, address)
        raise NotAuthenticated("The email or the password is wrong.")
    return user


def open_browser_session(session: Session, user: User) -> str:
    """Log the person in; the answer is the cookie's value."""
    token = secrets.token_urlsafe(32)
    row = _new_row(session, user)
    row.token_hash = crypto.hash_token(token)
    session.add(row)
    session.flush()
    return token


def open_program_session(session: Session, user: User) -> ProgramLogin:
    """Log a program in as this person."""
    return _hand_out(session, _new_row(session, user), user.id)


def refresh(session: Session, refresh_token: str) -> ProgramLogin | None:
    """Exchange a refresh token for a new pair. One that was used before revokes its session: somebody copied it.

    None means: not valid (any more). It is not raised, so that the revocation is committed; the door then answers 401.
    """
    row = _row_of_refresh_token(session, refresh_token)
    if row is None or not _is_live(row):
        return None
    if not secrets.compare_digest(row.refresh_hash or "", crypto.hash_token(refresh_token)):
        row.revoked_at = clock.now()
        session.add(row)
        return None
    user = session.get_one(User, row.user_key)
    return _hand_out(session, row, user.id) if users.find_membership(session, row.user_key) else None


def find_visitor_of_cookie(session: Session, token: str) -> Visitor | None:
    """Who shows this cookie; None where the session is unknown, revoked or over. Reads only."""
    if not 20 <= len(token) <= 100:
        return None
    return _find_visitor(session, col(LoginSession.token_hash) == crypto.hash_token(token))


def find_visitor_of_jwt(session: Session, token: str) -> Visitor | None:
    """Who shows this JWT; None where it or its session is not valid (any more). Reads only."""
    claims = jwts.read_jwt(token)
    if claims is None:
        return None
    visitor = _find_visitor(session, col(LoginSession.id) == claims.session_id)
    return visitor if visitor and visitor.user_id == claims.user_id else None


def caller_of_cookie(session: Session, token: str, environment: Environment) -> Caller | None:
    """`find_visitor_of_cookie` as a caller."""
    visitor = find_visitor_of_cookie(session, token)
    return visitor.caller(environment) if visitor else None


def caller_of_jwt(session: Session, token: str, environment: Environment) -> Caller | None:
    """`find_visitor_of_jwt` as a caller."""
    visitor = find_visitor_of_jwt(session, token)
    return visitor.caller(environment) if visitor else None


def note_seen(session: Session, visitor: Visitor) -> None:
    """Keep that the session is in use; worth a write only while `visitor.is_seen_stale`, at most once an hour."""
    this_row = col(LoginSession.id) == visitor.session_id
    session.execute(update(LoginSession).where(this_row).values(last_seen_at=clock.now()))


def log_out(session: Session, token: str) -> None:
    """End the session behind a cookie, a JWT or a refresh token; nothing happens where there is none."""
    claims = jwts.read_jwt(token)
    hashed = crypto.hash_token(token)
    row = (col(LoginSession.token_hash) == hashed) | (col(LoginSession.refresh_hash) == hashed)
    _revoke(session, col(LoginSession.id) == claims.session_id if claims else row)


def end_all_sessions(session: Session, user: User) -> None:
    """End every session of a person, in browsers and programs."""
    _revoke(session, col(LoginSession.user_key) == user.key)


def _new_row(session: Session, user: User) -> LoginSession:
    assert user.key is not None
    membership = users.find_membership(session, user.key)
    if membership is None:
        raise NotAuthenticated("You belong to no workspace any more; ask an owner to add you.")
    return LoginSession(
        id=new_id("ses"),
        workspace_key=membership.workspace_key,
        user_key=user.key,
        created_at=clock.now(),
        last_seen_at=clock.now(),
        expires_at=clock.now() + LONGEST,
    )


def _hand_out(session: Session, row: LoginSession, user_id: str) -> ProgramLogin:
    # The session's id is in the refresh token, so that any older one is recognised, not only the last.
    refresh_token = f"{row.id}.{secrets.token_urlsafe(32)}"
    row.refresh_hash = crypto.hash_token(refresh_token)
    row.last_seen_at = clock.now()
    session.add(row)
    session.flush()
    access_token = jwts.make_jwt(user_id=user_id, session_id=row.id, workspace_key=row.workspace_key)
    return ProgramLogin(access_token, refresh_token, jwts.LIFETIME_SECONDS)


def _row_of_refresh_token(session: Session, refresh_token: str) -> LoginSession | None:
    session_id, dot, secret = refresh_token.partition(".")
    if len(refresh_token) > 200 or not dot or not secret:
        return None
    query = select(LoginSession).where(col(LoginSession.id) == session_id, col(LoginSession.refresh_hash).is_not(None))
    return session.exec(query.with_for_update()).first()


def _is_live(row: LoginSession) -> bool:
    return row.revoked_at is None and _is_current(row.last_seen_at, row.expires_at)


def _is_current(last_seen_at: datetime, expires_at: datetime) -> bool:
    return clock.now() < min(expires_at, last_seen_at + IDLE)


def _find_visitor(session: Session, condition: object) -> Visitor | None:
    query = (
        select(LoginSession, User, Membership)
        .join(User, col(User.key) == col(LoginSession.user_key))
        .join(
            Membership,
            (col(Membership.user_key) == col(LoginSession.user_key))
            & (col(Membership.workspace_key) == col(LoginSession.workspace_key)),
        )
        .where(condition)  # type: ignore[arg-type]  # a column expression
    )
    found = session.exec(query).first()
    if found is None or not _is_live(found[0]):
        return None
    row, user, membership = found
    is_stale = row.last_seen_at <= clock.now() - _SEEN_EVERY
    return Visitor(row.id, user.id, user.email, row.workspace_key, Role(membership.role), is_stale)


def _revoke(session: Session, condition: object) -> None:
    still_open = col(LoginSession.revoked_at).is_(None)
    session.execute(update(LoginSession).where(condition, still_open).values(revoked_at=clock.now()))  # type: ignore[arg-type]
