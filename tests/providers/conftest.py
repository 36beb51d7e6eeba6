"""One misbehaving server per test, two clients per module: one that can wait for a busy machine, one that can't."""

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
    """For whatever answers or breaks off by itself: only a network that hangs for ever meets its limits."""
    with http.make_client(read_seconds=20, whole_seconds=30) as client:
        yield client


@pytest.fixture(name="impatient", scope="module")
def _impatient() -> Iterator[httpx.Client]:
    """For a network that says nothing, or not enough, until we give up."""
    with http.make_client(read_seconds=0.4, whole_seconds=0.6) as client:
        yield client
