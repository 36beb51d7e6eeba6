"""Each trouble that a network can make, on each network: how it ends, who must act, and how many posts the world sees."""

import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlmodel import Session, col, select

from dravo_app import db
from dravo_app.errors import ProviderError
from dravo_app.models import Account, Event
from dravo_app.services import tokens
from tests.support.world import ON_SQLITE, STEADY, World, wait_for, working

Ending = tuple[str, str | None, str | None, int]
"""Status, error code, who acts, visible posts."""

_WELL: Ending = ("published", None, None, 1)
_REFUSED: Ending = ("failed", "content_rejected", "author", 0)
_GONE: Ending = ("failed", "reconnect_required", "admin", 0)
_NEVER_TAKEN: Ending = ("failed", "provider_unavailable", "author", 0)
ENDINGS: dict[str, Ending] = {
    "slow 1s": _WELL,
    "429 retry-after 1": _WELL,
    "500 before": _WELL,
    "500 after": _WELL,
    "answer lost": _WELL,
    "refuse connect": _WELL,
    "processing 1s": _WELL,
    "rejected": _REFUSED,
    "token expired": _WELL,
    "token revoked": _GONE,
    "html": _NEVER_TAKEN,
    "empty": _NEVER_TAKEN,
    "huge": _NEVER_TAKEN,
}
NETWORKS = ("x", "bluesky", "mastodon")
_ENDINGS_OF = {("mastodon", "token expired"): _GONE}
"""A Mastodon token has no successor: a person connects the account again."""


def test_every_trouble_ends_as_it_should_on_every_network(world: World) -> None:
    world.sandbox.faults(network="*", allow_duplicates=True)
    jobs = {}
    for number, marker in enumerate(ENDINGS):
        accounts = [world.connect(f"person{number}", provider) for provider in NETWORKS]
        jobs[marker] = world.publish(f"Hello [[sandbox: {marker}]]", *accounts)
    with working(replace(STEADY, lease_seconds=30.0)):  # on a busy machine, too, nobody is taken for dead
        world.wait_until_final(*jobs.values(), seconds=40)
    for marker, job in jobs.items():
        expected = {provider: _ENDINGS_OF.get((provider, marker), ENDINGS[marker]) for provider in NETWORKS}
        assert _endings(world, job) == expected, marker
    told = [(attempt.kind, attempt.result) for attempt in world.attempts(jobs["empty"])]
    assert told == [("publish", "failed"), ("look_up", "absent"), ("look_up", "absent")] * 5 * len(NETWORKS), (
        "each try is looked up"
    )


def test_a_throttled_account_waits_and_holds_back_nobody_else(world: World) -> None:
    alice, bob = world.connect("alice"), world.connect("bob")
    first = world.publish("One [[sandbox: 429 retry-after 6]]", alice)
    with working():
        wait_for(lambda: world.deliveries(first)[0].state == "waiting")
        (waiting,) = world.deliveries(first)
        jobs = [world.publish("Two", alice), world.publish("Three", bob)]
        world.wait_until_final(first, *jobs)
    assert waiting.retry_at and (waiting.tries, waiting.error_code, waiting.who_acts) == (0, "throttled", "nobody")
    assert all(attempt.started_at >= waiting.retry_at for attempt in world.attempts(jobs[0]))
    assert all(attempt.started_at < waiting.retry_at for attempt in world.attempts(jobs[1]))
    assert world.deliveries(first)[0].tries == 0


@ON_SQLITE
def test_a_used_up_day_waits_for_the_next(world: World) -> None:
    world.is_settled = False
    job = world.publish("Once too often [[sandbox: quota]]", world.connect("alice"), world.connect("alice", "bluesky"))
    with working():
        wait_for(lambda: {delivery.state for delivery in world.deliveries(job)} == {"waiting"})
    midnight = datetime.now(UTC).replace(hour=23, minute=59, second=58)
    for delivery in world.deliveries(job):
        assert (delivery.error_code, delivery.who_acts, delivery.tries) == ("quota_exhausted", "nobody", 0)
        assert delivery.retry_at and delivery.retry_at >= midnight
    assert world.receipt(job).status == "processing" and not world.sandbox.log()


@pytest.mark.parametrize("provider", ["x", "bluesky"])
def test_an_expired_token_is_renewed_once_and_the_post_goes_out(world: World, provider: str) -> None:
    account = world.connect("alice", provider)
    job = world.publish("Old ticket [[sandbox: token expired]]", account)
    with working():
        (receipt,) = world.wait_until_final(job)
        again = world.publish("Still valid", account)
        world.wait_until_final(again)
    assert receipt.status == "published" and receipt.results[0].attempts == 2
    assert [attempt.error_code for attempt in world.attempts(job)] == ["access_expired", None]
    assert len(_renewals(world)) == 1


def test_many_who_need_a_fresh_token_ask_for_it_once(world: World) -> None:
    world.connect("alice")
    with db.transaction() as session:
        tokens.mark_stale(session, key := _account(session))
    answers: list[object] = []
    threads = [threading.Thread(target=lambda: answers.append(_ready(key.key or 0))) for _ in range(8)]
    world.sandbox.faults(network="x", latency_seconds=0.3)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(_renewals(world)) == 1
    assert set(answers) <= {"throttled", "renewed"} and "renewed" in answers


def test_revoked_access_turns_the_account_red_with_one_event(world: World) -> None:
    account = world.connect("alice")
    jobs = [world.publish(f"{number} [[sandbox: token revoked]]", account) for number in ("One", "Two")]
    with working():
        world.wait_until_final(*jobs)
    with db.reading() as session:
        assert _account(session).health == "needs_reconnect"
        told = session.exec(select(Event.type).where(col(Event.type).startswith("account."))).all()
    assert list(told) == ["account.connected", "account.needs_reconnect"]


@ON_SQLITE
def test_a_network_that_is_away_gets_the_post_when_it_is_back(world: World) -> None:
    job = world.publish("Hello again", world.connect("alice"))
    world.sandbox.kill()
    with working():
        wait_for(lambda: len(world.attempts(job)) >= 2)
        world.sandbox.start()
        (receipt,) = world.wait_until_final(job)
    assert receipt.status == "published" and len(world.visible("Hello again")) == 1
    assert {attempt.error_code for attempt in world.attempts(job)} == {"provider_unavailable", None}


def _endings(world: World, job: str) -> dict[str, Ending]:
    receipt = world.receipt(job)
    seen = [item["network"] for item in world.visible(receipt.text)]
    return {r.provider: (r.status, r.error_code, r.who_acts, seen.count(r.provider)) for r in receipt.results}


def _renewals(world: World) -> list[str]:
    paths = [request["path"] for request in world.sandbox.requests()]
    return [path for path in paths if "oauth2/token" in path or "refreshSession" in path]


def _account(session: Session) -> Account:
    return session.exec(select(Account)).one()


def _ready(account_key: int) -> str:
    try:
        with db.reading() as session:
            account = session.get_one(Account, account_key)
        tokens.ready(account)
    except ProviderError as error:
        return error.code
    return "renewed"
