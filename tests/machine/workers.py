"""Worker processes that the machine moves by hand: each conversation is a greenlet that stands still between any two steps.

The worker's own engine (`Intake`) runs in them unchanged, with a pool that starts nothing by itself. A process that has died is
never moved again; one that is frozen comes back with whatever it believed.
"""

from collections.abc import Callable
from types import ModuleType
from typing import cast

from greenlet import getcurrent, greenlet

from dravo_app.services.publishing import intake
from dravo_app.services.publishing.intake import Intake
from dravo_app.settings import Engine

STEPS = ("deliver_prepared", "answer on its way", "deliver_answered", "deliver_closed")
"""Where a conversation stands still, in order; no transaction is open there."""


class Killed(BaseException):
    """The process ends here, as by `kill -9`: what was not committed is rolled back, and no line of it runs again."""


class Stage:
    """Which crash point kills (`deadly`), which one a conversation stands still at (`stops_at`); one of each at a time."""

    def __init__(self) -> None:
        self.deadly = ""
        self.stops_at = ""

    def crashpoint(self, name: str) -> None:
        """Stands in for `crashpoints.crashpoint`."""
        if name == self.deadly:
            raise Killed(name)
        self.stand_still(name)

    def stand_still(self, name: str) -> None:
        """A conversation waits here until it is moved again, if it is to; whoever else comes along passes."""
        ours = getcurrent().parent
        if name == self.stops_at and ours is not None:
            ours.switch()


class Conversation:
    """One claim being carried."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._strand = greenlet(call)

    @property
    def is_over(self) -> bool:
        return bool(self._strand.dead)

    def go_on(self) -> None:
        """Until it stands still, or is over."""
        self._strand.parent = getcurrent()
        self._strand.switch()

    def end(self) -> None:
        """Unwind what stands still, once nothing depends on it."""
        self._strand.parent = getcurrent()
        self._strand.throw()


class ByHand:
    """Takes the place of the intake's pool: what is submitted waits to be moved. `afterwards` is done in the same strand."""

    def __init__(self, *_sizes: object, **_names: object) -> None:
        self.conversations: list[Conversation] = []
        self.afterwards: Callable[[], None] = lambda: None

    def submit(self, call: Callable[..., None], *given: object) -> None:
        def carry() -> None:
            call(*given)
            self.afterwards()

        self.conversations.append(Conversation(carry))

    def shutdown(self, **_how: bool) -> None:
        """Nothing runs by itself that would have to end."""


class Worker:
    """A process: alive, frozen, or dead."""

    def __init__(self, name: str, engine: Engine, stage: Stage) -> None:
        self.name = name
        self.is_alive = True
        self.is_frozen = False
        self._stage = stage
        self._intake = Intake(name, engine)
        self._pool = cast(ByHand, self._intake._pool)
        self._pool.afterwards = self._close

    @property
    def conversations(self) -> list[Conversation]:
        """Those that have not come to an end."""
        return [found for found in self._pool.conversations if not found.is_over]

    def fill(self, deadly: str = "") -> None:
        """One round of the dispatcher; it may die at a crash point on the way."""
        self._run(self._intake.fill, "", deadly)

    def beat(self) -> None:
        self._run(self._intake.beat, "", "")

    def move(self, which: Conversation, stops_at: str = "", deadly: str = "") -> None:
        """Let a conversation go on until that step, or to its end."""
        self._run(which.go_on, stops_at, deadly)

    def hand_back(self) -> None:
        """SIGTERM: what nobody has begun goes back, the rest is carried to its end."""
        self._run(self._intake._hand_back, "", "")
        for conversation in self.conversations:
            self.move(conversation)

    def _close(self) -> None:
        """What the closing thread does, as soon as an answer is there."""
        finished = intake._all_of(self._intake._finished)
        if finished:
            self._intake._close(finished)
            self._intake._let_go([one.opened.claim for one in finished])

    def _run(self, call: Callable[[], object], stops_at: str, deadly: str) -> None:
        self._stage.stops_at, self._stage.deadly = stops_at, deadly
        try:
            call()
        except Killed:
            self.is_alive = False
        finally:
            self._stage.stops_at = self._stage.deadly = ""


def with_crashpoints(modules: list[ModuleType]) -> list[ModuleType]:
    """Those that call `crashpoint`."""
    return [module for module in modules if module.__name__.startswith("dravo_app.") and hasattr(module, "crashpoint")]
