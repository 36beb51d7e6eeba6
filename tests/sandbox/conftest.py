"""One sandbox for many tests, each with a handle of its own; and one alone for those that stop, kill or slow it."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.speakers import BlueskySpeaker, MastodonSpeaker, Speaker, XSpeaker
from tests.support.sandbox_server import Sandbox, running_sandbox

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_shared: Sandbox) -> Iterator[Sandbox]:
    """Shared with other tests: use fresh handles, and leave it running."""
    yield _shared
    _shared.clear_faults()


@pytest.fixture
def own_sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """Nobody else's, with an empty file."""
    with running_sandbox(tmp_path) as sandbox:
        yield sandbox


@pytest.fixture
def handle() -> str:
    return f"alice{next(_numbers)}"


@pytest.fixture
def x(sandbox: Sandbox, handle: str) -> Iterator[XSpeaker]:
    speaker = XSpeaker(sandbox, handle)
    yield speaker
    speaker.close()


@pytest.fixture
def bluesky(sandbox: Sandbox, handle: str) -> Iterator[BlueskySpeaker]:
    speaker = BlueskySpeaker(sandbox, handle)
    yield speaker
    speaker.close()


@pytest.fixture
def mastodon(sandbox: Sandbox, handle: str) -> Iterator[MastodonSpeaker]:
    speaker = MastodonSpeaker(sandbox, handle)
    yield speaker
    speaker.close()


@pytest.fixture(params=["x", "bluesky", "mastodon"])
def speaker(request: pytest.FixtureRequest) -> Speaker:
    """An account on each network in turn."""
    made: Speaker = request.getfixturevalue(request.param)
    return made
