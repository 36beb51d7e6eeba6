"""What a person at the terminal reads: lines while it runs, then the books as a small table and one sentence."""

from collections.abc import Iterator

from dravo_app.proving.books import counted
from dravo_app.proving.plan import NETWORKS
from dravo_app.services.proofs.record import Became, Books, Count, Kind, Line

_COUNT_SECONDS = 2.0


class Told:
    """Tells a run; counts are told every two seconds at most, faults by twos of what is new."""

    def __init__(self) -> None:
        self._counted_at = 0.0
        self._faults = 0
        self._last: Line | None = None

    def line(self, line: Line) -> None:
        """One line of the run, on the terminal or for later."""
        if line.kind is Kind.FAULT:
            self._faults += 1
        elif line.kind is Kind.COUNT and line.count:
            if line.at_seconds - self._counted_at >= _COUNT_SECONDS:
                self._counted_at = line.at_seconds
                self._put(line.at_seconds, f"{_counted(line.count)}; {counted(self._faults, 'fault', 'faults')} so far")
        elif line.kind is Kind.BOOKS and line.books:
            print("\n".join(["", *_table(line.books)]), flush=True)
        else:
            self._put(line.at_seconds, line.words)

    def _put(self, at_seconds: float, words: str) -> None:
        print(f"{at_seconds:5.1f} s  {words}", flush=True)


def _counted(count: Count) -> str:
    parts = [f"{count.accepted} of {count.planned} accepted", f"{count.under_way} under way"]
    parts += [f"{count.published} published", *([f"{count.failed} failed"] if count.failed else [])]
    return ", ".join(parts)


def _table(books: Books) -> Iterator[str]:
    yield "What was done                     played  deliveries    visible once  failed, not visible  other"
    for fault in books.faults:
        yield _row(fault.marker, fault.played, fault.deliveries, fault.became)
    for kill in books.kills:
        yield _row(f"kill -9 of worker {kill.worker} after {kill.at_seconds:.0f} s", 1, kill.under_way, kill.became)
    yield ""
    if books.endings:
        yield "Not published, and why"
        for ending in books.endings:
            seen = "VISIBLE" if ending.is_visible else "not visible"
            yield f"  {NETWORKS[ending.network]:<9} {ending.account:<5} {ending.text.partition('.')[0]}  {seen}: {ending.sentence}"
        yield ""
    yield f"accepted {books.accepted:>4}    published {books.published:>4}    failed {books.failed:>4}    waits {books.waits:>3}    asks a person {books.asks:>3}"
    yield f"visible  {books.visible:>4}    twice     {books.twice:>4}    lost   {books.lost:>4}    claimed but not visible {books.claimed}"
    if books.unfinished:
        yield f"unfinished {books.unfinished}: still under way when the proof stopped waiting"
    hold = sum(not one.broken for one in books.invariants)
    yield f"{hold} of {len(books.invariants)} invariants hold, as ./dravo verify checks them on the proof's own database."
    yield ""
    yield from (f"  {finding}" for finding in books.findings[1:])
    yield books.verdict
    yield f"({books.seconds:g} s, seed {books.seed}: ./dravo prove --seed {books.seed}{_posts(books)})"


def _posts(books: Books) -> str:
    return "" if books.posts == 40 else f" --posts {books.posts}"


def _row(name: str, played: int, deliveries: int, became: Became) -> str:
    others = (
        (became.waits, "waits"),
        (became.asks, "asks a person"),
        (became.unfinished, "unfinished"),
        (became.wrong, "WRONG"),
    )
    other = ", ".join(f"{number} {words}" for number, words in others if number)
    return (
        f"{name:<34}{played:>6}{deliveries:>12}{became.published or '':>16}{became.failed or '':>21}  {other}".rstrip()
    )
