"""Starts the machine's own Chromium for a test; where there is none, the test is skipped and says so."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

PATIENCE_MS = 30_000  # for what a page will show: on a busy machine a browser takes seconds to read its scripts
_SWITCHES = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--process-per-site",  # a page of a profile that has another one open finds its scripts compiled
)


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Headless, and only as root without its own sandbox. Its event loop must end before other tests of the process."""
    path = os.environ.get("DRAVO_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium here: neither DRAVO_CHROMIUM nor `chromium` on PATH")
    expect.set_options(timeout=PATIENCE_MS)
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=[*_SWITCHES, *as_root])
        yield chromium
        chromium.close()
