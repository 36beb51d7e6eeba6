"""A machine that can't have a peer hears so at once and in words; one whose install broke off gets a whole one."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.peers import deb_app
from tests.peers.node_app import NODE_WHEEL, NodeApp, PeerUnavailable, install, is_installed
from tests.peers.pds import Pds
from tests.peers.snac import SNAC

APP = NodeApp(name="some-peer", packages=("some-peer@1.0.0",), as_of="2026-11-20", probe="")
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test's own, on a machine with no tools."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setenv("DRAVO_PEER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_machine_without_a_compiler_hears_so_at_once_and_nothing_is_fetched(empty_cache: Path) -> None:
    started_at = time.monotonic()
    announced: list[str] = []
    with pytest.raises(PeerUnavailable, match="no C\\+\\+ compiler"):
        install(APP, announced.append)
    assert time.monotonic() - started_at < 5
    assert announced == []
    assert not empty_cache.exists()


def test_a_failed_install_says_why_leaves_nothing_and_is_not_tried_again_at_once(
    empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for tool in ("c++", "make"):
        (tmp_path / "bin" / tool).touch(mode=0o755)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    announced: list[str] = []
    with pytest.raises(PeerUnavailable, match="Node can't be fetched: ERROR"):
        install(APP, announced.append)
    assert len(announced) == 1
    assert not (empty_cache / APP.name).exists()
    with pytest.raises(PeerUnavailable, match="s ago; delete"):
        install(APP, announced.append)
    assert len(announced) == 1


def test_only_a_whole_install_of_the_same_versions_counts(empty_cache: Path) -> None:
    assert not is_installed(APP)
    APP.node.parent.mkdir(parents=True)
    APP.node.touch()
    (APP.modules / "node_modules").mkdir(parents=True)
    assert not is_installed(APP), "without a stamp it may be half an install"
    stamp = {"node": NODE_WHEEL, "packages": ["some-peer@1.0.0"], "as_of": "2026-11-20"}
    (APP.folder / "stamp.json").write_text(json.dumps(stamp | {"packages": ["some-peer@0.9.0"]}))
    assert not is_installed(APP), "another version's stamp"
    (APP.folder / "stamp.json").write_text(json.dumps(stamp))
    assert is_installed(APP)
    APP.node.unlink()
    assert not is_installed(APP), "somebody removed a part"


def test_a_machine_without_apt_or_of_another_kind_hears_that_it_can_t_have_snac(
    empty_cache: Path, tmp_path: Path
) -> None:
    announced: list[str] = []
    with pytest.raises(PeerUnavailable, match="no apt"):
        deb_app.install(SNAC, announced.append)
    for tool in ("apt-get", "dpkg-deb"):
        (tmp_path / "bin" / tool).touch(mode=0o755)
    with pytest.raises(PeerUnavailable, match="for Debian potato"):
        deb_app.install(replace(SNAC, codename="potato"), announced.append)
    assert announced == []
    assert not empty_cache.exists()


def test_a_package_that_apt_can_t_fetch_leaves_nothing_that_looks_whole(empty_cache: Path, tmp_path: Path) -> None:
    for tool in ("apt-get", "dpkg-deb"):
        path = tmp_path / "bin" / tool
        path.write_text("#!/bin/sh\necho 'E: The mirror is closed today'\nexit 100\n")
        path.chmod(0o755)
    with pytest.raises(PeerUnavailable, match="closed today"):
        deb_app.install(replace(SNAC, codename=deb_app.codename()), print)
    assert not deb_app.is_installed(SNAC)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_the_server_dies_with_a_killed_test_run(real_pds: Pds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # this one needs the installed server
    by_hand = [sys.executable, "-m", "tests.peers.pds"]
    with subprocess.Popen(by_hand, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        url = run.stdout.readline().split()[1]
        assert url != real_pds.url
        assert httpx.get(f"{url}/xrpc/_health").status_code == 200
        run.kill()
        assert _is_gone_within(5, url)


def _is_gone_within(seconds: float, url: str) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{url}/xrpc/_health", timeout=1)
        except httpx.TransportError:
            return True
        time.sleep(0.05)
    return False
