"""How an account is, in words: the end of its access counts only where nobody renews it."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from dravo_app import db
from dravo_app.models import Account, Health
from dravo_app.services.account_health import count_posts_after_end, tell
from dravo_app.services.account_overview import look_over
from dravo_app.services.accounts import AccountFilter
from dravo_app.services.caller import Caller
from tests.conftest import MovableClock
from tests.support.jobs import add_account, add_job

pytestmark = pytest.mark.usefixtures("movable_clock")
NOT_RENEWED = "pinterest"  # no adapter: nobody renews its tokens


def ending(session: Session, clock: MovableClock, provider: str = NOT_RENEWED, **after: float) -> Account:
    account = add_account(session, "alice", provider)
    account.token_expires_at = clock.now + timedelta(**after)
    return account


def schedule(session: Session, account: Account, clock: MovableClock, **after: float) -> None:
    add_job(session, "Later", [account], status="scheduled", scheduled_at=clock.now + timedelta(**after))


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (73, "Its access ends in 3 days. Connect it again before then."),
        (25, "Its access ends in 1 day. Connect it again before then."),
        (5.5, "Its access ends in 5 hours. Connect it again before then."),
        (0.5, "Its access ends within the hour. Connect it again before then."),
        (-1, "Its access has ended. Connect it again."),
    ],
)
def test_the_end_of_an_access_is_told_in_time(
    database: str, movable_clock: MovableClock, hours: float, words: str
) -> None:
    with db.transaction() as session:
        account = ending(session, movable_clock, hours=hours)
        assert (tell(account).kind, tell(account).sentence) == ("ends_soon" if hours > 0 else "ended", words)


def test_an_access_that_dravo_renews_or_that_lasts_is_no_news(database: str, movable_clock: MovableClock) -> None:
    with db.transaction() as session:
        for account in (ending(session, movable_clock, "x", hours=1), ending(session, movable_clock, days=60)):
            assert (tell(account).kind, tell(account).sentence) == ("ok", "")


def test_posts_that_wait_for_a_time_after_the_end_are_counted(
    database: str, caller: Caller, movable_clock: MovableClock
) -> None:
    with db.transaction() as session:
        account = ending(session, movable_clock, days=60)
        other = add_account(session, "bob", NOT_RENEWED)
        for days in (59, 60, 61, 62):
            schedule(session, account, movable_clock, days=days)
            schedule(session, other, movable_clock, days=days)
        assert count_posts_after_end(session, [account, other]) == {account.key: 3}
        view = look_over(session, caller, AccountFilter()).items[1]
    assert view.health.sentence == (
        "Its access ends in 60 days, before 3 scheduled posts. Connect it again before then."
    )
    assert view.waiting == 4


@pytest.mark.parametrize(
    ("health", "who"),
    [
        (Health.OK, "nobody"),
        (Health.NEEDS_RECONNECT, "admin"),
        (Health.BLOCKED, "admin"),
        (Health.DISCONNECTED, "nobody"),
    ],
)
def test_each_health_says_why_and_who_acts(
    database: str, movable_clock: MovableClock, health: Health, who: str
) -> None:
    with db.transaction() as session:
        account = add_account(session, "alice")
        account.health, account.health_reason = health.value, "The network said so."
        told = tell(account)
    assert (told.kind, told.who_acts.value) == (health.value, who)
    assert ("The network said so." in told.sentence) == (who == "admin")


def test_the_overview_knows_the_last_post_and_counts_by_health(database: str, caller: Caller) -> None:
    with db.transaction() as session:
        account, red = add_account(session, "alice"), add_account(session, "bob")
        red.health = Health.NEEDS_RECONNECT.value
        add_job(session, "Old", [account], minute=1)
        add_job(session, "New", [account], minute=5)
        add_job(session, "Failed", [account], status="failed", minute=9)
        found = look_over(session, caller, AccountFilter(q="alice"))
    assert [view.account.handle for view in found.items] == ["alice"]
    assert found.items[0].last_published_at is not None
    assert found.items[0].last_published_at.minute == 5
    assert found.counts == {"ok": 1, "needs_reconnect": 1, "blocked": 0, "disconnected": 0}
