"""START: `./dravo check`: format, lint, types, and import rules; all four are run, each is reported."""

import subprocess
import sys
import time

CHECKS = {
    "format": ["-m", "ruff", "format", "--check", "--quiet", "."],
    "lint": ["-m", "ruff", "check", "--quiet", "."],
    "types": ["-m", "mypy", "--no-error-summary"],
    "import rules": ["-c", "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"],
}


def main() -> int:
    """Run every check; the exit code is 1 where any failed."""
    failed = [name for name, command in CHECKS.items() if not _passes(name, command)]
    print(f"check: {len(CHECKS) - len(failed)} passed, {len(failed)} failed" + "".join(f", {name}" for name in failed))
    return 1 if failed else 0


def _passes(name: str, command: list[str]) -> bool:
    began = time.monotonic()
    done = subprocess.run([sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    passed = done.returncode == 0
    if not passed:
        sys.stdout.write(done.stdout.decode(errors="replace"))
    print(f"{name}: {'ok' if passed else 'FAILED'} ({time.monotonic() - began:.1f} s)", flush=True)
    return passed


if __name__ == "__main__":
    sys.exit(main())
