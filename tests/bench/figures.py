"""What a row of the bench comes to: figures, each with its bar where there is one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Bar:
    """A figure must be `at_most` or `at_least` this."""

    at_most: float | None = None
    at_least: float | None = None

    def is_met_by(self, value: float) -> bool:
        return (self.at_most is None or value <= self.at_most) and (self.at_least is None or value >= self.at_least)

    def __str__(self) -> str:
        return f"≤ {self.at_most:g}" if self.at_most is not None else f"≥ {self.at_least:g}"


@dataclass(frozen=True)
class Figure:
    """`value` None: there is no number, and `note` says why."""

    what: str
    value: float | None
    unit: str = ""
    bar: Bar | None = None
    note: str = ""

    @property
    def is_met(self) -> bool | None:
        """None where there is nothing to meet, or nothing that could."""
        return None if self.bar is None or self.value is None else self.bar.is_met_by(self.value)


@dataclass(frozen=True)
class Row:
    """One line of the table of speed, measured; `trouble` says why it could not be."""

    name: str
    title: str
    load_at_start: float
    seconds: float
    figures: list[Figure] = field(default_factory=list)
    trouble: str = ""


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of them do not exceed (nearest rank). Raises ValueError for none."""
    if not values:
        raise ValueError("there is no percentile of nothing")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def spread(what: str, values: Sequence[float], unit: str, **bars: Bar) -> list[Figure]:
    """p50, p95, p99 and the largest; bars by the names `p50`, `p95`, `p99`, `max`."""
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return [
        Figure(f"{what}, {name}", percentile(values, share), unit, bars.get(name)) for name, share in shares.items()
    ]
