"""I7: no secret where people and programs read. Two sieves: what has the shape of a secret of ours, and the accounts' secrets
themselves, opened from their seals and kept as hashes while this runs."""

import re
from collections.abc import Collection, Iterator
from hashlib import blake2b
from pathlib import Path

from sqlmodel import Session, col, select

from dravo_app.errors import ConfigurationError
from dravo_app.models import Account
from dravo_app.providers.registry import PROVIDERS
from dravo_app.services import vault
from dravo_app.services.verifying.books import Books, Invariant
from dravo_app.services.verifying.rows import Batch

_SHAPES = (
    ("an API key", re.compile(r"dra_(?:live|test)_[0-9A-Za-z]{38}", re.ASCII)),
    ("an authorization header", re.compile(r"\b(?:Bearer|DPoP) (?!…|\*)[\w.~+/\-]{8,}=*", re.ASCII)),
    ("a signed token", re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}", re.ASCII)),
)
_WORD = re.compile(r"[\w.~+/\-]{8,}", re.ASCII)
_SHORTEST = 8
"""A shorter secret can't be told from a word."""
_ACCOUNTS_AT_A_TIME = 500


class Secrets:
    """The hashes of every account's secrets; the secrets themselves are forgotten at once."""

    def __init__(self) -> None:
        self._known: set[bytes] = set()
        self.number_sealed = 0

    def learn(self, session: Session, books: Books) -> None:
        """Open every seal once. Where the key is another, only shapes can be looked for, and the note says so."""
        after = 0
        while rows := _accounts(session, after):
            for account in rows:
                self._learn(account)
            after = rows[-1].key or 0
            session.expunge_all()
        if self.number_sealed:
            books.note(
                Invariant.I7,
                f"{self.number_sealed} accounts' secrets can't be opened with this key: looked for shapes only.",
            )

    def _learn(self, account: Account) -> None:
        if not account.credentials_sealed:
            return
        try:
            found = vault.open_credentials(account)
        except ConfigurationError:
            self.number_sealed += 1
            return
        public = _public_fields(account.provider)
        own_id = (
            account.platform_account_id
        )  # kept among the credentials by some, and in every answer about the account
        open_values = {own_id, own_id.partition("@")[0]}
        secret = [value for name, value in found.items() if name not in public and value not in open_values]
        self._known |= {_hash(str(value)) for value in secret if _is_long(value)}

    def find(self, text: str) -> str | None:
        """What kind of secret stands there; None where there is none."""
        for name, shape in _SHAPES:
            if shape.search(text):
                return name
        words = (word for found in _WORD.findall(text) for word in {found, found.strip("./-")})
        return "an account's secret" if any(_hash(word) in self._known for word in words) else None


def check(books: Books, secrets: Secrets, batch: Batch) -> None:
    """What networks answered, what was said about it, and what the events keep."""
    for delivery in batch.deliveries:
        _look(books, secrets, delivery.id, (delivery.raw_response, delivery.error_message, delivery.state_reason))
        for attempt in batch.attempts[delivery.key]:
            _look(
                books, secrets, f"{delivery.id} attempt {attempt.number}", (attempt.raw_response, attempt.error_message)
            )
        for event in batch.told[delivery.key]:
            _look(books, secrets, event.id, [str(value) for value in event.details.values()])


def check_logs(books: Books, secrets: Secrets, paths: Collection[Path]) -> None:
    """Line by line; the file and the line are named, never what stands there."""
    for path in paths:
        for number, line in _lines(path):
            _look(books, secrets, f"{path.name}:{number}", (line,))
    books.note(Invariant.I7, f"{len(paths)} log files were read." if paths else "There are no log files here.")


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with path.open(encoding="utf-8", errors="replace") as file:
        yield from enumerate(file, start=1)


def _look(books: Books, secrets: Secrets, about: str, texts: Collection[str | None]) -> None:
    for text in texts:
        if text:
            books.look(Invariant.I7)
            kind = secrets.find(text)
            if kind:
                books.find(Invariant.I7, about, f"holds {kind}")


def _accounts(session: Session, after: int) -> list[Account]:
    statement = select(Account).where(col(Account.key) > after).order_by(col(Account.key)).limit(_ACCOUNTS_AT_A_TIME)
    return list(session.exec(statement))


def _public_fields(provider: str) -> frozenset[str]:
    adapter = PROVIDERS.get(provider)
    fields = adapter.capabilities.credential_fields if adapter else ()
    return frozenset(field.name for field in fields if not field.secret)


def _is_long(value: object) -> bool:
    return isinstance(value, str) and len(value) >= _SHORTEST


def _hash(word: str) -> bytes:
    return blake2b(word.rstrip("=").encode("utf-8", "surrogatepass"), digest_size=12).digest()
