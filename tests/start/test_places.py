"""What stands in the way of `up` is one sentence that says what to do."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from dravo_app.errors import ConfigurationError
from dravo_app.settings import read_settings
from dravo_app.starting import places
from dravo_app.starting.trouble import CannotStart
from tests.start.conftest import ROOT


def up(folder: Path, port: int) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DRAVO_DATA_DIR": str(folder), "DRAVO_PORT": str(port)}
    command = [sys.executable, "-m", "dravo_app.starting.supervisor"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=20)


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = up(tmp_path / "data", port)
    assert said.returncode == 1
    assert said.stderr == f"Port {port} is in use by another program: set DRAVO_PORT to a free one.\n"


def test_a_server_that_shares_its_port_is_still_in_the_way() -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert "in use" in (places.why_port_is_taken("127.0.0.1", port) or "")
    assert places.why_port_is_taken("127.0.0.1", port) is None


@pytest.mark.parametrize("host", ["192.0.2.1", "not-a-host.invalid"])
def test_a_foreign_address_is_one_sentence(host: str) -> None:
    assert places.why_port_is_taken(host, 0) == f"DRAVO_HOST {host!r} is not an address of this machine."


def test_a_second_up_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    places.prepare_data_folder(tmp_path)
    descriptor = places.take_folder(tmp_path)
    said = up(tmp_path, places.choose_port())
    os.close(descriptor)
    assert said.returncode == 1
    assert said.stderr.startswith(f"Dravo already runs on {tmp_path} (process {os.getpid()}): stop it, or set")


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = up(tmp_path / "file" / "data", places.choose_port())
    assert said.returncode == 1
    assert "can't write its data folder" in said.stderr
    assert said.stderr.count("\n") == 1


def test_a_read_only_folder_is_one_sentence(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        tmp_path.chmod(0o500)
        folder = tmp_path / "data"
    else:  # nothing is read-only to root but what the kernel itself keeps
        folder = Path("/proc/dravo")
    with pytest.raises(CannotStart, match="set DRAVO_DATA_DIR to a folder that you may write"):
        places.prepare_data_folder(folder)


def test_a_bad_setting_is_one_sentence(tmp_path: Path) -> None:
    environment = {**os.environ, "DRAVO_DATA_DIR": str(tmp_path), "DRAVO_PORT": "eighty"}
    command = [sys.executable, "-m", "dravo_app.starting.supervisor"]
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (1, "DRAVO_PORT must be a number from 1 to 65535.\n")


def test_an_address_that_is_no_redis_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="^REDIS_URL must begin with"):
        read_settings({"DRAVO_DATA_DIR": str(tmp_path), "REDIS_URL": "localhost:6379"})


def test_the_data_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    places.prepare_data_folder(tmp_path / "data")
    assert [p.stat().st_mode & 0o777 for p in (tmp_path / "data", tmp_path / "data" / "run")] == [0o700, 0o700]


def test_the_queues_socket_fits_into_an_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    long = tmp_path / ("x" * 90)
    long.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    folder = places.make_socket_folder()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "redis.sock"))
    assert folder.stat().st_mode & 0o777 == 0o700
    shutil.rmtree(folder)


def test_a_killed_up_leaves_no_address_and_no_socket_behind(tmp_path: Path) -> None:
    places.prepare_data_folder(tmp_path)
    folder = places.make_socket_folder()
    places.write_runtime(tmp_path, {"pid": 1, "redis_url": f"unix://{folder}/redis.sock"})
    places.clear_runtime(tmp_path)
    assert not folder.exists()
    assert not (tmp_path / "run" / "runtime.json").exists()


def test_the_first_run_code_stays_the_same_and_private(tmp_path: Path) -> None:
    places.prepare_data_folder(tmp_path)
    code = places.first_run_code(tmp_path)
    assert len(code.replace("-", "")) == 12
    assert places.first_run_code(tmp_path) == code
    assert (tmp_path / "run" / "first_run_code").stat().st_mode & 0o777 == 0o600
