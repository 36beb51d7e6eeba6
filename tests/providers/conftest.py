"""One misbehaving server per test, one client per module."""

from collections.abc import Iterator

import httpx
import pytest

from dravo_app.providers import http
from tests.providers.wire import Wire, running_wire


@pytest.fixture(name="wire")
def _wire() -> Iterator[Wire]:
    with running_wire() as wire:
        yield wire


@pytest.fixture(name="client", scope="module")
def _client() -> Iterator[httpx.Client]:
    with http.make_client(read_seconds=0.2, whole_seconds=0.4) as client:
        yield client
