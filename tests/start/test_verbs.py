"""The first thing a person meets: the start script and what it says."""

import ast
import os
import subprocess
import sys
from pathlib import Path

from tests.start.conftest import ROOT


def dravo(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ROOT / "dravo"), *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_lists_every_verb() -> None:
    said = dravo("--help")
    assert said.returncode == 0
    verbs = [
        "up",
        "prove",
        "bench",
        "test",
        "check",
        "chaos",
        "status",
        "user create",
        "user reset",
        "key create",
        "migrate",
        "keys rotate",
    ]
    assert [verb for verb in verbs if f"\n  {verb}" not in said.stdout] == []


def test_an_unknown_verb_is_one_sentence() -> None:
    said = dravo("strat")
    assert said.returncode == 2
    assert said.stderr == "There is no verb 'strat': ./dravo --help lists them.\n"


def test_a_too_old_python_is_one_sentence(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")  # what `sys.exit(sys.version_info < (3, 11))` comes to there
    old.chmod(0o755)
    (tmp_path / "dirname").symlink_to("/usr/bin/dirname")
    said = dravo("up", PATH=str(tmp_path))
    assert said.returncode == 1
    assert said.stderr.startswith("Dravo needs Python 3.11 or later, and none was found")
    assert said.stderr.count("\n") == 1


def test_a_newer_python_behind_an_old_one_is_found(tmp_path: Path) -> None:
    for name, script in (("python3", "exit 1"), ("python3.12", '[ "$1" = -c ] || echo "ran $*"')):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "dirname").symlink_to("/usr/bin/dirname")
    assert dravo("up", PATH=str(tmp_path)).stdout == "ran -E -m dravo_app.starting up\n"


def test_a_data_folder_is_seen_from_where_the_person_stands(tmp_path: Path) -> None:
    script = '[ "$1" = -c ] || echo "$DRAVO_DATA_DIR"'
    (tmp_path / "python3").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "python3").chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "DRAVO_DATA_DIR": "mine"}
    said = subprocess.check_output([str(ROOT / "dravo"), "up"], cwd=tmp_path, env=environment, text=True)
    assert said.strip() == str(tmp_path / "mine")


def test_starting_needs_the_standard_library_alone() -> None:
    imported = set()
    for path in (ROOT / "dravo_app" / "starting").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module or "")
    ours = {name for name in imported if name.startswith("dravo_app") and not name.startswith("dravo_app.starting")}
    others = {name.partition(".")[0] for name in imported} - {"dravo_app"} - sys.stdlib_module_names
    assert ours == {"dravo_app.errors", "dravo_app.settings"}
    assert others == set()
