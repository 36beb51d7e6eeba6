"""Processes of Dravo as several hosts run them: `with Host(*WORKER, folder=tmp_path) as worker:`, each on a data folder of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from dravo_app.settings import Engine
from tests.support.world import ROOT, STEADY, environment_of

JOIN = ("-m", "dravo_app.starting.alone")
"""What `./dravo` runs; the others are what it becomes, without the seconds that checking takes."""
WORKER = ("-m", "dravo_app.worker")
TICKER = (*WORKER, "--only-ticker")


class Host:
    """A process in a folder of its own; what it says is in `said()`. Ends with the block, whatever happened in it.

    `inside` is what runs the command, such as `ip netns exec NAME`.
    """

    def __init__(
        self, *command: str, folder: Path, engine: Engine = STEADY, inside: Sequence[str] = (), **variables: str
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._said = folder / "said"
        known = {"DRAVO_DATA_DIR": str(folder), "DRAVO_DIE_WITH_PARENT": "1", **environment_of(engine), **variables}
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(
                [*inside, sys.executable, *command],
                cwd=ROOT,
                env={**os.environ, **known},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )

    def said(self) -> str:
        return self._said.read_text()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def is_frozen(self) -> bool:
        return Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; answers the exit code."""
        self.process.terminate()
        return self.process.wait(timeout=35)

    def __enter__(self) -> "Host":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.kill()
