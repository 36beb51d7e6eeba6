"""What must hold after every step: what Dravo says of its deliveries, held against what the world sees and what people did."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from dravo_app import db
from dravo_app.models import Account, AccountGate, Attempt, AttemptResult, Delivery, Event, PublishJob
from dravo_app.services.publishing.rollup import status_of
from tests.machine.network import Network

MAY_BE_PUBLIC = {"sending", "processing", "unconfirmed", "published"}
FINAL_FOR_GOOD = ("published", "canceled")

Place = tuple[str, str, str]
"""A network, an account's plain handle, a text."""


@dataclass(frozen=True)
class Row:
    """What the database says of one delivery."""

    key: int
    job_key: int
    account_key: int
    place: Place
    state: str
    fence: int
    error_code: str | None
    post_id: str | None
    run_at: datetime

    @property
    def may_be_public(self) -> bool:
        return self.state in MAY_BE_PUBLIC or (self.state == "failed" and self.error_code == "outcome_unknown")


def plain(handle: str) -> str:
    return handle.removesuffix(".test")


@dataclass(frozen=True)
class Books:
    """What the database says of everything, at one moment."""

    rows: list[Row]
    jobs: dict[int, str]
    in_flight: dict[int, int | None]
    settled_by_people: set[int]


def read_books() -> Books:
    """Deliveries oldest first."""
    with db.reading() as session:
        deliveries = session.execute(_DELIVERIES).all()
        jobs = session.execute(select(PublishJob.key, PublishJob.status)).all()
        gates = session.execute(select(AccountGate.account_key, AccountGate.in_flight_key)).all()
        settled = session.execute(select(Event.delivery_key).where(Event.type == "delivery.resolved")).scalars().all()
    rows = [
        Row(key, job_key, account_key, (provider, plain(handle), text), *state)
        for key, job_key, account_key, provider, handle, text, *state in deliveries
    ]
    return Books(rows, dict(map(tuple, jobs)), dict(map(tuple, gates)), set(settled))


_DELIVERIES = (
    select(  # type: ignore[call-overload]
        Delivery.key,
        Delivery.job_key,
        Delivery.account_key,
        Delivery.provider,
        Account.handle,
        PublishJob.text,
        Delivery.state,
        Delivery.fence,
        Delivery.error_code,
        Delivery.platform_post_id,
        Delivery.run_at,
    )
    .join(Account, col(Account.key) == col(Delivery.account_key))
    .join(PublishJob, col(PublishJob.key) == col(Delivery.job_key))
    .order_by(col(Delivery.key))
)


def find_lies(books: Books, network: Network) -> list[str]:
    """Where the world and the words differ. What is under way to the network counts as public: it will be."""
    rows = books.rows
    seen = Counter((post.network, post.account, post.text) for post in network.posts)
    allowed = Counter(row.place for row in rows if row.may_be_public)
    lies = [f"{place} is public {n} times, {allowed[place]} may be" for place, n in seen.items() if n > allowed[place]]
    where = {(post.network, post.post_id): (post.network, post.account, post.text) for post in network.posts}
    named: Counter[tuple[str, str]] = Counter()
    for row in rows:
        if row.state == "published" and row.post_id is None and row.key not in books.settled_by_people:
            lies.append(f"delivery {row.key} is published, and nobody says where")
        if row.post_id is not None:
            named[row.place[0], row.post_id] += 1
            if where.get((row.place[0], row.post_id)) != row.place:
                lies.append(
                    f"delivery {row.key} names {row.post_id}, which is {where.get((row.place[0], row.post_id))}"
                )
    return lies + [f"{post} answers for {n} deliveries" for post, n in named.items() if n > 1]


def find_disorder(books: Books) -> list[str]:
    """Where the database contradicts itself: jobs and their deliveries, gates and what is in flight."""
    words: dict[int, list[tuple[str, int]]] = defaultdict(list)
    sending: dict[int, list[int | None]] = defaultdict(list)
    for row in books.rows:
        words[row.job_key].append((row.state, row.fence))
        if row.state == "sending":
            sending[row.account_key].append(row.key)
    disorder = [
        f"job {key} is {status}, its deliveries say {status_of(words[key])}"
        for key, status in books.jobs.items()
        if status != status_of(words[key])
    ]
    for account_key, in_flight in books.in_flight.items():
        if [in_flight] != (sending[account_key] or [None]):
            disorder.append(f"account {account_key}'s gate says {in_flight}, sending: {sending[account_key]}")
    return disorder


def check_may_write(network: str, handle: str, text: str) -> None:
    """A post arrives at the network: is it the one in flight there, with its attempt written down under the present fence?"""
    statement = (
        select(Delivery.fence, PublishJob.text, Account.handle)
        .join(Account, col(Account.key) == col(Delivery.account_key))
        .join(PublishJob, col(PublishJob.key) == col(Delivery.job_key))
        .join(Attempt, col(Attempt.delivery_key) == col(Delivery.key))
        .where(
            col(Delivery.state) == "sending",
            col(Delivery.provider) == network,
            col(Attempt.result) == AttemptResult.OPEN,
            col(Attempt.fence) == col(Delivery.fence),
        )
    )
    with db.reading() as session:
        found = [said for _, said, name in session.exec(statement) if plain(name) == handle]
    assert found == [text], f"{text!r} was sent to {network}/{handle}, in flight with a written attempt: {found}"
