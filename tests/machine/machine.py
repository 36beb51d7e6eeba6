"""Anything in any order: people, workers, networks and time act as Hypothesis likes, and the truth is checked after each step."""

from collections import Counter
from collections.abc import Callable
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from dravo_app.services.verifying.verify import verify
from tests.machine import acts
from tests.machine.scene import Scene


class Machine(RuleBasedStateMachine):
    """`make_scene` and `told`, which counts what was done in all examples, are given by who runs it."""

    make_scene: ClassVar[Callable[[], Scene]]
    told: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.scene = type(self).make_scene()

    @initialize()
    def begin(self) -> None:
        self.scene.begin()

    @rule(data=st.data())
    def step(self, data: st.DataObject) -> None:
        """One of the acts that are possible now, the more likely ones more often."""
        act = data.draw(st.sampled_from(acts.possible(self.scene)))
        done = act(self.scene, data.draw)
        self.scene.done[done] += 1
        self.told[done] += 1

    @invariant()
    def nothing_is_untrue(self) -> None:
        self.scene.check()

    def teardown(self) -> None:
        try:
            if self.scene.workers:
                self.scene.settle()
                found = verify(self.scene.network.log, is_settled=True).broken()
                # I8 is about how soon somebody sweeps, and here that is up to the draw
                assert not [line for line in found if not line.startswith("I8")], "\n".join(found)
                self.told["(example)"] += 1
        finally:
            self.scene.end()
