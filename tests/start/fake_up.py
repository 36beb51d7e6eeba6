"""A supervisor over small shell programs, for tests: `python fake_up.py FOLDER NAME=SHELL_COMMAND…`."""

import sys
from pathlib import Path

from dravo_app.starting.children import Child, Program
from dravo_app.starting.readiness import say
from dravo_app.starting.supervisor import Signals, stop, supervise


def main(folder: Path, commands: list[str]) -> None:
    signals = Signals()
    programs = [Program(name, ["sh", "-c", script]) for name, _, script in (part.partition("=") for part in commands)]
    children = [Child(program, folder, say) for program in programs]
    supervise(children, signals)
    stop(children, signals)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
