"""The files of pictures under way: made once, shared, bounded, and gone when nobody needs them."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dravo_app.errors import MediaUnreachable, SetupUnusable, Throttled
from dravo_app.services.media import store as store_module
from dravo_app.services.media.store import Store


@pytest.fixture
def lanes() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "fetched")


def soon() -> float:
    return time.monotonic() + 5


def files(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "fetched").rglob("*") if path.is_file()]


def written(path: Path) -> Path:
    path.write_bytes(b"picture")
    return path


def test_many_who_want_the_same_get_one_file(store: Store, lanes: ThreadPoolExecutor, tmp_path: Path) -> None:
    made = []

    def make(path: Path) -> Path:
        made.append(path)
        time.sleep(0.05)
        return written(path)

    def want(_: int) -> bytes:
        with store.holding("key", lanes, make) as waited:
            return waited(soon()).read_bytes()

    with ThreadPoolExecutor(20) as accounts:
        assert list(accounts.map(want, range(100))) == [b"picture"] * 100
    assert len(made) == 1 and files(tmp_path) == made


def test_who_comes_after_a_failure_asks_anew(store: Store, lanes: ThreadPoolExecutor, tmp_path: Path) -> None:
    def fail(path: Path) -> Path:
        path.write_bytes(b"half a pic")
        raise MediaUnreachable("Gone.")

    with store.holding("key", lanes, fail) as waited, pytest.raises(MediaUnreachable, match="Gone"):
        waited(soon())
    assert files(tmp_path) == []
    with store.holding("key", lanes, written) as again:
        assert again(soon()).read_bytes() == b"picture"


def test_too_slow_is_the_pictures_fault_and_too_busy_is_ours(store: Store) -> None:
    release = threading.Event()

    def slow(path: Path) -> Path:
        release.wait(5)
        return written(path)

    with ThreadPoolExecutor(1) as one_lane:
        with store.holding("first", one_lane, slow) as first, store.holding("second", one_lane, slow) as second:
            with pytest.raises(MediaUnreachable):
                first(time.monotonic() + 0.05)
            with pytest.raises(Throttled):
                second(time.monotonic() + 0.05)
        release.set()


def test_what_nobody_has_used_for_a_while_goes(
    store: Store, lanes: ThreadPoolExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "KEPT_SECONDS", 0.0)
    with store.holding("key", lanes, written) as waited:
        waited(soon())
        store.sweep()
        assert len(files(tmp_path)) == 1, "it is in use"
    store.sweep()
    assert files(tmp_path) == []


def test_the_oldest_makes_room_and_what_is_in_use_does_not(
    store: Store, lanes: ThreadPoolExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "MAX_HELD_BYTES", 10)
    with store.holding("old", lanes, written) as waited:
        waited(soon())
    with store.holding("new", lanes, written) as first, store.holding("newer", lanes, written) as second:
        first(soon()), second(soon())  # both are there now
        with pytest.raises(Throttled), store.holding("one too many", lanes, written):
            pass
        assert len(files(tmp_path)) == 2


def test_what_a_killed_process_left_behind_goes(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = tmp_path / "fetched" / "4711-left"
    left.mkdir(parents=True)
    written(left / "picture")
    store.sweep()
    assert left.exists(), "its process may live"
    monkeypatch.setattr(store_module, "LEFTOVER_SECONDS", 0.0)
    Store(tmp_path / "fetched").sweep()
    assert not left.exists()


def test_a_disk_that_cannot_be_written_is_the_operators_matter(lanes: ThreadPoolExecutor, tmp_path: Path) -> None:
    (tmp_path / "fetched").write_text("in the way")
    store = Store(tmp_path / "fetched")
    with pytest.raises(SetupUnusable), store.holding("key", lanes, written):
        pass
    store.sweep()

    def full(path: Path) -> Path:
        raise OSError(28, "No space left on device")

    roomy = Store(tmp_path / "elsewhere")
    with roomy.holding("key", lanes, full) as waited, pytest.raises(SetupUnusable, match="No space left"):
        waited(soon())
