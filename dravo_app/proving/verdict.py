"""One sentence that says what the books say."""

from dravo_app.proving.books import counted
from dravo_app.services.proofs.record import Books


def pass_verdict(books: Books) -> Books:
    """The books with their verdict."""
    return books.model_copy(update={"verdict": _sentence(books)})


def _sentence(books: Books) -> str:
    if books.findings:
        more = f" (and {len(books.findings) - 1} more)" if len(books.findings) > 1 else ""
        return f"Not proven: {books.findings[0]}{more}"
    rest = [
        f"{number} {words}"
        for number, words in (
            (books.failed, "failed with a reason and can't be seen"),
            (
                books.waits,
                "waits for the hour that its network named"
                if books.waits == 1
                else "wait for the hour that their network named",
            ),
            (books.asks, "asks a person" if books.asks == 1 else "ask a person"),
        )
        if number
    ]
    published = counted(books.published, "is published and visible once", "are published and visible once each")
    kills = counted(len(books.kills), "killed worker", "killed workers")
    ends = "; ".join([published, *rest])
    accepted = counted(books.accepted, "accepted delivery", "accepted deliveries")
    return f"Proven: of {accepted} {ends}; {kills}, twice 0, lost 0."
