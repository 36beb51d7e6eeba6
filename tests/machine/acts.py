"""What may happen: each act draws what it needs, does it to the scene through the services, and answers what it was."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dravo_app import clock, db
from dravo_app.errors import Conflict, Invalid, RetryRefused
from dravo_app.services import accounts
from dravo_app.services.publishing import cancel as canceling
from dravo_app.services.publishing import plan
from dravo_app.services.publishing import resolve as resolving
from dravo_app.services.publishing import retry as retrying
from dravo_app.services.publishing.late import LatePolicy
from tests.machine.network import OUTCOMES
from tests.machine.scene import PROFILES, Scene
from tests.machine.truth import Row
from tests.machine.workers import STEPS, Worker

T = TypeVar("T")

_MOST_JOBS = 8
_DIES_CLAIMING = (
    *("release_before_commit", "release_committed", "claim_before_commit", "claim_committed"),
    *("deliver_before_attempt_commit", "deliver_attempt_committed"),
)
_DIES_CARRYING = ("deliver_before_close_commit", *STEPS)
_SHORT = (0.5, 2.0, 5.0, 12.0, 29.0, 31.0, 65.0)
_LONG = (720.0, 7200.0, 90_000.0)
_OUTCOMES = st.one_of(st.just("ok"), st.sampled_from(OUTCOMES))


class Draw(Protocol):
    def __call__(self, strategy: SearchStrategy[T]) -> T: ...


def publish(scene: Scene, draw: Draw) -> str:
    """Now or at a time, with words of its own or with words that were used before; refused where an account is disconnected."""
    which = sorted(draw(st.sets(st.sampled_from(range(len(PROFILES))), min_size=1)))
    seconds = draw(st.sampled_from([None, None, 61.0, 100.0]))
    text = draw(st.sampled_from(["Again", f"Number {len(scene.jobs)}"]))
    request = plan.PublishRequest(
        account_ids=[scene.accounts[number] for number in which],
        text=text,
        scheduled_at=clock.now() + timedelta(seconds=seconds) if seconds else None,
        late_policy=draw(st.sampled_from(LatePolicy)).value if seconds else None,
    )
    try:
        with db.transaction() as session:
            scene.jobs.append(plan.publish(session, scene.caller, request).id)
    except Invalid:
        assert not scene.connected.issuperset(which)
        return "publish, refused"
    assert scene.connected.issuperset(which)
    return "publish at a time" if seconds else "publish"


def cancel(scene: Scene, draw: Draw) -> str:
    """A job that is still scheduled or held is canceled for good; any other is refused."""
    job_id = draw(st.sampled_from(scene.jobs))
    before, is_held = scene.status(job_id), job_id in scene.list_held()
    try:
        with db.transaction() as session:
            canceling.cancel(session, scene.caller, job_id)
    except Conflict:
        assert before != "scheduled" and not is_held
        return "cancel, too late"
    assert before == "scheduled" or is_held
    assert scene.status(job_id) == "canceled"  # nothing here is held once it has begun
    return "cancel what is held" if is_held else "cancel"


def let_go(scene: Scene, draw: Draw) -> str:
    """A person lets a post go out that was late, and asked."""
    scene.let_go(draw(st.sampled_from(scene.list_held())))
    return "let go"


def disconnect(scene: Scene, draw: Draw) -> str:
    number = draw(st.sampled_from(sorted(scene.connected)))
    with db.transaction() as session:
        accounts.disconnect(session, scene.caller, scene.accounts[number])
    scene.connected.remove(number)
    return "disconnect"


def connect_again(scene: Scene, draw: Draw) -> str:
    """It comes back under the same id, well again."""
    number = draw(st.sampled_from(range(len(PROFILES))))
    assert scene.connect(number) == scene.accounts[number]
    return "connect again"


def retry(scene: Scene, draw: Draw) -> str:
    """What may be public is refused; that what is taken isn't public is seen by the check that follows."""
    unknown, certain = (scene.list_failed(is_unknown=is_unknown) for is_unknown in (True, False))
    row = draw(st.sampled_from(unknown + certain))
    job_id, account_id = scene.ids(row)
    try:
        with db.transaction() as session:
            retrying.retry(session, scene.caller, job_id, [account_id])
    except RetryRefused:
        return "retry, refused"
    assert row not in unknown
    return "retry"


def resolve(scene: Scene, draw: Draw) -> str:
    """A person looks and says what they see."""
    row = draw(st.sampled_from(_clear(scene)))
    named = sum(1 for other in scene.books.rows if other.place == row.place and other.state == "published")
    is_there = scene.network.count(row.place) > named
    answer = resolving.Resolution(published=is_there, send_again=not is_there and draw(st.booleans()))
    job_id, account_id = scene.ids(row)
    with db.transaction() as session:
        resolving.resolve(session, scene.caller, job_id, account_id, answer)
    return f"resolve, {'there' if is_there else 'send again' if answer.send_again else 'not there'}"


def fill(scene: Scene, draw: Draw) -> str:
    """A worker looks for what is due and claims it."""
    draw(st.sampled_from(scene.living())).fill()
    return "claim"


def die_claiming(scene: Scene, draw: Draw) -> str:
    worker, deadly = draw(st.sampled_from(scene.living())), draw(st.sampled_from(_DIES_CLAIMING))
    worker.fill(deadly)
    scene.replace(worker)
    return f"die at {deadly}"


def work(scene: Scene, draw: Draw) -> str:
    """A worker does all that is due; the first request ends as it may."""
    worker, outcome = draw(st.sampled_from(scene.living())), draw(_OUTCOMES)
    worker.fill()
    for number, conversation in enumerate(worker.conversations):
        scene.move((worker, conversation), "ok" if number else outcome)
    return f"work, {outcome}"


def carry(scene: Scene, draw: Draw) -> str:
    """A conversation goes on to its end."""
    which, outcome = draw(st.sampled_from(scene.standing())), draw(_OUTCOMES)
    scene.move(which, outcome)
    return f"carry, {outcome}"


def carry_on(scene: Scene, draw: Draw) -> str:
    """A conversation goes on to a step, and stands still there."""
    which, outcome, stops_at = draw(st.sampled_from(scene.standing())), draw(_OUTCOMES), draw(st.sampled_from(STEPS))
    scene.move(which, outcome, stops_at)
    return f"stand still at {stops_at}"


def die_carrying(scene: Scene, draw: Draw) -> str:
    """A worker dies between any two steps, with all that it was carrying."""
    worker, conversation = draw(st.sampled_from(scene.standing()))
    outcome, deadly = draw(_OUTCOMES), draw(st.sampled_from(_DIES_CARRYING))
    scene.move((worker, conversation), outcome, deadly, deadly)
    if worker.is_alive:
        scene.replace(worker)
    return f"die at {deadly}"


def freeze(scene: Scene, draw: Draw) -> str:
    draw(st.sampled_from(scene.standing()))[0].is_frozen = True
    return "freeze"


def thaw(scene: Scene, draw: Draw) -> str:
    """A zombie comes back, with what it believed."""
    draw(st.sampled_from(_frozen(scene))).is_frozen = False
    return "thaw"


def restart(scene: Scene, draw: Draw) -> str:
    """SIGTERM: what nobody has begun goes back, the rest is carried to its end, and another worker takes its place."""
    worker = draw(st.sampled_from(scene.living()))
    worker.hand_back()
    scene.replace(worker)
    return "restart"


def sweep(scene: Scene, draw: Draw) -> str:
    scene.sweep()
    return "sweep"


def pass_time(scene: Scene, draw: Draw) -> str:
    seconds = draw(st.sampled_from(_SHORT))
    scene.pass_time(seconds)
    return "pass time"


def pass_hours(scene: Scene, draw: Draw) -> str:
    """Nobody living keeps a conversation for hours; whoever is frozen does."""
    scene.carry_all()
    scene.pass_time(draw(st.sampled_from(_LONG)))
    return "pass hours"


@dataclass(frozen=True)
class Act:
    """`weight`: how often, against the others that are possible at that moment."""

    act: Callable[[Scene, Draw], str]
    weight: int
    is_possible: Callable[[Scene], object]


ACTS = (
    Act(publish, 4, lambda scene: len(scene.jobs) < _MOST_JOBS),
    Act(cancel, 1, lambda scene: scene.jobs),
    Act(let_go, 3, lambda scene: any(row.state == "held" for row in scene.books.rows)),
    Act(disconnect, 1, lambda scene: scene.jobs and scene.connected and scene.done["disconnect"] < 2),
    Act(connect_again, 2, lambda scene: len(scene.connected) < len(PROFILES)),
    Act(connect_again, 1, lambda scene: scene.list_failed(is_unknown=False)),
    Act(retry, 3, lambda scene: scene.list_failed(is_unknown=False)),
    Act(retry, 1, lambda scene: scene.list_failed(is_unknown=True)),
    Act(resolve, 3, lambda scene: _clear(scene)),
    Act(fill, 5, lambda scene: scene.living() and scene.is_due()),
    Act(die_claiming, 1, lambda scene: scene.living() and scene.is_due()),
    Act(work, 4, lambda scene: scene.living() and scene.is_due()),
    Act(carry, 4, lambda scene: scene.standing()),
    Act(carry_on, 4, lambda scene: scene.standing()),
    Act(die_carrying, 2, lambda scene: scene.standing()),
    Act(freeze, 2, lambda scene: scene.standing()),
    Act(thaw, 1, lambda scene: _frozen(scene)),
    Act(restart, 1, lambda scene: scene.living() and scene.done["restart"] < 2),
    Act(sweep, 2, lambda scene: any(row.state == "sending" for row in scene.books.rows)),
    Act(pass_time, 4, lambda scene: scene.jobs),
    Act(pass_hours, 1, lambda scene: scene.jobs),
)


def possible(scene: Scene) -> list[Callable[[Scene, Draw], str]]:
    """Each as often as it weighs."""
    return [act.act for act in ACTS if act.is_possible(scene) for _ in range(act.weight)]


def _frozen(scene: Scene) -> list[Worker]:
    return [worker for worker in scene.workers if worker.is_frozen]


def _clear(scene: Scene) -> list[Row]:
    """Those that a person can say something of: no request is under way, and no other post with the same words is in doubt."""
    if not scene.network.all_has_arrived():
        return []
    doubtful = [row for row in scene.books.rows if row.may_be_public and row.state != "published"]
    return [
        row
        for row in scene.list_failed(is_unknown=True)
        if not any(o.place == row.place and o != row for o in doubtful)
    ]
