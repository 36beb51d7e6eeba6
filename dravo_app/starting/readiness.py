"""START: watches the web server until it answers, and tells the person at the terminal the one address."""

import http.client
import time
from contextlib import suppress

from dravo_app.settings import Settings
from dravo_app.starting import places

_ASK_SECONDS = 0.1
_SLOW_START_SECONDS = 15.0


class Readiness:
    """Asks /readyz until it answers, then prints the one address."""

    def __init__(self, settings: Settings, is_first_run: bool) -> None:
        self._settings = settings
        self._is_first_run = is_first_run
        self._began = self._asked = time.monotonic()
        self._told_slow = False
        self._is_ready = False

    def look(self) -> None:
        """Ask at most ten times a second, and never again once ready."""
        now = time.monotonic()
        if self._is_ready or now - self._asked < _ASK_SECONDS:
            return
        self._asked = now
        said = self._ask()
        if said is None:
            self._is_ready = True
            say(f"Dravo is ready at {self._settings.public_url}")
            self._tell_code()
        elif now - self._began > _SLOW_START_SECONDS and not self._told_slow:
            self._told_slow = True
            say(f"Dravo is not ready yet: {said} The logs are in {self._settings.data_dir / 'logs'}.")

    def _ask(self) -> str | None:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._settings.host, self._settings.host)
        connection = http.client.HTTPConnection(host, self._settings.port, timeout=0.5)
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            return None if answer.status == 200 else answer.read(300).decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            return f"{error}."
        finally:
            connection.close()

    def _tell_code(self) -> None:
        if not self._is_first_run:
            places.drop_first_run_code(self._settings.data_dir)
            return
        code = places.first_run_code(self._settings.data_dir)
        if not self._settings.is_loopback or self._settings.has_public_name:
            say(f"The first page asks for this code: {code}")


def say(sentence: str) -> None:
    """One line for the person at the terminal; a closed terminal is no reason to stop."""
    with suppress(OSError):
        print(sentence, flush=True)
