"""I2, I4 and the world's side of I9: what the database says is public, held against what the world saw.

The comparison happens in a scratch table on disk, so that neither side has to fit in memory. A post becomes visible before the
database can know of it, so a running installation needs two instants: what the log said before the database was looked at must
be explained by the database; what the database says must be in the log as it was afterwards.
"""

import sqlite3
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b

from dravo_app.models import DeliveryState, Environment
from dravo_app.services import composition
from dravo_app.services.publishing.lifecycle import FINAL
from dravo_app.services.verifying.books import Books, Invariant
from dravo_app.services.verifying.rows import AccountRow, Batch, DeliveryRow, EventRow
from dravo_app.services.verifying.sightings import Sighting

_SCRATCH = """
CREATE TABLE seen (
  network TEXT NOT NULL, post_id TEXT NOT NULL, seq INTEGER NOT NULL, profile TEXT NOT NULL, at REAL NOT NULL,
  place BLOB NOT NULL, words TEXT NOT NULL, PRIMARY KEY (network, post_id)) WITHOUT ROWID;
CREATE TABLE ours (profile TEXT PRIMARY KEY, since REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE claimed (network TEXT NOT NULL, post_id TEXT NOT NULL, delivery TEXT NOT NULL);
CREATE TABLE asked (place BLOB NOT NULL, delivery TEXT NOT NULL, may_have INTEGER NOT NULL, may_show INTEGER NOT NULL);
"""
_AGAIN = """
SELECT network || ' ' || post_id, group_concat(delivery, ', ') FROM claimed GROUP BY network, post_id HAVING count(*) > 1
"""
_MISSING = """
SELECT claimed.delivery, claimed.network, claimed.post_id FROM claimed LEFT JOIN seen USING (network, post_id)
WHERE seen.post_id IS NULL
"""
_UNCLAIMED = """
WITH extra AS (
  SELECT place, count(*) AS number, min(seq) AS seq, min(network || ' ' || post_id) AS post, min(words) AS words
  FROM seen JOIN ours USING (profile)
  WHERE seq <= ? AND at >= since AND NOT EXISTS (
    SELECT 1 FROM claimed WHERE claimed.network = seen.network AND claimed.post_id = seen.post_id)
  GROUP BY place)
SELECT extra.post, extra.words, extra.number, coalesce(sum(may_have), 0), coalesce(sum(may_show), 0), min(delivery)
FROM extra LEFT JOIN asked ON asked.place = extra.place
GROUP BY extra.place HAVING extra.number > coalesce(sum(may_show), 0) ORDER BY extra.seq
"""


class World:
    """`has_log`: is there a log to hold the database against? Without one it is held against itself only."""

    def __init__(self, *, has_log: bool) -> None:
        self.has_log = has_log
        self.number_seen = 0
        self.last_seq = 0
        self._known_before = 0
        self._scratch = sqlite3.connect("", isolation_level=None)  # a file of its own that nobody else sees
        self._scratch.executescript(_SCRATCH)
        self._scratch.execute("PRAGMA cache_size = -32000")
        self._scratch.execute("BEGIN")

    def close(self) -> None:
        self._scratch.close()

    def see(self, sightings: Iterable[Sighting]) -> None:
        """Take in what the log says, from where it was last read."""
        for seen in sightings:
            profile = _profile(seen.network, seen.account)
            self._scratch.execute(
                "INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    seen.network, seen.post_id, seen.seq, profile, datetime.fromisoformat(seen.at).timestamp(),
                    _place(profile, seen.text), seen.text[:60],
                ),
            )  # fmt: skip
            self.number_seen += 1
            self.last_seq = seen.seq

    def look_at_database(self) -> None:
        """From now on the database is read: what was seen until here it must know of."""
        self._known_before = self.last_seq

    def own(self, accounts: Iterable[AccountRow]) -> None:
        """The accounts whose posts are to be explained. What was posted before an account was connected here isn't ours."""
        rows = ((_profile(one.provider, one.handle), one.created_at.timestamp()) for one in accounts)
        self._scratch.executemany(
            "INSERT INTO ours VALUES (?, ?) ON CONFLICT (profile) DO UPDATE SET since = min(since, excluded.since)",
            rows,
        )

    def check(self, books: Books, batch: Batch) -> None:
        """What each delivery says of itself, and what it will be held against."""
        for delivery in batch.deliveries:
            told = batch.told[delivery.key]
            books.look(Invariant.I2)
            _check_published(books, delivery, told)
            if delivery.platform_post_id is not None:
                row = (delivery.provider, delivery.platform_post_id, delivery.id)
                if delivery.environment == Environment.TEST and self.has_log:
                    self._scratch.execute("INSERT INTO claimed VALUES (?, ?, ?)", row)
            if delivery.environment == Environment.TEST and self.has_log:
                job, account = batch.jobs[delivery.job_key], batch.accounts[delivery.account_key]
                text = composition.text_for(job.text, job.provider_options, delivery.provider, account.id)
                place = _place(_profile(delivery.provider, account.handle), text)
                may_have, may_show = _unclaimed_allowed(delivery, told)
                self._scratch.execute("INSERT INTO asked VALUES (?, ?, ?, ?)", (place, delivery.id, may_have, may_show))

    def compare(self, books: Books) -> None:
        """Hold one against the other, once all of both is known."""
        self._scratch.execute("CREATE INDEX claimed_post ON claimed (network, post_id)")
        self._scratch.execute("CREATE INDEX asked_place ON asked (place)")
        for post, deliveries in self._scratch.execute(_AGAIN):
            books.find(Invariant.I2, post, f"is claimed by more than one delivery: {deliveries}")
        if not self.has_log:
            return
        for delivery, network, post_id in self._scratch.execute(_MISSING):
            books.find(Invariant.I4, delivery, f"is published, and {network} doesn't show {post_id}")
        for post, words, number, may_have, _, delivery in self._scratch.execute(_UNCLAIMED, (self._known_before,)):
            about = delivery or post
            if number > may_have:
                books.find(
                    Invariant.I2, about, f"the world shows {post} {words!r} {number} more times than was asked for"
                )
            else:
                books.find(Invariant.I9, about, f"the world shows {post} {words!r}, and no delivery says so")


def _check_published(books: Books, delivery: DeliveryRow, told: list[EventRow]) -> None:
    if delivery.state != DeliveryState.PUBLISHED:
        if delivery.platform_post_id is not None:
            books.find(Invariant.I9, delivery.id, f"is {delivery.state}, and has the post {delivery.platform_post_id}")
        return
    books.look(Invariant.I4)
    if delivery.platform_post_id is None and not any(event.type == "delivery.resolved" for event in told):
        books.find(Invariant.I4, delivery.id, "is published, and nobody says where")


def _unclaimed_allowed(delivery: DeliveryRow, told: list[EventRow]) -> tuple[int, int]:
    """How many posts with its words may be there without being the one that it names: in all, and as it stands.

    Who said that it isn't there and had it sent again was perhaps wrong, and knows it.
    """
    again = sum(1 for event in told if event.details.get("send_again") or _is_retry_of_absent(event))
    is_named = delivery.platform_post_id is not None
    may_be_public = (
        delivery.state == DeliveryState.PUBLISHED
        or delivery.error_code == "outcome_unknown"
        or delivery.state not in FINAL
    )
    return again + (not is_named), again + (may_be_public and not is_named)


def _is_retry_of_absent(event: EventRow) -> bool:
    return event.type == "delivery.retried" and event.details.get("error_code") == "not_published"


def _profile(network: str, handle: str) -> str:
    return f"{network} {handle.lstrip('@').lower().removesuffix('.test')}"


def _place(profile: str, text: str) -> bytes:
    said = unicodedata.normalize("NFC", text).strip()  # as networks do
    return blake2b(f"{profile}\0{said}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
