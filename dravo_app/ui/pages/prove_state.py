"""The proof's page: begins a run or joins the one under way, follows it, and shows the books of the last one."""

from functools import partial

import reflex as rx

from dravo_app.errors import DravoError
from dravo_app.services.proofs import keeping
from dravo_app.services.proofs.record import Books
from dravo_app.ui.pages import prove_rows
from dravo_app.ui.pages.prove_rows import EndingRow, FaultRow, InvariantRow, MomentRow, Progress
from dravo_app.ui.session import Look


class ProveState(Look):
    """`face` is loading, empty (never proven here), running, books, or trouble (the last run has no books)."""

    face: str = "loading"
    trouble: str = ""
    beat: int = 0
    progress: Progress = Progress()
    moments: list[MomentRow] = []
    holds: bool = False
    verdict: str = ""
    findings: list[str] = []
    numbers: dict[str, int] = {}
    began_at: str = ""
    seconds: str = ""
    seed: int = -1
    posts: int = keeping.USUAL
    command: str = ""
    faults: list[FaultRow] = []
    endings: list[EndingRow] = []
    invariants: list[InvariantRow] = []

    @rx.event
    async def load(self) -> rx.event.EventSpec | None:
        """Show how the proof stands: a run under way is found again, by whoever looks."""
        if await self._authorise() is None:
            return self._to_login()
        await self._show()
        return None

    @rx.event
    async def look_again(self) -> rx.event.EventSpec | None:
        """While a run is under way, twice a second."""
        return await self.load()  # type: ignore[operator]  # Reflex wraps handlers, calling one is fine

    @rx.event
    async def prove(self) -> rx.event.EventSpec | None:
        """Begin a run. It touches nothing of anybody's, so every person here may."""
        if await self._authorise() is None:
            return self._to_login()
        await self._begin(None, _posts_of(self.router.url.query_parameters.get("posts", "")))
        return None

    @rx.event
    async def prove_again(self) -> rx.event.EventSpec | None:
        """Begin a run with the seed of the books that are shown."""
        if await self._authorise() is None:
            return self._to_login()
        await self._begin(self.seed if self.seed >= 0 else None, self.posts)
        return None

    async def _begin(self, seed: int | None, posts: int) -> None:
        try:
            await rx.run_in_thread(partial(keeping.begin, seed, posts))
        except DravoError as error:
            self.face, self.trouble = "trouble", error.detail
            return
        await self._show()

    async def _show(self) -> None:
        standing = await rx.run_in_thread(keeping.look)
        self.beat += 1
        if standing.is_running:
            self.face = "running"
            self.progress = prove_rows.to_progress(standing.lines)
            self.moments = prove_rows.to_moments(standing.lines)
            return
        self.trouble = standing.trouble
        if standing.books:
            self._open(standing.books)
        self.face = "trouble" if standing.trouble else "books" if standing.books else "empty"

    def _open(self, books: Books) -> None:
        began_at = prove_rows.began_at(books)
        if began_at == self.began_at:
            return  # what is shown already isn't sent again
        self.began_at, self.seconds, self.seed, self.posts = began_at, f"{books.seconds:g} s", books.seed, books.posts
        self.holds, self.verdict, self.findings = books.holds, books.verdict, books.findings[1:]
        self.numbers = {name: getattr(books, name) for name in _NUMBERS}
        self.numbers["unclaimed"] = books.hidden + books.unasked
        self.faults, self.endings = prove_rows.to_fault_rows(books), prove_rows.to_ending_rows(books)
        self.invariants = prove_rows.to_invariant_rows(books)
        usual = "" if books.posts == keeping.USUAL else f" --posts {books.posts}"
        self.command = f"./dravo prove --seed {books.seed}{usual}"


_NUMBERS = ("accepted", "published", "visible", "failed", "waits", "asks", "twice", "lost", "unfinished", "claimed")


def _posts_of(text: str) -> int:
    """How many posts the address asks for (`?posts=8`), the usual number where it doesn't."""
    is_number = text.isascii() and text.isdecimal() and len(text) < 4
    return int(text) if is_number and keeping.FEWEST <= int(text) <= keeping.MOST else keeping.USUAL
