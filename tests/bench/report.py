"""The bench's report: Markdown for people, JSON for programs."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from tests.bench.figures import Figure, Row


def as_markdown(machine: dict[str, str], rows: Sequence[Row], *, is_quick: bool) -> str:
    """A page to paste. A bar that isn't met is in bold."""
    lines = ["| Machine | |", "|---|---|", *(f"| {name} | {value} |" for name, value in machine.items()), ""]
    if is_quick:
        lines += ["A quick try: the loads are small, so the figures say nothing about the bars.", ""]
    for row in rows:
        lines += [f"### {row.title}", ""]
        if row.trouble:
            lines += [f"Not measured: {row.trouble}", ""]
            continue
        lines += ["| Figure | Value | Bar | Met |", "|---|---:|---|---|", *(_line(figure) for figure in row.figures)]
        lines += ["", f"`--only {row.name}`, {row.seconds:.0f} s, load at its start {row.load_at_start:.1f}.", ""]
    return "\n".join(lines)


def as_json(machine: dict[str, str], rows: Sequence[Row], *, is_quick: bool) -> str:
    told = [
        {**asdict(row), "figures": [{**asdict(figure), "is_met": figure.is_met} for figure in row.figures]}
        for row in rows
    ]
    return json.dumps({"machine": machine, "quick": is_quick, "rows": told}, indent=1, ensure_ascii=False)


def _line(figure: Figure) -> str:
    what = f"{figure.what} ({figure.note})" if figure.note else figure.what
    met = {None: "", True: "yes", False: "**no**"}[figure.is_met]
    bar = f"{figure.bar} {figure.unit}".strip() if figure.bar else ""
    return f"| {what} | {_value(figure)} | {bar} | {met} |"


def _value(figure: Figure) -> str:
    if figure.value is None:
        return "–"
    size = abs(figure.value)
    text = f"{figure.value:.0f}" if size >= 100 or figure.value == int(figure.value) else f"{figure.value:.3g}"
    return f"{text} {figure.unit}".strip()
