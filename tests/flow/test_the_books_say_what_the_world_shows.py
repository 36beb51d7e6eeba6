"""The proof's books can turn red: whatever Dravo's tables claim, they are held against what the world shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlmodel import col, select

from dravo_app import db
from dravo_app.models import Delivery
from dravo_app.proving import judge
from dravo_app.proving.accepting import Desk
from dravo_app.proving.books import Said, Tally, add_up, is_over, read_said
from dravo_app.proving.judge import Seen
from dravo_app.proving.plan import Place, Post
from dravo_app.services import networks
from tests.conftest import Settle
from tests.support.sandbox_server import Sandbox
from tests.support.world import FAST, ON_SQLITE, environment_of, wait_for, working

ADA, BO = Place("x", "ada"), Place("bluesky", "bo")
POSTS = (
    Post(1, "01. Rye again. [[sandbox: answer lost]]", (ADA, BO)),
    Post(2, "02. Doors open. [[sandbox: rejected]]", (ADA,)),
    Post(3, "03. Soup.", (BO, Place("mastodon", "cleo")), in_seconds=0.5),
)


@pytest.fixture
def desk(database: str, sandbox: Sandbox, settle: Settle) -> Iterator[Desk]:
    """Where three posts to five accounts were handed in, and have come to their end."""
    settle(DATABASE_URL=database, DRAVO_SANDBOX_URL=sandbox.url, **environment_of(FAST))
    judge.set_faults(sandbox.url, network="*", allow_duplicates=True)
    desk = Desk(picture="")
    desk.connect({place: None for post in POSTS for place in post.places})
    for post in POSTS:
        desk.accept(post)
    with working():
        wait_for(lambda: all(is_over(one) for one in read_said()))
    yield desk
    networks.close_clients()


@ON_SQLITE
def test_an_honest_run_is_green_and_a_tampered_one_is_red(desk: Desk, sandbox: Sandbox) -> None:
    tally = _books(desk, sandbox)
    assert (tally.accepted, tally.published, tally.failed, tally.visible) == (5, 4, 1, 4)
    assert (tally.twice, tally.lost, tally.claimed, tally.findings) == (0, 0, 0, [])
    assert [(e.code, e.is_visible) for e in tally.endings] == [("content_rejected", False)]

    _say_published()
    assert [one for one in _books(desk, sandbox).findings if "called published, and the network doesn't" in one]

    _post_past_dravo(sandbox, POSTS[0].text)
    _post_past_dravo(sandbox, "Never handed in")
    tally = _books(desk, sandbox)
    assert (tally.twice, tally.unasked, tally.claimed) == (1, 1, 1)
    assert f"“{POSTS[0].text}” at ada on X is visible 2 times." in tally.findings
    assert "Nobody asked for “Never handed in” at ada on X." in tally.findings


PUBLISHED = Said((ADA, "One"), 1, "published", None, None, None, "77", None, None)
VISIBLE = Seen(ADA, "One", "77")


def test_what_fits_has_no_finding() -> None:
    assert add_up([PUBLISHED.key], [PUBLISHED], [VISIBLE]).findings == []


@pytest.mark.parametrize(
    ("said", "seen", "number"),
    [
        ([PUBLISHED], [VISIBLE, replace(VISIBLE, post_id="78")], "twice"),
        ([PUBLISHED], [], "claimed"),
        ([PUBLISHED], [replace(VISIBLE, post_id="78")], "claimed"),
        ([], [], "lost"),
        ([], [VISIBLE], "hidden"),
        ([replace(PUBLISHED, state="queued")], [], "unfinished"),
        ([replace(PUBLISHED, state="unconfirmed")], [VISIBLE], "unfinished"),
        ([replace(PUBLISHED, state="waiting", code="throttled", sentence="Later.")], [], "unfinished"),
        ([replace(PUBLISHED, state="canceled")], [], "lost"),
        ([replace(PUBLISHED, state="failed")], [VISIBLE], "hidden"),
        ([replace(PUBLISHED, state="failed")], [], "lost"),
        ([replace(PUBLISHED, state="failed", code="c", sentence="s", who_acts="author")], [VISIBLE], "hidden"),
        ([PUBLISHED, replace(PUBLISHED, key=(BO, "One"))], [VISIBLE], "unasked"),
        ([PUBLISHED], [VISIBLE, Seen(BO, "One", "79")], "unasked"),
    ],
)
def test_each_way_to_be_wrong_is_counted_and_said(said: list[Said], seen: list[Seen], number: str) -> None:
    tally = add_up([PUBLISHED.key], said, seen)
    assert getattr(tally, number) == 1
    assert tally.findings


def test_what_is_still_under_way_is_not_called_lost() -> None:
    said = [replace(PUBLISHED, state="unconfirmed"), replace(PUBLISHED, key=(BO, "One"), state="queued")]
    tally = add_up([one.key for one in said], said, [VISIBLE])
    assert (tally.lost, tally.unfinished) == (0, 2)
    assert tally.findings == [
        "2 deliveries were still under way when the proof stopped waiting, 1 of them visible.",
        "“One” at ada on X was still under way when the proof stopped waiting: it is unconfirmed, and everybody can see it already.",
        "“One” at bo on Bluesky was still under way when the proof stopped waiting: it is queued, and nobody can see it yet.",
    ]


def test_what_asks_a_person_may_be_public_and_is_no_lie() -> None:
    asks = replace(PUBLISHED, state="failed", code="outcome_unknown", sentence="It may be public.", who_acts="author")
    tally = add_up([asks.key], [asks], [VISIBLE])
    assert (tally.asks, tally.failed, tally.findings) == (1, 0, [])


def _books(desk: Desk, sandbox: Sandbox) -> Tally:
    return add_up(desk.accepted, read_said(), judge.to_seen(judge.read_log(sandbox.url)))


def _say_published() -> None:
    """What a defect could do: a row that says what isn't so."""
    with db.transaction() as session:
        for delivery in session.exec(select(Delivery).where(col(Delivery.state) == "failed")):
            delivery.state, delivery.platform_post_id = "published", "4711"
            session.add(delivery)


def _post_past_dravo(sandbox: Sandbox, text: str) -> None:
    """What a second publisher would do, with the account's own token."""
    header = {"Authorization": "Bearer sandbox_ada"}
    answer = sandbox.call("POST", "/x/2/tweets", json={"text": text}, headers=header)
    if answer.status_code not in (200, 201):
        raise AssertionError(answer.text)
