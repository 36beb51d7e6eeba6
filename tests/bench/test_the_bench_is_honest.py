"""The bench measures what it says: its percentiles, its verdicts, and a small run of its own."""

import json
from pathlib import Path

import pytest

from tests.bench import corpus, report
from tests.bench.__main__ import ROWS, main
from tests.bench.figures import Bar, Figure, Row, percentile, spread


def test_a_percentile_is_a_value_that_was_measured() -> None:
    hundred = [float(n) for n in range(100, 0, -1)]
    assert [percentile(hundred, share) for share in (0.5, 0.95, 0.99, 1.0)] == [50, 95, 99, 100]
    assert (percentile([7.0], 0.5), percentile([1.0, 9.0], 0.99), percentile([1.0, 9.0], 0.5)) == (7, 9, 1)
    with pytest.raises(ValueError):
        percentile([], 0.5)


def test_a_bar_that_is_missed_is_said_in_bold_and_what_has_no_number_says_why() -> None:
    figures = [
        *spread("lateness", [0.1, 0.2, 2.0], "s", p50=Bar(at_most=0.3), p99=Bar(at_most=1.0)),
        Figure("ratio", 0.6, "", Bar(at_least=0.6)),
        Figure("video", None, "MiB", Bar(at_most=256), "no videos yet"),
    ]
    page = report.as_markdown({"CPU": "one"}, [Row("late", "Late", 0.0, 1.0, figures)], is_quick=False)
    assert "| lateness, p50 | 0.2 s | ≤ 0.3 s | yes |" in page
    assert "| lateness, p99 | 2 s | ≤ 1 s | **no** |" in page
    assert "| ratio | 0.6 | ≥ 0.6 | yes |" in page
    assert "| video (no videos yet) | – | ≤ 256 MiB |  |" in page


def test_a_row_that_fails_is_not_passed_over(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fall(*_: object, **__: object) -> list[Figure]:
        raise RuntimeError("the ground is wet")

    monkeypatch.setitem(ROWS, "idle", ("At rest", fall, ("SQLite",)))
    assert main(["--only", "idle"]) == 1
    assert "Not measured: SQLite: RuntimeError: the ground is wet" in capsys.readouterr().out


def test_a_quick_try_measures_every_figure_of_a_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = tmp_path / "figures.json"
    assert main(["--quick", "--only", "history", "--database", "sqlite", "--json", str(written)]) == 0
    told = json.loads(written.read_text())
    (row,) = told["rows"]
    figures = {figure["what"]: figure for figure in row["figures"]}
    assert told["quick"] and told["machine"]["Python"] and len(figures) > 80
    assert all(figure["value"] > 0 for figure in figures.values())
    otter = sum(1 for n in range(1, corpus.Size(1000, 100).jobs + 1) if n % 1009 == 7)
    assert figures["SQLite: words: otter, total"]["note"] == f"{otter} match"
    assert "say nothing about the bars" in capsys.readouterr().out
