"""The process: one line when ready, clean on SIGTERM and SIGINT, gone with its parent, and on its own two feet."""

import ast
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.sandbox.raw import connected, post_request
from tests.support.sandbox_server import ROOT, Sandbox

FOLDER = ROOT / "dravo_app" / "sandbox"


def test_it_says_one_line_when_it_is_ready(tmp_path: Path) -> None:
    process = start(tmp_path / "s.db", 0)
    assert process.stdout is not None
    line = process.stdout.readline().decode()
    assert line.startswith("sandbox listening on http://127.0.0.1:")
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=10)
    assert (process.returncode, rest) == (0, b"")


def test_sigterm_ends_it_although_somebody_waits(own_sandbox: Sandbox) -> None:
    with connected(own_sandbox) as connection:
        connection.sendall(post_request("ann", "a [[sandbox: slow 60s]]"))
        time.sleep(0.2)
        began = time.monotonic()
        assert own_sandbox.stop() == 0
    assert time.monotonic() - began < 20


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start(tmp_path / "s.db", taken.getsockname()[1])
        _, said = process.communicate(timeout=10)
    assert process.returncode == 1
    assert said.count(b"\n") == 1
    assert b"can't start on port" in said


def test_a_file_that_can_not_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("This is a letter, and no database. " * 99)
    for file in (tmp_path / "no" / "folder" / "s.db", tmp_path / "letter.txt"):
        process = start(file, 0)
        _, said = process.communicate(timeout=10)
        assert process.returncode == 1
        assert said.count(b"\n") == 1


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dravo_app.sandbox", "--port", "0", "--file", str(tmp_path / "s.db")]
    script = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen({command!r}, stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\nprint(child.pid, flush=True)\ntime.sleep(60)"
    )
    environment = {**os.environ, "DRAVO_DIE_WITH_PARENT": "1"}
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=ROOT, env=environment)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 5
    while is_alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    lived_on = is_alive(child)
    if lived_on:
        os.kill(child, signal.SIGKILL)
    assert not lived_on


def test_it_imports_nothing_of_ours_and_only_h11_of_others() -> None:
    found: set[str] = set()
    for file in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0
                found.add(node.module or "")
            elif isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
    ours = {name for name in found if name.partition(".")[0] == "dravo_app"}
    assert {name for name in ours if not name.startswith("dravo_app.sandbox")} == set()
    others = {name.partition(".")[0] for name in found - ours} - set(sys.stdlib_module_names)
    assert others == {"h11"}


def test_web_can_serve_the_pages_without_the_server() -> None:
    script = "import sys, dravo_app.sandbox.view; print('h11' in sys.modules, 'asyncio' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert said.stdout.split() == ["False", "False"]


def start(file: Path, port: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "dravo_app.sandbox", "--port", str(port), "--file", str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )


def is_alive(pid: int) -> bool:
    """A zombie that nobody has waited for yet counts as ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"
