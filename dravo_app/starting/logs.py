"""START: keeps each process's output in `<data>/logs/NAME.log`, bounded, and shows the lines that mean trouble."""

import os
import re
from contextlib import suppress
from pathlib import Path

LIMIT_BYTES = 5_000_000
_TROUBLE = re.compile(rb"\b(ERROR|CRITICAL|FATAL)\b")
_LONGEST_LINE = 64_000


class ProcessLog:
    """One process's log: at most two files of `limit_bytes` each (`NAME.log`, `NAME.log.1`)."""

    def __init__(self, path: Path, limit_bytes: int = LIMIT_BYTES) -> None:
        self.path = path
        self.last_line = ""
        self._limit = limit_bytes
        self._rest = b""

    def take(self, output: bytes) -> list[str]:
        """Store output; answers the complete lines in it that mean trouble."""
        with suppress(OSError):  # a full disk must not stop the processes: the line is lost, the posts are not
            self._store(output)
        *lines, rest = (self._rest + output).split(b"\n")
        self._rest = rest[-_LONGEST_LINE:]
        shown = [line.decode(errors="replace").strip() for line in lines]
        self.last_line = next((line for line in reversed(shown) if line), self.last_line)
        return [text for text, line in zip(shown, lines, strict=True) if _TROUBLE.search(line)]

    def _store(self, output: bytes) -> None:
        if self.path.is_file() and self.path.stat().st_size + len(output) > self._limit:
            os.replace(self.path, self.path.with_name(self.path.name + ".1"))
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, output)
        finally:
            os.close(descriptor)
