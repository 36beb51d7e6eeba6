"""START worker: RQ listens for wake-ups, the intake carries deliveries, the ticker repairs. Runs until SIGTERM or SIGINT.

`--no-ticker` leaves the repairs to others; `--only-ticker` leaves them the deliveries.
"""

import argparse
import logging
import os
import signal
import socket
import threading
import time
from dataclasses import dataclass
from typing import Any, NoReturn

from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from rq.timeouts import TimerDeathPenalty
from sqlalchemy.exc import SQLAlchemyError

from dravo_app import db, queues
from dravo_app.ids import new_id
from dravo_app.services import members, schema
from dravo_app.services.media import fetching
from dravo_app.services.publishing import wakeup
from dravo_app.services.publishing.intake import Intake
from dravo_app.services.publishing.ticker import TICKER, Ticker
from dravo_app.settings import get_settings
from dravo_app.starting.lifeline import die_with_parent

log = logging.getLogger("dravo.worker")

_GRACE_SECONDS = 3.0  # after the drain, for handing back what is ours
_OUTDATED = 3


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 when everything under way came home within the time allowed, 1 otherwise, 3 beside a database of another version."""
    options = _options(arguments)
    if os.environ.get("DRAVO_DIE_WITH_PARENT") == "1":
        die_with_parent()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for chatty in ("httpx", "httpcore", "rq.worker", "rq"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    if outdated := _why_outdated():
        log.error(outdated)
        return _OUTDATED
    work = _Work()
    return _tick(work) if options.only_ticker else _deliver(work, may_lead=not options.no_ticker)


class _Work:
    """Until when to work, and why it ended early.

    A signal's handler takes no lock: it may come while the main thread is just taking that very lock. And a signal that comes
    right before a wait begins doesn't interrupt it. So signals arrive, as everything else that ends the work, as a byte in a pipe.
    """

    def __init__(self) -> None:
        self.outdated = False
        self._news, self._told = os.pipe()
        os.set_blocking(self._told, False)
        signal.set_wakeup_fd(self._told, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)

    def wait_for_its_end(self) -> None:
        """Until a signal came, or `give_up` was called."""
        os.read(self._news, 1)

    def give_up(self, outdated: str) -> None:
        """The database has become another version's."""
        log.error(outdated)
        self.outdated = True
        os.write(self._told, b".")


def _deliver(work: _Work, may_lead: bool) -> int:
    engine = get_settings().engine
    intake = Intake(_name(), engine)
    ticker = Ticker(intake, engine, may_lead=may_lead, on_outdated=work.give_up)
    wakeup.listen(intake.nudge)
    intake.start()
    ticker.start()
    threading.Thread(target=_listen_for_wakeups, name="rq", daemon=True).start()
    log.info("worker %s is ready", intake.owner)
    work.wait_for_its_end()
    _end_at_the_latest_in(engine.drain_seconds + _GRACE_SECONDS)
    log.info("worker %s stops: finishing what is under way", intake.owner)
    is_home = intake.stop()
    ticker.stop()
    if is_home:  # else a post may still need its pictures
        fetching.close()
    return _exit_code(work, is_home)


@dataclass
class _NoWorker:
    """A ticker alone: what its sweep finds is announced to the workers."""

    owner: str

    def nudge(self) -> None:
        queues.wake()


def _tick(work: _Work) -> int:
    engine = get_settings().engine
    alone = _NoWorker(_name())
    ticker = Ticker(alone, engine, role=TICKER, on_outdated=work.give_up)
    ticker.start()
    log.info("ticker %s is ready", alone.owner)
    work.wait_for_its_end()
    _end_at_the_latest_in(_GRACE_SECONDS)
    ticker.stop()
    return _exit_code(work, True)


def _exit_code(work: _Work, is_home: bool) -> int:
    if work.outdated:
        return _OUTDATED
    return 0 if is_home else 1


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m dravo_app.worker", description=__doc__)
    parser.add_argument("--no-ticker", action="store_true")
    parser.add_argument("--only-ticker", action="store_true")
    return parser.parse_args(arguments)


def _why_outdated() -> str | None:
    try:
        with db.reading() as session:
            return schema.why_outdated(session)
    except SQLAlchemyError as error:  # the database may come back
        log.warning("the database does not answer yet: %s", type(error).__name__)
        return None


def _end_at_the_latest_in(seconds: float) -> None:
    """A database that hangs or is away must not keep a worker from ending; what it leaves is taken over by another."""
    timer = threading.Timer(seconds, os._exit, args=(1,))
    timer.daemon = True
    timer.start()


def _name() -> str:
    return members.name_of(socket.gethostname(), os.getpid(), new_id("w")[-8:])


def _listen_for_wakeups() -> None:
    while get_settings().redis_url:
        try:
            _rq_worker().work(logging_level="WARNING")
        except Exception as error:  # noqa: BLE001 - Redis may be away, frozen or emptied at any moment; the dispatcher polls meanwhile
            log.warning("no wake-ups from Redis for now: %s", type(error).__name__)
        time.sleep(1.0)


class _Listener(SimpleWorker):
    """RQ's non-forking worker in a thread of its own: signals belong to the main thread."""

    death_penalty_class = TimerDeathPenalty

    def _install_signal_handlers(self) -> None:
        pass


def _rq_worker() -> Any:
    queue = Queue(queues.QUEUE, connection=queues.listening_connection(), serializer=JSONSerializer)
    return _Listener([queue], connection=queue.connection, serializer=JSONSerializer, worker_ttl=60)


def _run() -> NoReturn:
    code = 1
    try:
        code = main()
    except Exception:  # the database is away, say: said, and ended all the same
        log.exception("the worker could not end as it should")
    logging.shutdown()
    # Python would wait for every thread that still talks to a network, half a minute each. What such a thread was about to
    # hear is looked up by another worker.
    os._exit(code)


if __name__ == "__main__":
    _run()
