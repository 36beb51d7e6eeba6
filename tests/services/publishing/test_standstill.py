"""What stands still is said with its reason, from rows alone; every state that moves has a limit, and then somebody acts."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event
from sqlmodel import col, select

from dravo_app import clock, db
from dravo_app.errors import WhoActs
from dravo_app.models import AccountGate, Delivery, DeliveryState, Event, GateReason, NetworkGate
from dravo_app.services import history, leases, receipts
from dravo_app.services.publishing import stuck, ticker
from dravo_app.services.publishing.lifecycle import FINAL
from dravo_app.services.publishing.next_step import Action, Standing, next_step, waiting_for
from dravo_app.services.publishing.standstill import LIMITS, Code, Facts, find, lasting
from tests.conftest import MovableClock
from tests.services.verifying.books_of_a_world import Installation
from tests.support.world import ON_SQLITE

S, NOW = DeliveryState, datetime(2026, 7, 1, 9, 0, tzinfo=UTC)


def _at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


CASES = [
    ("scheduled", {"run_at": _at(60)}, Code.ITS_TIME, "It waits for its time. Dravo sends it then, at 09:01:00 UTC."),
    ("scheduled", {"run_at": _at(-2)}, Code.DUE, "It is due; a worker takes it up now."),
    ("scheduled", {"run_at": _at(-90)}, Code.OVERDUE, "It has been due for 1 min, and no worker has taken it up."),
    ("held", {"state_reason": "late"}, Code.HELD_LATE, "Its time had passed"),
    ("held", {"state_reason": "restore"}, Code.HELD_RESTORE, "was restored from a backup"),
    ("held", {}, Code.HELD, "It waits for a person. It has been held for 41 s."),
    ("queued", {}, Code.DUE, "a worker takes it up now"),
    ("queued", {"has_worker": False}, Code.NO_WORKER, "No worker has reported, and this has been due for 41 s."),
    ("queued", {"changed_at": _at(-3), "has_worker": False}, Code.DUE, "a worker takes it up now"),
    ("queued", {"is_busy": True}, Code.ACCOUNT_BUSY, "Another post to this account is being sent"),
    ("queued", {"is_behind": True, "run_at": _at(-900)}, Code.ACCOUNT_BUSY, "go out by turns"),
    ("queued", {"rests_until": _at(60)}, Code.ACCOUNT_RESTING, "X has asked this account to slow down; this one has"),
    (
        "queued",
        {"network_rests_until": _at(9), "network_reason": "outage"},
        Code.NETWORK_RESTING,
        "X has not been working",
    ),
    ("sending", {"lease_until": _at(20)}, Code.NETWORK_ANSWER, "Dravo has been talking to X for 41 s."),
    ("sending", {"lease_until": _at(-3)}, Code.WORKER_LOST, "has not been heard of for 3 s; Dravo takes it over."),
    ("sending", {"lease_until": _at(-13), "has_worker": False}, Code.NO_WORKER, "No worker has reported"),
    (
        "processing",
        {"run_at": _at(5)},
        Code.NETWORK_PROCESSING,
        "X has been processing it for 41 s. Dravo looks again at",
    ),
    ("processing", {"run_at": _at(-99)}, Code.OVERDUE, "no worker has taken it up"),
    (
        "waiting",
        {"run_at": _at(5)},
        Code.RETRY_PAUSE,
        "Nothing is public. It has been paused for 41 s. Dravo tries again",
    ),
    ("unconfirmed", {"run_at": _at(5)}, Code.LOOK_UP_PAUSE, "It may be public; that has been unknown for 41 s."),
    ("unconfirmed", {"rests_until": _at(5)}, Code.ACCOUNT_RESTING, "It goes on at 09:00:05 UTC."),
]


@pytest.mark.parametrize(("state", "given", "code", "words"), CASES)
def test_every_standstill_has_a_word_and_a_sentence(
    state: str, given: dict[str, object], code: Code, words: str
) -> None:
    found = find(state, "X", _facts(**given), NOW)
    assert found is not None and found.code is code
    assert words.replace("this one has", "this has") in found.sentence(NOW)


def test_every_state_that_moves_has_a_limit_and_no_other() -> None:
    assert set(LIMITS) == set(S) - FINAL
    assert all(limit.overdue_seconds or limit.lasting_seconds for limit in LIMITS.values())


@pytest.mark.parametrize("state", [state for state in S if state not in FINAL])
def test_past_its_limit_it_is_stuck_and_somebody_is_named(state: DeliveryState) -> None:
    limit = LIMITS[state].overdue_seconds or LIMITS[state].lasting_seconds or 0.0
    late = Facts(changed_at=_at(-limit - 1), run_at=_at(-limit - 1), lease_until=None)
    early = Facts(changed_at=_at(-limit + 1), run_at=_at(-limit + 1), lease_until=None)
    for facts, is_stuck in ((late, True), (early, False)):
        standing = Standing(state, None, "ok", "X", facts.run_at, facts=facts)
        found = waiting_for(standing, NOW)
        assert found is not None and found.is_stuck is is_stuck
        assert not is_stuck or next_step(standing, NOW).who is not WhoActs.NOBODY


@pytest.mark.parametrize("state", ["sending", "processing", "waiting", "unconfirmed"])
def test_what_lasts_too_long_is_stuck_although_it_is_looked_at(state: str) -> None:
    begun = _at(-(LIMITS[S(state)].lasting_seconds or 0.0) - 1)
    standing = Standing(state, None, "ok", "X", facts=Facts(begun, run_at=_at(5), lease_until=_at(20)))
    found = waiting_for(standing, NOW)
    assert found is not None and found.is_stuck and next_step(standing, NOW).who is not WhoActs.NOBODY


def test_without_a_worker_whoever_runs_dravo_is_named_at_once() -> None:
    step = next_step(Standing("queued", None, "ok", "X", facts=_facts(has_worker=False)), NOW)
    assert (step.who, step.action) == (WhoActs.OPERATOR, Action.START_WORKER)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (41.9, "41 s"), (60, "1 min"), (3600, "1 h"), (3900, "1 h 5 min"), (97200, "1 d 3 h")],
)
def test_spans_are_said_as_people_say_them(seconds: float, said: str) -> None:
    assert lasting(timedelta(seconds=seconds)) == said


def test_the_page_and_the_api_read_it_from_the_rows_around(installation: Installation) -> None:
    ada, bob, eve = (installation.account(handle) for handle in ("ada", "bob", "eve"))
    sent, behind = installation.sending("First", ada), installation.queued("Second", ada)
    resting, open_circuit = installation.queued("Third", bob), installation.queued("Fourth", eve)
    with db.transaction() as session:
        session.get_one(AccountGate, bob.key).next_allowed_at = clock.now() + timedelta(minutes=5)
        session.get_one(AccountGate, eve.key).network = "test:x"
        until = clock.now() + timedelta(minutes=1)
        shut = NetworkGate(name="test:x", workspace_key=1, failures=9, next_allowed_at=until, changed_at=clock.now())
        shut.reason = GateReason.OUTAGE.value
        session.add(shut)
    codes = _codes(installation)
    assert codes[sent.id] is Code.NETWORK_ANSWER and codes[behind.id] is Code.ACCOUNT_BUSY
    assert codes[resting.id] is Code.ACCOUNT_RESTING and codes[open_circuit.id] is Code.NETWORK_RESTING


def test_a_long_queue_of_one_account_is_no_standstill_but_its_head_is(installation: Installation) -> None:
    ada = installation.account()
    first, second = installation.queued("First", ada), installation.queued("Second", ada)
    with db.transaction() as session:
        for row in session.exec(select(Delivery)):
            row.run_at = row.changed_at = clock.now() - timedelta(minutes=3)
    codes = _codes(installation)
    assert (codes[first.id], codes[second.id]) == (Code.OVERDUE, Code.ACCOUNT_BUSY)


@ON_SQLITE
def test_a_page_of_the_history_costs_the_same_however_much_moves(installation: Installation) -> None:
    ada = installation.account()
    installation.queued("One", ada)
    few = _statements(installation)
    for number in range(30):
        installation.queued(f"Post {number}", ada)
    with db.transaction() as session:
        for row in session.exec(select(Delivery)):
            row.run_at = row.changed_at = clock.now() - timedelta(minutes=3)
    assert _statements(installation) <= few + 1  # whose turn it is, where something is late


def test_the_sweep_tells_of_each_standstill_once_per_spell(
    installation: Installation, movable_clock: MovableClock
) -> None:
    delivery = installation.queued("Hello", installation.account())
    movable_clock.move(seconds=50)
    ticker.tell_of_standstills()
    assert _told(delivery) == []
    _move_and_live(movable_clock, 20)
    for _ in range(3):
        ticker.tell_of_standstills()
    assert [details["code"] for details in _told(delivery)] == ["overdue"]
    with db.transaction() as session:  # taken up after all, and left lying again
        session.get_one(Delivery, delivery.key).run_at = clock.now()
    _move_and_live(movable_clock, 70)
    ticker.tell_of_standstills()
    assert len(_told(delivery)) == 2
    moments = receipts.get_story(*_reading(installation)).moments[delivery.id]
    assert [moment.kind.value for moment in moments] == ["accepted", "stuck", "stuck"]


@pytest.mark.parametrize("state", ["sending", "processing", "unconfirmed", "waiting", "scheduled", "held"])
def test_the_sweep_finds_every_kind_of_standstill(
    installation: Installation, movable_clock: MovableClock, state: str
) -> None:
    delivery = installation.queued("Hello", installation.account())
    with db.transaction() as session:
        row = session.get_one(Delivery, delivery.key)
        row.state, row.lease_until = state, clock.now() + timedelta(days=9)
        what = {"scheduled": "status = 'scheduled', scheduled_at = created_at", "held": "held_at = created_at"}.get(
            state
        )
        if what:
            session.connection().exec_driver_sql(f"UPDATE publish_job SET {what}")
    _move_and_live(movable_clock, 26 * 3600)
    with db.reading() as session:
        assert [one.delivery.id for one in stuck.find(session)] == [delivery.id]


def test_what_moved_while_the_sweep_looked_is_not_told_of(
    installation: Installation, movable_clock: MovableClock
) -> None:
    delivery = installation.queued("Hello", installation.account())
    _move_and_live(movable_clock, 70)
    with db.reading() as session:
        found = stuck.find(session)
    installation.sending("Another", installation.account("bob"))  # the claim takes both
    with db.transaction() as session:
        stuck.tell(session, found)
    assert len(found) == 1 and _told(delivery) == []


def _facts(**given: object) -> Facts:
    return Facts(**{"changed_at": _at(-41), "run_at": _at(-41), **given})  # type: ignore[arg-type]


def _codes(installation: Installation) -> dict[str, Code]:
    with db.reading() as session:
        jobs = history.list_jobs(session, installation.caller, history.HistoryFilter()).items
    return {one.delivery_id: one.waiting_for.code for job in jobs for one in job.results if one.waiting_for}


def _statements(installation: Installation) -> int:
    counted: list[str] = []
    with db.reading() as session:
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", lambda *given: counted.append(given[2]))
        history.list_jobs(session, installation.caller, history.HistoryFilter())
    return len(counted)


def _told(delivery: Delivery) -> list[dict[str, object]]:
    with db.reading() as session:
        told = select(Event).where(col(Event.delivery_key) == delivery.key, col(Event.type) == "delivery.stuck")
        return [row.details for row in session.exec(told.order_by(col(Event.key)))]


def _move_and_live(hand: MovableClock, seconds: float) -> None:
    hand.move(seconds=seconds)
    with db.transaction() as session:
        leases.take(session, leases.WORKER + "w", "w", 60)


def _reading(installation: Installation):  # type: ignore[no-untyped-def]
    with db.reading() as session:
        job = history.list_jobs(session, installation.caller, history.HistoryFilter()).items[0].job_id
        return session, installation.caller, job
