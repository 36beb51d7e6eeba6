import re
from datetime import timedelta

import pytest
from sqlmodel import select, update

from dravo_app import clock, db
from dravo_app.errors import Invalid
from dravo_app.models import ApiKey, Environment
from dravo_app.services import api_keys
from tests.conftest import MovableClock


def _make(environment: Environment = Environment.TEST) -> str:
    with db.transaction() as session:
        return api_keys.create_key(session, 1, "ci", environment)[1]


def _is_known(token: str) -> bool:
    with db.reading() as session:
        return api_keys.caller_of_key(session, token) is not None


@pytest.mark.parametrize("environment", list(Environment))
def test_a_key_has_its_documented_shape(environment: Environment) -> None:
    token = api_keys.new_token(environment)

    assert re.fullmatch(rf"dra_{environment}_[0-9A-Za-z]{{38}}", token)
    assert api_keys.is_well_formed(token)


def test_a_mistyped_key_is_noticed_by_its_checksum() -> None:
    token = api_keys.new_token(Environment.LIVE)
    for place in range(9, len(token)):
        other = "a" if token[place] != "a" else "b"
        assert not api_keys.is_well_formed(token[:place] + other + token[place + 1 :])


def test_a_test_key_is_no_live_key_by_renaming() -> None:
    token = api_keys.new_token(Environment.TEST)

    assert not api_keys.is_well_formed(token.replace("dra_test_", "dra_live_"))


@pytest.mark.usefixtures("database")
def test_a_key_acts_in_its_workspace_and_environment_and_is_kept_as_a_hash() -> None:
    token = _make(Environment.LIVE)

    with db.reading() as session:
        caller = api_keys.caller_of_key(session, token)
        row = session.exec(select(ApiKey)).one()
    assert caller is not None
    assert (caller.workspace_key, caller.environment, caller.actor) == (1, Environment.LIVE, row.id)
    assert token not in str(row.model_dump())
    assert row.last_four == token[-4:]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("column", ["revoked_at", "expires_at"])
def test_a_revoked_or_expired_key_is_nobody(column: str) -> None:
    token = _make()
    assert _is_known(token)

    with db.transaction() as session:
        session.execute(update(ApiKey).values({column: clock.now()}))

    assert not _is_known(token)


@pytest.mark.usefixtures("database")
def test_an_unknown_key_is_nobody() -> None:
    assert not _is_known(api_keys.new_token(Environment.TEST))
    assert not _is_known("dra_test_short")


@pytest.mark.usefixtures("database")
def test_its_last_use_is_written_at_most_once_a_minute(movable_clock: MovableClock) -> None:
    token = _make()
    seen = []
    for seconds in (0, 59, 1):
        movable_clock.move(seconds=seconds)
        with db.transaction() as session:
            caller = api_keys.caller_of_key(session, token)
            assert caller is not None
            if api_keys.is_use_unnoted(caller):
                api_keys.note_use(session, caller)
            seen.append(session.exec(select(ApiKey)).one().last_used_at)

    assert seen[0] == seen[1]
    assert seen[0] is not None
    assert seen[2] == seen[0] + timedelta(seconds=60)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("name", ["", "   ", "a" * 101, "tab\tbed"])
def test_a_key_needs_a_readable_name(name: str) -> None:
    with pytest.raises(Invalid, match="1 to 100"), db.transaction() as session:
        api_keys.create_key(session, 1, name, Environment.TEST)
