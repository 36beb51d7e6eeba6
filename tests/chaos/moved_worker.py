"""START worker, on a clock that a test moves: `python -m tests.chaos.moved_worker`."""

from dravo_app import worker
from tests.chaos.moved_time import install_in_dravo

if __name__ == "__main__":
    install_in_dravo()
    worker._run()
