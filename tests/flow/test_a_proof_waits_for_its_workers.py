"""A machine that is too busy to start a worker is told so; it never makes books in which posts are lost."""

import os
import signal
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dravo_app.proving.course import Course, Patience
from dravo_app.proving.installation import TIMES, WORKERS, CannotProve, Installation
from dravo_app.proving.plan import make_plan
from dravo_app.services import networks
from dravo_app.services.proofs.record import Line
from tests.conftest import Settle
from tests.support.sandbox_server import Sandbox
from tests.support.world import ON_SQLITE, environment_of

pytestmark = pytest.mark.slow


@ON_SQLITE
def test_workers_that_do_not_start_are_no_lost_posts(
    database: str, sandbox: Sandbox, settle: Settle, tmp_path: Path
) -> None:
    settle(DATABASE_URL=database, DRAVO_SANDBOX_URL=sandbox.url, **environment_of(TIMES))
    home, patience = Installation(tmp_path, picture=""), Patience()
    home.sandbox = sandbox.url

    def freeze_at_the_end(line: Line) -> None:
        """The last workers, just started, get no more time from the machine."""
        if line.words.startswith("Everything is handed in"):
            patience.start_seconds, patience.still_seconds = 2.0, 0.5
            for number in range(1, WORKERS + 1):
                os.kill(home.pid_of(number), signal.SIGSTOP)

    try:
        with pytest.raises(CannotProve, match=r"too busy: no worker has started within 2 s; try again\.$"):
            Course(make_plan(3, 4), home, freeze_at_the_end, time.monotonic(), datetime.now(UTC), patience).run()
    finally:
        home.end()
        networks.close_clients()
