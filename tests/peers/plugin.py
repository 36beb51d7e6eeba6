"""Offers the real servers to every test as fixtures; a test that can't have one is skipped and says why."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

    from tests.peers.pds import Pds
    from tests.peers.snac import Snac

INSTALL_TIMEOUT_SECONDS = 1500


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where the server still has to be installed, the test that happens to come first waits for it; so it may."""
    users = [item for item in items if "real_pds" in getattr(item, "fixturenames", ())]
    if users and not _is_installed():
        for item in users:
            item.add_marker(pytest.mark.timeout(INSTALL_TIMEOUT_SECONDS))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: WorkerController, ids: Sequence[str]) -> None:
    """Where several processes share the tests, whoever hands them out begins the install, beside everything else."""
    is_first = node.gateway.id == "gw0"
    if is_first and any(test.startswith("tests/peers/") for test in ids) and not _is_installed():
        _install_beside(node.config)


@pytest.fixture(scope="session")
def real_pds(pytestconfig: pytest.Config) -> Iterator[Pds]:
    """A real Bluesky server, shared by the run: take accounts from `new_account()`, and expect others' to be there."""
    from tests.peers.node_app import PeerUnavailable
    from tests.peers.pds import start_pds

    try:
        pds = start_pds(announce=partial(_say, pytestconfig))
    except PeerUnavailable as reason:
        pytest.skip(f"no real Bluesky server: {reason}")
    with pds:
        yield pds


@pytest.fixture(scope="session")
def real_snac(pytestconfig: pytest.Config) -> Iterator[Snac]:
    """A real server with Mastodon's API, shared by the run: take accounts from `new_account()`."""
    from tests.peers.node_app import PeerUnavailable
    from tests.peers.snac import start_snac

    try:
        snac = start_snac(announce=partial(_say, pytestconfig))
    except PeerUnavailable as reason:
        pytest.skip(f"no real Mastodon-API server: {reason}")
    with snac:
        yield snac


def _install_beside(config: pytest.Config) -> None:
    from tests.peers import child

    command = child.dies_with_us([sys.executable, "-m", "tests.peers"])
    quiet = subprocess.DEVNULL
    root = Path(__file__).parent.parent.parent
    installing = subprocess.Popen(command, cwd=root, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)

    def end() -> None:
        installing.terminate()  # so that it ends what it has started, which is in groups of its own
        with contextlib.suppress(subprocess.TimeoutExpired):
            installing.wait(10)
        child.end_group(installing)

    config.add_cleanup(end)


def _is_installed() -> bool:
    from tests.peers.node_app import is_installed
    from tests.peers.pds import PDS_APP

    return is_installed(PDS_APP)


def _say(config: pytest.Config, sentence: str) -> None:
    capture = config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\n{sentence}", flush=True)
