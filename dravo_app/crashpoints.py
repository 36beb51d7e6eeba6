"""Ground floor: named places where a test may kill or stop the process, to prove that nothing is lost or doubled there.

`crashpoint("name")` does nothing unless `DRAVO_CRASHPOINT` names it: `name` or `name:kill` ends the process as `kill -9`
would, `name:stop` freezes it as SIGSTOP does. Each armed point fires once per process.
"""

import os
import signal

_armed = os.environ.get("DRAVO_CRASHPOINT", "")


def crashpoint(name: str) -> None:
    """A place where everything before has happened and nothing after."""
    global _armed
    if not _armed:
        return
    armed_name, _, how = _armed.partition(":")
    if armed_name == name:
        _armed = ""
        os.kill(os.getpid(), signal.SIGSTOP if how == "stop" else signal.SIGKILL)
