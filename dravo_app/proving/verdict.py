"""One sentence that says what the books say."""

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
            (books.waits, "waits for the hour that its network named"),
            (books.asks, "asks a person"),
        )
        if number
    ]
    kills = len(books.kills)
    ends = "; ".join([f"{books.published} are published and visible once each", *rest])
    return f"Proven: of {books.accepted} accepted deliveries {ends}; {kills} killed workers, twice 0, lost 0."
