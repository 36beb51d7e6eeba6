"""A program on a host whose clock is wrong: `python -m tests.support.skewed SECONDS [--alone] MODULE…`; `--alone` goes by it, as
every host would that follows nobody.
"""

import runpy
import sys
from datetime import UTC, datetime, timedelta

from dravo_app import clock

if __name__ == "__main__":
    ahead, *rest = sys.argv[1:]
    clock._host_now = lambda: datetime.now(UTC) + timedelta(seconds=float(ahead))
    if rest[0] == "--alone":
        rest = rest[1:]
        clock.follow = lambda told, asked_at: None
    sys.argv = rest
    runpy.run_module(rest[0], run_name="__main__")
