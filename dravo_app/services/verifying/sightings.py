"""What the world saw, as the sandbox's log tells it: from the running sandbox, or from its file."""

import http.client
import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from dravo_app.errors import ConfigurationError
from dravo_app.settings import Settings

_PAGE = 1000
_TIMEOUT_SECONDS = 10.0


class Sighting(NamedTuple):
    """One post that became visible; `seq` grows with each."""

    seq: int
    at: str
    network: str
    account: str
    post_id: str
    text: str


Log = Callable[[int], Iterator[Sighting]]
"""Everything after a number, oldest first."""


def find_log(settings: Settings, file: Path | None) -> Log | None:
    """The file that was named, the running sandbox's log, or the file it left in the data folder; None where there is none."""
    if file:
        return log_of_file(file)
    if settings.sandbox_url:
        return log_of_server(settings.sandbox_url)
    left = settings.data_dir / "sandbox.db"
    return log_of_file(left) if left.exists() else None


def log_of_server(url: str) -> Log:
    """The log of a running sandbox. Raises ConfigurationError, when it is read, where the sandbox doesn't answer."""
    address = urlsplit(url)

    def read(after: int) -> Iterator[Sighting]:
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=_TIMEOUT_SECONDS)
        try:
            while page := _ask(connection, after):
                yield from page
                after = page[-1].seq
        except (OSError, http.client.HTTPException, ValueError, KeyError):
            raise ConfigurationError("The sandbox does not answer with its log.") from None
        finally:
            connection.close()

    return read


def log_of_file(path: Path) -> Log:
    """The log in a sandbox's file, while it runs or after. Raises ConfigurationError, when it is read, where it isn't one."""

    def read(after: int) -> Iterator[Sighting]:
        try:
            connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)
        except sqlite3.Error:
            raise ConfigurationError(f"{path} can't be opened.") from None
        try:
            while page := _select(connection, after):
                yield from page
                after = page[-1].seq
        except sqlite3.Error as error:
            raise ConfigurationError(f"{path} is not a sandbox's file: {error}.") from None
        finally:
            connection.close()

    return read


def _ask(connection: http.client.HTTPConnection, after: int) -> list[Sighting]:
    connection.request("GET", f"/sandbox/log?after={after}&limit={_PAGE}")
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise ValueError(answer.status)
    return [Sighting(*(item[name] for name in Sighting._fields)) for item in json.loads(body)["items"]]


def _select(connection: sqlite3.Connection, after: int) -> list[Sighting]:
    columns = ", ".join(Sighting._fields)
    rows = connection.execute(f"SELECT {columns} FROM log WHERE seq > ? ORDER BY seq LIMIT {_PAGE}", (after,))
    return [Sighting(*row) for row in rows]
