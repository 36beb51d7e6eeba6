"""Whatever happens in whatever order, Dravo says what the world would say, and posts nothing twice.

`DRAVO_TEST_MACHINE=2000x50` runs so many examples of so many steps, `…x50@7` from another seed; without it, a small run.
`DRAVO_TEST_MACHINE_ON=postgres` runs it there.
"""

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from dravo_app import clock, db
from dravo_app.services import networks
from dravo_app.services.caller import Caller
from dravo_app.services.publishing import intake, lease_guard
from tests.conftest import Settle
from tests.machine import workers
from tests.machine.machine import Machine
from tests.machine.network import ADDRESS
from tests.machine.passing_time import Time
from tests.machine.scene import Scene
from tests.support import databases

ASKED = os.environ.get("DRAVO_TEST_MACHINE", "")
EXAMPLES, STEPS, SEED = [int(part) for part in [*(ASKED or "12x30").replace("@", "x").split("x"), "1"]][:3]

ON = os.environ.get("DRAVO_TEST_MACHINE_ON", "sqlite")


@pytest.fixture
def quick(database: str, settle: Settle) -> Iterator[str]:
    """The same database in memory, where the machine has a folder for that: here nobody pulls the plug."""
    memory = Path("/dev/shm")
    if not database.startswith("sqlite") or not os.access(memory, os.W_OK):
        yield database
        return
    with tempfile.TemporaryDirectory(prefix="dravo-machine-", dir=memory) as folder:
        yield databases.copy_sqlite(Path(database.removeprefix("sqlite:///")), Path(folder))
        db.dispose()


@pytest.mark.parametrize("database", [ON], indirect=True)
@pytest.mark.timeout(0 if ASKED else 120)
def test_in_any_order(quick: str, caller: Caller, settle: Settle, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(DATABASE_URL=quick, DRAVO_SANDBOX_URL=ADDRESS)
    time, stage, told = Time(), workers.Stage(), Counter[str]()
    for module in workers.with_crashpoints(list(sys.modules.values())):
        monkeypatch.setattr(module, "crashpoint", stage.crashpoint)
    for module in (intake, lease_guard):
        monkeypatch.setattr(module, "time", time)
    monkeypatch.setattr(intake, "ThreadPoolExecutor", workers.ByHand)
    clock.set_source(time.wall)

    def make_scene() -> Scene:
        scene = Scene(caller, time, stage)
        monkeypatch.setattr(httpx.HTTPTransport, "handle_request", scene.network.ask)
        return scene

    class Played(Machine):
        pass

    Played.make_scene, Played.told = staticmethod(make_scene), told
    try:
        run_state_machine_as_test(seed(SEED)(Played), settings=_settings())
    finally:
        networks.close_clients()
        clock.set_source(None)
        print(f"seed {SEED}: " + ", ".join(f"{count} × {name}" for name, count in told.most_common()))


def _settings() -> settings:
    return settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        report_multiple_bugs=False,
    )
