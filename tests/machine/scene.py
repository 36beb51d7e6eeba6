"""Everything that the machine moves, in one place: accounts, jobs, workers, the network, the clock, and the books to check."""

import logging
from collections import Counter

from sqlmodel import SQLModel, select

from dravo_app import crashpoints, db
from dravo_app.models import Account, PublishJob
from dravo_app.services import connecting
from dravo_app.services.caller import Caller
from dravo_app.services.publishing import held, reconcile
from dravo_app.settings import get_settings
from tests.machine import truth
from tests.machine.network import Network
from tests.machine.passing_time import Time
from tests.machine.workers import Conversation, Stage, Worker

PROFILES = (("alice", "x"), ("bob", "x"), ("carol", "bluesky"))
ENDED = ("failed", *truth.FINAL_FOR_GOOD)
_WORKERS = 2
_ROUNDS = 200
_KEPT = {"workspace", "watermark"}


class Scene:
    """Begins empty, whatever was before; one database serves all."""

    def __init__(self, caller: Caller, time: Time, stage: Stage) -> None:
        time.passed = time.wall_is_off_by = 0.0
        self.caller, self.time, self.stage = caller, time, stage
        self.network = Network(time, self._about_to_write, lambda: stage.stand_still("answer on its way"))
        self.trouble = _Trouble()
        self.done = Counter[str]()
        self.jobs: list[str] = []
        self.accounts: list[str] = []
        self.connected: set[int] = set()
        self.workers: list[Worker] = []
        self.dead: list[Worker] = []
        self._gone_for_good: dict[int, str] = {}
        _empty()
        self.books = truth.read_books()

    def begin(self) -> None:
        """The accounts are connected, the workers start."""
        logging.getLogger("dravo_app").addHandler(self.trouble)
        self.accounts = [self.connect(number) for number in range(len(PROFILES))]
        self.workers = [self._make_worker(number) for number in range(_WORKERS)]

    def end(self) -> None:
        """Whatever stands still is unwound; nothing depends on it any more."""
        logging.getLogger("dravo_app").removeHandler(self.trouble)
        for worker in [*self.workers, *self.dead]:
            for conversation in worker.conversations:
                conversation.end()

    def connect(self, number: int) -> str:
        """The id of the account of that profile, connected or connected again."""
        handle, provider = PROFILES[number]
        request = connecting.ConnectRequest(
            provider=provider,
            platform_account_id=handle,
            handle=handle,
            credentials={"access_token": f"sandbox_{handle}"},
        )
        identity = connecting.ask_identity(self.caller, request)
        self.connected.add(number)
        with db.transaction() as session:
            return connecting.connect(session, self.caller, provider, identity)[0].id

    def living(self) -> list[Worker]:
        return [worker for worker in self.workers if not worker.is_frozen]

    def standing(self) -> list[tuple[Worker, Conversation]]:
        """The conversations of living workers, and whose they are."""
        return [(worker, standing) for worker in self.living() for standing in worker.conversations]

    def is_due(self) -> bool:
        now = self.time.wall()
        return any(row.state not in ("sending", "held", *ENDED) and row.run_at <= now for row in self.books.rows)

    def list_failed(self, *, is_unknown: bool) -> list[truth.Row]:
        """Failed deliveries, those with an unknown outcome or all others."""
        failed = [row for row in self.books.rows if row.state == "failed"]
        return [row for row in failed if (row.error_code == "outcome_unknown") == is_unknown]

    def list_held(self) -> list[str]:
        """The jobs of which something waits for a person."""
        with db.reading() as session:
            return [job.job_id for job in held.list_held(session)]

    def let_go(self, job_id: str) -> None:
        with db.transaction() as session:
            held.let_go(session, self.caller, job_id)

    def move(self, which: tuple[Worker, Conversation], outcome: str, stops_at: str = "", deadly: str = "") -> None:
        """A conversation goes on; `outcome` is what becomes of its next request."""
        worker, conversation = which
        self.network.outcome = outcome
        worker.move(conversation, stops_at, deadly)
        self.network.outcome = "ok"  # it may not have asked anything
        if not worker.is_alive:
            self.replace(worker)

    def carry_all(self) -> None:
        for which in self.standing():
            if which[0].is_alive:
                self.move(which, "ok")

    def replace(self, worker: Worker) -> None:
        """It is gone; another process is started, as its supervisor would."""
        worker.is_alive = False
        self.dead.append(worker)
        self.workers[self.workers.index(worker)] = self._make_worker(len(self.workers) + len(self.dead))

    def sweep(self) -> None:
        with db.transaction() as session:
            reconcile.recover_lost(session)

    def pass_time(self, seconds: float) -> None:
        """Time passes, and whoever lives extends its leases meanwhile."""
        beat_every, left = get_settings().engine.heartbeat_seconds, seconds
        while left > 0:
            step = min(left, beat_every if self.standing() else left)
            self.time.passed += step
            left -= step
            for worker in self.living():
                worker.beat()

    def settle(self) -> None:
        """Whoever is frozen wakes up, trouble ends, and all has to come to its end."""
        for worker in self.workers:
            worker.is_frozen = False
        self.carry_all()
        pause = 1.0
        for _ in range(_ROUNDS):
            before = self.books
            self._do_all_that_is_due()
            moving = [row.run_at for row in self.books.rows if row.state not in ENDED]
            if not moving:
                return
            pause = pause * 2 if self.books == before else 1.0  # an account may rest, whatever is due
            ahead = (min(moving) - self.time.wall()).total_seconds()
            self.pass_time(min(max(ahead, pause), 3600.0))
        raise AssertionError(f"it does not come to an end: {self.books.rows}")

    def _do_all_that_is_due(self) -> None:
        self.sweep()
        for job_id in self.list_held():
            self.let_go(job_id)
        self.workers[0].fill()
        self.carry_all()
        self.check()

    def check(self) -> None:
        """Is everything true that is said at this moment?"""
        self.books = truth.read_books()
        wrong = truth.find_lies(self.books, self.network) + truth.find_disorder(self.books) + self.trouble.said
        for row in self.books.rows:
            before = self._gone_for_good.get(row.key, row.state)
            if before != row.state:
                wrong.append(f"delivery {row.key} was {before} for good and is {row.state}")
            if row.state in truth.FINAL_FOR_GOOD:
                self._gone_for_good[row.key] = row.state
        assert not wrong, "\n".join(wrong)

    def status(self, job_id: str) -> str:
        with db.reading() as session:
            return session.exec(select(PublishJob.status).where(PublishJob.id == job_id)).one()

    def ids(self, row: truth.Row) -> tuple[str, str]:
        """The public ids of a delivery's job and account."""
        with db.reading() as session:
            return session.get_one(PublishJob, row.job_key).id, session.get_one(Account, row.account_key).id

    def _make_worker(self, number: int) -> Worker:
        return Worker(f"worker {number}", get_settings().engine, self.stage)

    def _about_to_write(self, network: str, handle: str, text: str) -> None:
        assert not crashpoints.writing.locked(), "a post left in the middle of a transaction"
        truth.check_may_write(network, handle, text)


class _Trouble(logging.Handler):
    """What our own code calls an error in the log is one here."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(self.format(record))


def _empty() -> None:
    with db.transaction() as session:
        for table in reversed(SQLModel.metadata.sorted_tables):
            if table.name not in _KEPT:
                session.connection().execute(table.delete())
