"""The dashboard is built once; the build is good for every address."""

import importlib.util
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import reflex as rx

from dravo_app.starting import dashboard
from dravo_app.starting.trouble import CannotStart
from rxconfig import talk_to_own_origin, toast_without_eval


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "dravo_app" / "ui").mkdir(parents=True)
    (tmp_path / "dravo_app" / "ui" / "routes.py").write_text("HISTORY = '/history'\n")
    (tmp_path / "rxconfig.py").write_text("config = None\n")
    (tmp_path / "requirements.txt").write_text("reflex==0.10.1\n")
    return tmp_path


def test_another_source_is_another_build(checkout: Path) -> None:
    before = dashboard.fingerprint(checkout)
    (checkout / "dravo_app" / "ui" / "routes.py").write_text("HISTORY = '/past'\n")
    assert dashboard.fingerprint(checkout) != before


def test_byte_code_and_unrelated_code_change_nothing(checkout: Path) -> None:
    before = dashboard.fingerprint(checkout)
    (checkout / "dravo_app" / "ui" / "__pycache__").mkdir()
    (checkout / "dravo_app" / "ui" / "__pycache__" / "routes.pyc").write_bytes(b"x")
    (checkout / "dravo_app" / "worker.py").write_text("")
    assert dashboard.fingerprint(checkout) == before


def test_a_matching_build_needs_nothing_more(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = checkout / ".web" / dashboard.fingerprint(checkout)
    built.mkdir(parents=True)
    monkeypatch.setattr(sys, "executable", "/nowhere")
    assert dashboard.find_or_build(checkout) == built


def test_a_failed_build_is_one_sentence_and_leaves_no_build(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = checkout / "python"
    broken.write_text("#!/bin/sh\necho error: ConnectionRefused downloading react\necho See the log.\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    with pytest.raises(CannotStart, match="built: error: ConnectionRefused downloading react. Check the network"):
        dashboard.find_or_build(checkout)
    assert not (checkout / ".web" / dashboard.fingerprint(checkout)).exists()


def test_only_the_newest_builds_are_kept(checkout: Path) -> None:
    for number in range(6):
        stage = checkout / ".web" / "stage"
        shutil.rmtree(stage, ignore_errors=True)
        (stage / ".web" / "build" / "client").mkdir(parents=True)
        (stage / ".web" / "backend").mkdir()
        (stage / ".web" / "routes.json").write_text("[]")
        (checkout / "rxconfig.py").write_text(f"config = {number}\n")
        built = dashboard._publish(checkout, stage)
    assert built.exists()
    assert len(list((checkout / ".web").glob("*/routes.json"))) == 3


def test_the_page_talks_to_where_it_came_from() -> None:
    patched = talk_to_own_origin(_reflexs_client())
    assert "endpoint.port = window.location.port;" in patched
    assert talk_to_own_origin(patched) == patched


def test_a_message_of_the_server_is_read_as_one_and_not_evaluated() -> None:
    patched = toast_without_eval(_reflexs_client())
    assert 'refs["__toast"]?.[toast[1]](JSON.parse(toast[2]))' in patched
    assert toast_without_eval(patched) == patched
    sent = str({str(name): str(value) for name, value in rx.toast.error('He said "no".').args}["function"])
    shape = re.search(r"/(\^.+\$)/s\.exec", patched)
    assert shape and re.fullmatch(shape[1], sent), "Reflex sends toasts in another form now"


@pytest.mark.parametrize("patch", [talk_to_own_origin, toast_without_eval])
def test_another_reflex_is_noticed_at_build_time(patch: Callable[[str], str]) -> None:
    with pytest.raises(RuntimeError, match="state.js has changed"):
        patch("export const getBackendURL = (url) => new URL(url, window.origin);")


def _reflexs_client() -> str:
    base = importlib.util.find_spec("reflex_base")
    assert base and base.submodule_search_locations
    return Path(base.submodule_search_locations[0], ".templates", "web", "utils", "state.js").read_text()


@pytest.mark.parametrize(("made", "kept"), [('{"a":1}', '{\n  "a": 1\n}'), ('{"a":2}', '{"a":2}')])
def test_a_build_leaves_the_lock_alone_unless_it_says_something_else(checkout: Path, made: str, kept: str) -> None:
    for folder, text in (("reflex.lock", '{\n  "a": 1\n}'), (".web/stage/reflex.lock", made)):
        (checkout / folder).mkdir(parents=True)
        (checkout / folder / "package.json").write_text(text)
    dashboard._return_lock(checkout, checkout / ".web" / "stage")
    assert (checkout / "reflex.lock" / "package.json").read_text() == kept
