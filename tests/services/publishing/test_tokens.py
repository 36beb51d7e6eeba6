"""A refresh at a bad moment: a person disconnects meanwhile, or the database breaks just when the new tokens have come."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError
from sqlmodel import col, select

from dravo_app import db
from dravo_app.errors import ProviderError, ReconnectRequired, Throttled
from dravo_app.models import Account, Delivery, Event, Health
from dravo_app.providers.types import Published
from dravo_app.services import access_check, accounts, leases, tokens, vault
from dravo_app.services.access_check import Checked
from dravo_app.services.publishing import closing, dispatch, opening, retry
from dravo_app.services.publishing.deliver import Finished, converse
from dravo_app.services.publishing.opening import Opened
from dravo_app.settings import get_settings
from tests.services.publishing.unknown import lose
from tests.support.world import FAST, World, running_worker, wait_for, working


@pytest.fixture
def stale(world: World) -> int:
    """An account whose token must be renewed; its key."""
    account_id = world.connect("alice")
    with db.transaction() as session:
        account = session.exec(select(Account).where(col(Account.id) == account_id)).one()
        tokens.mark_stale(session, account)
    return account.key or 0


def test_who_is_disconnected_during_the_refresh_gets_no_post(world: World, stale: int) -> None:
    world.sandbox.faults(network="x", latency_seconds=0.5)
    answers: list[ProviderError | str] = []
    refresher = threading.Thread(target=lambda: answers.append(_ready(stale)))
    refresher.start()
    wait_for(_is_refreshing)
    with db.transaction() as session:
        accounts.disconnect(session, world.caller, session.get_one(Account, stale).id)
    refresher.join()
    assert isinstance(answers[0], ReconnectRequired)


def test_an_answer_to_old_credentials_says_nothing_of_the_new_ones(world: World) -> None:
    job = world.publish("Too late", account_id := world.connect("alice"))
    finished = Finished(_open_one(), ReconnectRequired("The access was revoked."))
    assert world.connect("alice") == account_id, "a person has connected it again meanwhile"
    with db.transaction() as session:
        closing.close_all(session, [finished])
    assert (world.deliveries(job)[0].error_code, _health_of(account_id)) == ("reconnect_required", "ok")
    with db.transaction() as session:
        retry.retry(session, world.caller, job, None)
    with working():
        world.wait_until_final(job)


def test_two_answers_for_one_account_in_one_batch_are_both_told(world: World) -> None:
    world.is_settled = False
    account_id = world.connect("alice")
    lost = lose(world, world.publish("Found", account_id), sent=True)
    with db.transaction() as session:
        session.get_one(Delivery, lost.key).run_at = lost.created_at
    looking = _open_one()
    world.publish("Refused", account_id)
    sending = _open_one()
    answers = [Finished(sending, ReconnectRequired("The access was revoked.")), converse(looking)]
    assert isinstance(answers[1].answer, Published)
    with db.transaction() as session:
        closing.close_all(session, answers)
    with db.reading() as session:
        told = session.exec(select(Event.type).where(col(Event.type).startswith("account."))).all()
    assert told == ["account.connected", "account.needs_reconnect", "account.ok"] and _health_of(account_id) == "ok"


def _open_one() -> Opened:
    with db.transaction() as session:
        claims = dispatch.claim(session, "slow", 10, lease_seconds=60)
    with db.transaction() as session:
        (opened,) = opening.open_all(session, claims)
    return opened


def test_a_check_of_old_credentials_says_nothing_of_the_new_ones(world: World) -> None:
    account_id = world.connect("alice")
    with db.reading() as session:
        asked = session.exec(select(Account).where(col(Account.id) == account_id)).one()
    for connects_again, health in ((True, "ok"), (False, "needs_reconnect")):
        checked = Checked(Health.NEEDS_RECONNECT, "The access is gone.", asked.credentials_version + 1 - connects_again)
        if connects_again:
            world.connect("alice")
        with db.transaction() as session:
            access_check.note(session, world.caller, account_id, checked)
        assert _health_of(account_id) == health


def test_a_slow_refresh_keeps_its_lease_and_nobody_else_begins_one(world: World, stale: int) -> None:
    lease_seconds = get_settings().engine.lease_seconds
    world.sandbox.faults(network="x", latency_seconds=2.5 * lease_seconds)
    refresher = threading.Thread(target=lambda: _ready(stale))
    refresher.start()
    wait_for(_is_refreshing)
    time.sleep(1.5 * lease_seconds)
    assert _is_refreshing() and isinstance(_ready(stale), Throttled)
    refresher.join()
    assert not _is_refreshing() and _ready(stale) == "it may be sent"


def test_one_who_dies_over_a_refresh_holds_the_account_no_longer_than_a_lease(world: World, stale: int) -> None:
    lease_seconds = get_settings().engine.lease_seconds
    world.sandbox.faults(network="x", latency_seconds=30)
    world.is_settled = False
    world.publish("Renewed first", _id_of(stale))
    with running_worker(engine=FAST) as worker:
        wait_for(_is_refreshing)
        worker.end()
    world.sandbox.faults(network="x", latency_seconds=0)
    wait_for(lambda: _ready(stale) == "it may be sent", seconds=lease_seconds + 5)


def test_new_tokens_are_kept_though_the_database_breaks_at_that_moment(world: World, stale: int) -> None:
    with _one_broken_write("UPDATE account SET"):
        _, renewed, _ = tokens.ready(_account(stale))
    with db.reading() as session:
        assert vault.open_credentials(session.get_one(Account, stale)) == renewed


def _account(account_key: int) -> Account:
    with db.reading() as session:
        return session.get_one(Account, account_key)


def _health_of(account_id: str) -> str:
    with db.reading() as session:
        return session.exec(select(Account.health).where(col(Account.id) == account_id)).one()


def _id_of(account_key: int) -> str:
    return _account(account_key).id


def _ready(account_key: int) -> ProviderError | str:
    try:
        tokens.ready(_account(account_key))
    except ProviderError as error:
        return error
    return "it may be sent"


def _is_refreshing() -> bool:
    with db.reading() as session:
        return bool(leases.list_holders(session, "refresh:"))


@contextmanager
def _one_broken_write(beginning: str) -> Iterator[None]:
    """The first statement that begins so fails as it does when the server goes away."""
    broken: list[str] = []

    def breaking(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith(beginning) and not broken:
            broken.append(statement)
            raise OperationalError(statement, {}, Exception("server closed the connection unexpectedly"))

    event.listen(Engine, "before_cursor_execute", breaking)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", breaking)
    assert broken, "nothing was written"
