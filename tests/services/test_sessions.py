from typing import Any

import jwt
import pytest
from sqlmodel import select, update

from dravo_app import clock, crypto, db
from dravo_app.errors import NotAuthenticated
from dravo_app.models import Environment, LoginSession, Membership, Role, User
from dravo_app.services import jwts, sessions, users
from tests.conftest import MovableClock

PASSWORD = "correct horse"


@pytest.fixture
def user(database: str) -> User:
    with db.transaction() as session:
        return users.create_owner(session, "ada@example.com", PASSWORD)


def _cookie(user: User) -> str:
    with db.transaction() as session:
        return sessions.open_browser_session(session, user)


def _program(user: User) -> sessions.ProgramLogin:
    with db.transaction() as session:
        return sessions.open_program_session(session, user)


def _refresh(token: str) -> sessions.ProgramLogin | None:
    with db.transaction() as session:
        return sessions.refresh(session, token)


def _is_cookie(token: str) -> bool:
    with db.reading() as session:
        return sessions.caller_of_cookie(session, token, Environment.TEST) is not None


def _is_jwt(token: str) -> bool:
    with db.reading() as session:
        return sessions.caller_of_jwt(session, token, Environment.TEST) is not None


def test_a_cookie_is_its_person_in_the_chosen_environment(user: User) -> None:
    token = _cookie(user)

    with db.reading() as session:
        caller = sessions.caller_of_cookie(session, token, Environment.LIVE)
        kept = session.exec(select(LoginSession)).one().model_dump()
    assert caller is not None
    assert (caller.actor, caller.role, caller.environment) == (user.id, Role.OWNER, Environment.LIVE)
    assert token not in str(kept)


def test_logging_out_ends_the_session_and_no_other(user: User) -> None:
    here, there = _cookie(user), _cookie(user)
    with db.transaction() as session:
        sessions.log_out(session, here)

    assert not _is_cookie(here)
    assert _is_cookie(there)


def test_a_jwt_dies_with_its_session_not_only_with_its_time(user: User) -> None:
    login = _program(user)
    assert _is_jwt(login.access_token)
    with db.transaction() as session:
        sessions.log_out(session, login.access_token)

    assert not _is_jwt(login.access_token)
    assert _refresh(login.refresh_token) is None


def test_a_jwt_lives_fifteen_minutes(user: User, movable_clock: MovableClock) -> None:
    login = _program(user)
    movable_clock.move(minutes=14, seconds=59)
    assert _is_jwt(login.access_token)

    movable_clock.move(seconds=1)
    assert not _is_jwt(login.access_token)


def test_a_refresh_token_works_once(user: User) -> None:
    first = _program(user)
    second = _refresh(first.refresh_token)

    assert second is not None
    assert second.refresh_token != first.refresh_token
    assert _is_jwt(second.access_token)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_used_refresh_token_seen_again_revokes_the_session_however_old_it_is(user: User, turns: int) -> None:
    first = latest = _program(user)
    for _ in range(turns):
        renewed = _refresh(latest.refresh_token)
        assert renewed is not None
        latest = renewed

    assert _refresh(first.refresh_token) is None
    assert _refresh(latest.refresh_token) is None
    assert not _is_jwt(latest.access_token)


@pytest.mark.parametrize(("days", "lives"), [(29.9, True), (30, False)])
def test_an_idle_session_ends_after_thirty_days(
    user: User, movable_clock: MovableClock, days: float, lives: bool
) -> None:
    token = _cookie(user)
    movable_clock.move(days=days)

    assert _is_cookie(token) is lives


def test_a_busy_session_ends_after_ninety_days(user: User, movable_clock: MovableClock) -> None:
    token = _cookie(user)
    for _ in range(4):
        movable_clock.move(days=22)
        with db.transaction() as session:
            visitor = sessions.find_visitor_of_cookie(session, token)
            assert visitor is not None
            assert visitor.is_seen_stale
            sessions.note_seen(session, visitor)
    movable_clock.move(days=2)

    assert not _is_cookie(token)


def test_who_left_the_workspace_is_nobody(user: User) -> None:
    token = _cookie(user)
    with db.transaction() as session:
        session.delete(session.exec(select(Membership)).one())

    assert not _is_cookie(token)


def test_a_wrong_password_and_an_unknown_email_get_the_same_answer(user: User) -> None:
    answers = set()
    for email, password in [(user.email, "wrong horse"), ("bob@example.com", PASSWORD), ("no email", PASSWORD)]:
        with pytest.raises(NotAuthenticated) as caught, db.reading() as session:
            sessions.check_password(session, email, password)
        answers.add(caught.value.detail)

    assert answers == {"The email or the password is wrong."}


def test_the_right_password_is_the_person(user: User) -> None:
    with db.reading() as session:
        assert sessions.check_password(session, " ADA@example.com", PASSWORD).id == user.id


def _forged(**changes: Any) -> str:
    key = crypto.get_keys()[0]
    now = int(clock.now().timestamp())
    claims: dict[str, Any] = {"sub": "usr_a", "sid": "ses_a", "ws": "1", "aud": "dravo-v1", "iss": "dravo"}
    claims |= {"iat": now, "exp": now + 900} | changes.pop("claims", {})
    claims = {name: value for name, value in claims.items() if value is not None}
    headers = {"kid": key.id, "typ": "JWT"} | changes.pop("headers", {})
    return jwt.encode(
        claims, changes.pop("key", key.derive("jwt")), algorithm=changes.pop("algorithm", "HS256"), headers=headers
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"claims": {"aud": "other"}},
        {"claims": {"aud": ["dravo-v1", "other"]}},
        {"claims": {"iss": "other"}},
        {"claims": {"exp": 1}},
        {"claims": {"exp": None}},
        {"claims": {"exp": "soon"}},
        {"claims": {"sid": None}},
        {"claims": {"sid": 7}},
        {"claims": {"ws": None}},
        {"claims": {"pad": "a" * 5000}},
        {"headers": {"typ": "at+jwt"}},
        {"headers": {"typ": None}},
        {"headers": {"kid": "00000000"}},
        {"algorithm": "HS384"},
        {"algorithm": "none", "key": None},
        {"key": b"k" * 32},
    ],
)
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_a_token_that_is_not_exactly_ours_is_refused(database: str, changes: dict[str, Any]) -> None:
    assert jwts.read_jwt(_forged()) is not None
    assert jwts.read_jwt(_forged(**changes)) is None


@pytest.mark.parametrize("token", ["", "a.b.c", "a" * 1_000_000, "..", "é.é.é", "e30.e30.e30"])
def test_what_is_no_token_is_refused(database: str, token: str) -> None:
    assert jwts.read_jwt(token) is None


def test_a_jwt_of_the_key_before_the_rotation_is_valid_while_that_key_is_kept(user: User) -> None:
    from dravo_app.settings import get_settings

    token = _program(user).access_token
    crypto.add_key(get_settings())
    assert _is_jwt(token)

    crypto.drop_old_keys(get_settings())
    assert not _is_jwt(token)


def test_a_role_is_read_from_the_row_on_every_request(user: User) -> None:
    token = _cookie(user)
    with db.transaction() as session:
        session.execute(update(Membership).values(role=Role.MEMBER.value))

    with db.reading() as session:
        caller = sessions.caller_of_cookie(session, token, Environment.TEST)
    assert caller is not None
    assert caller.role is Role.MEMBER
