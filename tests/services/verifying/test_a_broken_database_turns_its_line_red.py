"""Each invariant, broken by hand in one row: exactly its line turns red and names what is broken."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import col, select

from dravo_app import clock, db
from dravo_app.models import Attempt, AttemptResult, Delivery, Event, PublishJob
from tests.services.verifying.books_of_a_world import SECRET, Installation, line, red
from tests.support.world import ON_SQLITE

pytestmark = ON_SQLITE


def test_a_healthy_one_is_all_green(installation: Installation) -> None:
    ada = installation.account()
    installation.published("Hello", ada)
    installation.failed("Nonsense", ada)
    installation.sending("Right now", ada)
    found = installation.check()
    assert found.is_ok, found.broken()
    assert found.deliveries == {"failed": 1, "published": 1, "sending": 1}
    assert line(found, "I2").looked_at == 3 and line(found, "I5").looked_at == 10


def test_i1_what_has_not_ended(installation: Installation) -> None:
    delivery = installation.sending("Hello", installation.account())
    found = installation.check(is_settled=True)
    assert red(found) == ["I1"] and delivery.id in found.broken()[0]


def test_i1_a_failure_without_a_reason(installation: Installation) -> None:
    delivery = installation.failed("Hello", installation.account())
    _change(delivery, lambda row: setattr(row, "error_message", None))
    assert red(installation.check()) == ["I1"]


def test_i1_an_unknown_outcome_that_asks_nobody(installation: Installation) -> None:
    delivery = installation.failed("Hello", installation.account())
    _change(delivery, lambda row: setattr(row, "error_code", "outcome_unknown"))
    assert red(installation.check()) == ["I1"]


def test_i2_a_post_that_the_world_sees_twice(installation: Installation) -> None:
    delivery = installation.published("Hello", installation.account())
    installation.show("Hello", "ada", "post-again")
    found = installation.check()
    assert red(found) == ["I2"] and delivery.id in found.broken()[0] and "post-again" in found.broken()[0]


def test_i2_a_post_that_nobody_asked_for(installation: Installation) -> None:
    installation.account()
    installation.show("Where is this from?", "ada", "post-1")
    assert red(installation.check()) == ["I2"]


def test_i2_two_attempts_that_published(installation: Installation) -> None:
    delivery = installation.published("Hello", installation.account())
    with db.transaction() as session:
        first = session.exec(select(Attempt)).one()
        second = Attempt(**{**first.model_dump(exclude={"key"}), "id": "att_2", "number": 2, "fence": first.fence + 1})
        session.add(second)
        session.get_one(Delivery, delivery.key).fence += 1
    assert red(installation.check()) == ["I2"]


def test_i3_what_is_due_and_lies_there(installation: Installation) -> None:
    delivery = installation.queued("Hello", installation.account())
    past = clock.now() - timedelta(minutes=2)
    _change(delivery, lambda row: setattr(row, "run_at", past))
    _change(delivery, lambda row: setattr(row, "changed_at", past))
    found = installation.check()
    assert red(found) == ["I3"] and "no worker has taken it up" in found.broken()[0]


def test_i3_a_lease_that_nobody_takes_over(installation: Installation) -> None:
    delivery = installation.sending("Hello", installation.account())
    _change(delivery, lambda row: setattr(row, "lease_until", clock.now() - timedelta(minutes=2)))
    assert red(installation.check()) == ["I3"]


def test_i4_published_and_not_there(installation: Installation) -> None:
    delivery = installation.published("Hello", installation.account(), is_shown=False)
    found = installation.check()
    assert red(found) == ["I4"] and delivery.id in found.broken()[0]


def test_i5_a_change_that_is_not_in_the_table(installation: Installation) -> None:
    delivery = installation.published("Hello", installation.account())
    with db.transaction() as session:
        told = select(Event).where(col(Event.delivery_key) == delivery.key, col(Event.type) == "delivery.sending")
        session.delete(session.exec(told).one())
    found = installation.check()
    assert red(found) == ["I5"] and "queued → published" in found.broken()[0]


def test_i6_a_change_without_its_event(installation: Installation) -> None:
    delivery = installation.published("Hello", installation.account())
    with db.transaction() as session:
        told = select(Event).where(col(Event.delivery_key) == delivery.key, col(Event.type) == "delivery.published")
        session.delete(session.exec(told).one())
    assert red(installation.check()) == ["I6"]


@pytest.mark.parametrize(
    "said",
    [
        f'{{"echo": "{SECRET}"}}',
        "Authorization: Bearer abcdef0123456789",
        "dra_test_" + "a" * 38,
        "x eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl y",
    ],
)
def test_i7_a_secret_in_an_answer(installation: Installation, said: str) -> None:
    delivery = installation.published("Hello", installation.account())
    _change(delivery, lambda row: setattr(row, "raw_response", said))
    found = installation.check()
    assert red(found) == ["I7"] and delivery.id in found.broken()[0] and said not in found.broken()[0]


def test_i8_a_recovery_that_came_late_although_a_worker_lived(installation: Installation) -> None:
    ada, past = installation.account(), clock.now() - timedelta(hours=3)
    lost = installation.failed("Hello", ada)
    installation.failed("Meanwhile", ada)
    with db.transaction() as session:
        first, second = session.exec(select(Attempt).order_by(col(Attempt.key))).all()
        first.result, first.started_at, first.closed_at = AttemptResult.LOST.value, past, clock.now()
        second.started_at = past + timedelta(hours=1)
    found = installation.check()
    assert red(found) == ["I8"] and lost.id in found.broken()[0]


def test_i8_a_night_without_a_worker_proves_nothing(installation: Installation) -> None:
    installation.failed("Hello", installation.account())
    with db.transaction() as session:
        attempt = session.exec(select(Attempt)).one()
        attempt.result, attempt.started_at = AttemptResult.LOST.value, clock.now() - timedelta(hours=8)
    found = installation.check()
    assert found.is_ok and line(found, "I8").looked_at == 1, line(found, "I8")


def test_i9_a_job_that_says_what_its_deliveries_do_not(installation: Installation) -> None:
    delivery = installation.published("Hello", installation.account())
    with db.transaction() as session:
        job = session.get_one(PublishJob, delivery.job_key)
        job.finished_at = None
    assert red(installation.check()) == ["I9"]


def test_i9_a_failure_that_the_world_sees(installation: Installation) -> None:
    delivery = installation.failed("Hello", installation.account())
    installation.show("Hello", "ada", "post-1")
    found = installation.check()
    assert red(found) == ["I9"] and delivery.id in found.broken()[0]


def test_i9_a_gate_that_names_another(installation: Installation) -> None:
    installation.published("Hello", ada := installation.account())
    with db.transaction() as session:
        session.connection().exec_driver_sql(f"UPDATE account_gate SET in_flight_key = 1 WHERE account_key = {ada.key}")
    assert red(installation.check()) == ["I9"]


def _change(delivery: Delivery, change: Callable[[Delivery], object]) -> None:
    with db.transaction() as session:
        row = session.get_one(Delivery, delivery.key)
        change(row)
        session.add(row)
