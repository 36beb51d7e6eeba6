"""The environment is made once, repaired when it was cut off, and pip is the user's own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dravo_app.starting.install import NotInstalled, ensure_installed
from tests.start.conftest import ROOT, wait_until

INSTALL = "import sys; from pathlib import Path; from dravo_app.starting.install import ensure_installed as e; "
INSTALL += "print(e(Path(sys.argv[1]), with_tests=False))"


@pytest.fixture(scope="module")
def empty_environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh .venv, made once for this file: making one takes seconds."""
    path = tmp_path_factory.mktemp("made") / ".venv"
    subprocess.run([sys.executable, "-m", "venv", str(path)], check=True, env=clean())
    return path


@pytest.fixture
def checkout(tmp_path: Path, empty_environment: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A checkout whose lock asks for one package, which the user's own pip settings can find."""
    root = tmp_path / "checkout"
    root.mkdir()
    shutil.copytree(empty_environment, root / ".venv", symlinks=True)
    (root / "requirements.txt").write_text("# lock\nhello-dravo==1.0\n")
    make_wheel(tmp_path / "wheels", "1.0")
    for name, value in clean(tmp_path / "wheels").items():
        monkeypatch.setenv(name, value)
    yield root
    shutil.rmtree(root)


def clean(wheels: Path | None = None) -> dict[str, str]:
    pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_CONFIG_FILE": os.devnull} if wheels else {}
    return {**os.environ, **pip}


def make_wheel(folder: Path, version: str) -> None:
    folder.mkdir(exist_ok=True)
    about = f"hello_dravo-{version}.dist-info"
    with zipfile.ZipFile(folder / f"hello_dravo-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr("hello_dravo.py", f"VERSION = {version!r}\n")
        wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: hello-dravo\nVersion: {version}\n")
        wheel.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{about}/RECORD", "")


def installed(root: Path) -> str:
    asked = [str(root / ".venv" / "bin" / "python"), "-c", "import hello_dravo; print(hello_dravo.VERSION)"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()


def test_the_lock_is_installed_with_the_users_pip_settings(checkout: Path) -> None:
    python = ensure_installed(checkout, with_tests=False)
    assert python == checkout / ".venv" / "bin" / "python"
    assert installed(checkout) == "1.0"


def test_the_second_time_nothing_is_touched(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ensure_installed(checkout, with_tests=False)
    (checkout / ".venv.lock").unlink()
    capsys.readouterr()
    ensure_installed(checkout, with_tests=False)
    assert not (checkout / ".venv.lock").exists()
    assert capsys.readouterr().err == ""


def test_a_new_lock_is_followed(checkout: Path) -> None:
    ensure_installed(checkout, with_tests=False)
    make_wheel(checkout.parent / "wheels", "1.1")
    (checkout / "requirements.txt").write_text("hello-dravo==1.1\n")
    ensure_installed(checkout, with_tests=False)
    assert installed(checkout) == "1.1"


def test_a_failing_pip_is_one_sentence_and_the_next_run_goes_on(checkout: Path) -> None:
    wheel = next((checkout.parent / "wheels").iterdir())
    wheel.rename(checkout.parent / wheel.name)
    with pytest.raises(NotInstalled, match="No matching distribution found for hello-dravo==1.0. Check the network"):
        ensure_installed(checkout, with_tests=False)
    (checkout.parent / wheel.name).rename(wheel)
    ensure_installed(checkout, with_tests=False)
    assert installed(checkout) == "1.0"


def test_an_installation_killed_in_the_middle_is_made_anew(checkout: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # an index that never answers: pip waits in the middle
        index = {"PIP_NO_INDEX": "0", "PIP_INDEX_URL": f"http://127.0.0.1:{silent.getsockname()[1]}/"}
        environment = {**clean(), **index, "PYTHONPATH": str(ROOT), "PIP_FIND_LINKS": ""}
        installer = subprocess.Popen([sys.executable, "-c", INSTALL, str(checkout)], env=environment)
        silent.accept()[0].close()
        wait_until((checkout / ".venv" / "dravo-installing").exists)
        (checkout / ".venv" / "lib" / "half-copied").touch()
        installer.send_signal(signal.SIGKILL)
        installer.wait()
    ensure_installed(checkout, with_tests=False)
    assert installed(checkout) == "1.0"
    assert not (checkout / ".venv" / "lib" / "half-copied").exists()


def test_two_at_once_do_not_disturb_each_other(checkout: Path) -> None:
    command = [sys.executable, "-c", INSTALL, str(checkout)]
    both = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=50)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum("Installing 1 packages" in text for text in said) == 1


def test_a_python_without_venv_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = tmp_path / "python"
    bare.write_text("#!/bin/sh\necho 'The virtual environment was not created: ensurepip is not available.'\nexit 1\n")
    bare.chmod(0o755)
    (tmp_path / "requirements.txt").write_text("")
    monkeypatch.setattr(sys, "executable", str(bare))
    with pytest.raises(NotInstalled, match="has no venv module: install it .Debian: apt install python3-venv. and run"):
        ensure_installed(tmp_path, with_tests=False)
    assert not (tmp_path / ".venv").exists()


def test_a_read_only_checkout_is_one_sentence() -> None:
    with pytest.raises(NotInstalled, match="Dravo can't write its environment /proc/.venv: "):
        ensure_installed(Path("/proc"), with_tests=False)


def test_the_locks_name_no_host_and_pin_everything() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = [line for line in (ROOT / name).read_text().splitlines() if line and not line.startswith("#")]
        assert [line for line in lines if "==" not in line or "://" in line or "@" in line] == []
