"""The course of a proof: connect, hand posts in, kill workers in the middle, wait for the end, draw up the books."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from dravo_app.models import DeliveryState
from dravo_app.proving import judge
from dravo_app.proving.accepting import Desk
from dravo_app.proving.books import Key, Said, add_up, is_over, read_said
from dravo_app.proving.fault_table import Death, list_faults, list_kills
from dravo_app.proving.installation import WORKERS, CannotProve, Installation
from dravo_app.proving.plan import CHANCE, MEANINGS, Plan, Post, marker_name, texts_at
from dravo_app.proving.verdict import pass_verdict
from dravo_app.services.proofs.record import Books, Checked, Count, Kind, Line
from dravo_app.services.verifying.sightings import log_of_server
from dravo_app.services.verifying.verify import verify

Say = Callable[[Line], None]

_LATENCY_SECONDS = 0.3
_TICK_SECONDS = 0.1
_HAND_IN_SECONDS = 0.12  # between two posts
_PATIENCE_SECONDS = 60.0
_LONGEST_SECONDS = 300.0
_SHOWN_BROKEN = 20


@dataclass
class Patience:
    """How long a worker may take to start; and how long nothing may move, once one has, before it never will."""

    start_seconds: float = 120.0
    still_seconds: float = 30.0


class Course:
    """One run. `say` gets every line but the last one, the books, which `run` answers."""

    def __init__(
        self,
        plan: Plan,
        home: Installation,
        say: Say,
        began: float,
        began_at: datetime,
        patience: Patience | None = None,
    ) -> None:
        self._plan = plan
        self._home = home
        self._tell = say
        self._began = began
        self._began_at = began_at
        self._patience = patience or Patience()
        self._desk = Desk(home.picture)
        self._deaths: list[Death] = []
        self._played: list[judge.Played] = []
        self._count = Count()
        self._shortfalls: list[str] = []
        self._late = texts_at(plan.late)

    def run(self) -> Books:
        """Raises CannotProve where something that belongs to the proof, not to what it proves, is broken."""
        self._home.start_workers()
        self._connect()
        self._step(f"{WORKERS} workers are starting. The posts go in, and the networks misbehave from now on.")
        self._hand_in(self._plan.early)
        self._kill_the_busiest()
        self._home.start_workers()
        self._hand_in(self._plan.late)
        self._kill_all_amid_lost_answers()
        self._home.start_workers()
        self._hand_in(self._plan.rest)
        self._step("Everything is handed in. Dravo now finds out what became of what nobody answered for.")
        self._wait_for_the_end()
        return self._draw_up()

    def _connect(self) -> None:
        places = self._plan.places
        self._desk.connect(places)
        networks = len({place.network for place in places})
        self._step(f"{len(places)} accounts on {networks} networks are connected, all of them in the sandbox.")
        judge.set_faults(self._home.sandbox, network="*", latency_seconds=_LATENCY_SECONDS)
        judge.set_faults(self._home.sandbox, network="*", rate=CHANCE, seed=self._plan.seed)
        # No network may help: what is sent twice shall be seen twice.
        judge.set_faults(self._home.sandbox, network="*", allow_duplicates=True)

    def _hand_in(self, posts: Iterable[Post]) -> None:
        for post in posts:
            self._desk.accept(post)
            self._look()
            time.sleep(_HAND_IN_SECONDS)

    def _kill_the_busiest(self) -> None:
        """One worker, once it has posts in its hands; the other one goes on."""
        self._wait_until(lambda said: max(len(held) for held in self._hands(said).values()), 3)
        hands = self._hands(read_said())
        self._kill([max(hands, key=lambda number: len(hands[number]))])

    def _kill_all_amid_lost_answers(self) -> None:
        """Every worker, while posts are in their hands whose answers are not going to come."""
        self._wait_until(lambda said: sum(key in self._late for held in self._hands(said).values() for key in held), 2)
        self._kill(list(self._hands(read_said())))
        if not self._deaths[-1].answers_lost and not self._deaths[-2].answers_lost:
            self._shortfalls.append("No worker died while an answer was being lost, as it should have.")

    def _kill(self, numbers: Sequence[int]) -> None:
        pids = {number: self._home.pid_of(number) for number in numbers}
        for number in numbers:
            self._home.kill_worker(number)
        said = read_said()  # the dead change nothing any more: this is what they held
        deaths = []
        for number, pid in pids.items():
            held = tuple(_held_by(said, pid))
            deaths.append(Death(number, self._seconds(), held, sum(key in self._late for key in held)))
            self._say(Kind.KILL, _obituary(deaths[-1]))
        self._deaths += deaths
        if not any(death.deliveries for death in deaths):
            self._shortfalls.append("No worker had a post in its hands when it was killed, as one should have.")

    def _hands(self, said: Sequence[Said]) -> dict[int, list[Key]]:
        """What each worker is sending."""
        return {number: _held_by(said, self._home.pid_of(number)) for number in range(1, WORKERS + 1)}

    def _wait_until(self, count: Callable[[Sequence[Said]], int], enough: int) -> None:
        """Until so many, or all that there are; where there is nothing left to wait for, none."""
        self._await_a_worker()
        end = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < end:
            said = self._look()
            is_open = sum(not is_over(one) and one.state != DeliveryState.SCHEDULED for one in said)
            if count(said) >= min(enough, is_open):
                return
            time.sleep(_TICK_SECONDS / 4)

    def _await_a_worker(self) -> None:
        """Until one of those that were started has reported: before that, nothing that stands still is Dravo's doing."""
        began = time.monotonic()
        while not self._home.has_worker():
            if time.monotonic() - began > (most := self._patience.start_seconds):
                words = f"This machine is too busy: no worker has started within {most:g} s; try again."
                raise CannotProve(words)
            self._look()
            time.sleep(_TICK_SECONDS)

    def _wait_for_the_end(self) -> None:
        """Until everything is over or nothing moves any more; what isn't over then is a finding of the books."""
        self._await_a_worker()
        began = moved_at = self._seconds()
        moved = (self._count, len(self._played))
        while not all(is_over(one) for one in self._look()) and self._seconds() - began < _LONGEST_SECONDS:
            if (self._count, len(self._played)) != moved:
                moved, moved_at = (self._count, len(self._played)), self._seconds()
            if self._seconds() - moved_at > self._patience.still_seconds:
                break
            time.sleep(_TICK_SECONDS)

    def _draw_up(self) -> Books:
        said = read_said()
        seen = judge.to_seen(judge.read_log(self._home.sandbox))
        tally = add_up(self._desk.accepted, said, seen)
        faults = list_faults(self._plan, self._played, said, seen)
        shortfalls = [*self._shortfalls, *_unplayed(self._plan, self._played)]
        report = verify(log_of_server(self._home.sandbox), self._home.logs())
        return pass_verdict(
            Books(
                seed=self._plan.seed,
                posts=len(self._plan.posts),
                began_at=self._began_at,
                seconds=round(self._seconds(), 1),
                kills=list_kills(self._deaths, said, seen),
                faults=faults,
                **{name: value for name, value in vars(tally).items() if name != "findings"},
                invariants=[Checked.model_validate(line, from_attributes=True) for line in report.lines],
                findings=[*tally.findings, *shortfalls, *report.broken()[:_SHOWN_BROKEN]],
            )
        )

    def _look(self) -> list[Said]:
        """What Dravo says now; what is new is told."""
        self._home.bury_the_dead()
        said = read_said()
        for played in judge.read_played(self._home.sandbox, self._played[-1].seq if self._played else 0):
            self._played.append(played)
            name = marker_name(played.marker)
            self._say(Kind.FAULT, f"{played.place.network_name} {MEANINGS[name]} ({played.place.name})")
        count = self._counted(said)
        if count != self._count:
            self._count = count
            self._tell(Line(kind=Kind.COUNT, at_seconds=self._seconds(), count=count))
        return said

    def _counted(self, said: Sequence[Said]) -> Count:
        published = sum(one.state == DeliveryState.PUBLISHED for one in said)
        failed = sum(one.state == DeliveryState.FAILED for one in said)
        return Count(
            planned=self._plan.deliveries,
            accepted=len(self._desk.accepted),
            under_way=len(said) - published - failed,
            published=published,
            failed=failed,
        )

    def _step(self, words: str) -> None:
        self._say(Kind.STEP, words)

    def _say(self, kind: Kind, words: str) -> None:
        self._tell(Line(kind=kind, words=words, at_seconds=self._seconds()))

    def _seconds(self) -> float:
        return round(time.monotonic() - self._began, 2)


def _held_by(said: Sequence[Said], pid: int) -> list[Key]:
    """The deliveries that a worker is sending; its name in the lease holds its process id."""
    return [one.key for one in said if one.state == DeliveryState.SENDING and f":{pid}:" in (one.lease_owner or "")]


def _obituary(death: Death) -> str:
    many = len(death.deliveries)
    held = "nothing" if not many else f"{many} {'post' if many == 1 else 'posts'}"
    lost = f", {death.answers_lost} of which nobody will hear" if death.answers_lost else ""
    return f"kill -9 of worker {death.worker}: {held} in its hands{lost}"


def _unplayed(plan: Plan, played: Sequence[judge.Played]) -> list[str]:
    """A fault that was planned and never happened proves nothing."""
    met = {marker_name(one.marker) for one in played}
    wanted = {name for post in plan.posts for name in MEANINGS if _is_in(name, f"{post.text} {post.alt_text or ''}")}
    return [f"The fault “{name}” was planned and never played." for name in sorted(wanted - met)]


def _is_in(name: str, text: str) -> bool:
    return f"[[sandbox: {name}" in text
