"""A log never grows past its bound, and a full disk stops nobody."""

from pathlib import Path

from dravo_app.starting.logs import ProcessLog


def test_a_log_keeps_two_files_within_its_bound(tmp_path: Path) -> None:
    log = ProcessLog(tmp_path / "web.log", limit_bytes=1_000)
    for number in range(100):
        log.take(f"line {number} {'.' * 50}\n".encode())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["web.log", "web.log.1"]
    assert all(path.stat().st_size <= 1_000 for path in tmp_path.iterdir())
    assert "line 99" in "".join(path.read_text() for path in tmp_path.iterdir())


def test_a_log_is_for_its_owner_only(tmp_path: Path) -> None:
    ProcessLog(tmp_path / "web.log").take(b"hello\n")
    assert (tmp_path / "web.log").stat().st_mode & 0o777 == 0o600


def test_trouble_in_two_pieces_is_still_one_line(tmp_path: Path) -> None:
    log = ProcessLog(tmp_path / "web.log")
    assert log.take(b"12:00 ERROR cannot rea") == []
    assert log.take(b"ch the database\nfine\n") == ["12:00 ERROR cannot reach the database"]
    assert log.last_line == "fine"


def test_a_full_disk_loses_the_line_and_nothing_else() -> None:
    assert ProcessLog(Path("/dev/full")).take(b"ERROR one\n") == ["ERROR one"]
