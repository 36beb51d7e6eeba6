"""START worker: RQ listens for wake-ups, the intake carries deliveries, the ticker repairs. Runs until SIGTERM or SIGINT."""

import logging
import os
import signal
import socket
import threading
import time
from typing import Any, NoReturn

from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from rq.timeouts import TimerDeathPenalty

from dravo_app import queues
from dravo_app.ids import new_id
from dravo_app.services.media import fetching
from dravo_app.services.publishing import wakeup
from dravo_app.services.publishing.intake import Intake
from dravo_app.services.publishing.ticker import Ticker
from dravo_app.settings import get_settings
from dravo_app.starting.lifeline import die_with_parent

log = logging.getLogger("dravo.worker")

_GRACE_SECONDS = 3.0  # after the drain, for handing back what is ours


def main() -> int:
    """Exit code 0 when everything under way came home within the time allowed, 1 otherwise."""
    if os.environ.get("DRAVO_DIE_WITH_PARENT") == "1":
        die_with_parent()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for chatty in ("httpx", "httpcore", "rq.worker", "rq"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    engine = get_settings().engine
    intake = Intake(_name(), engine)
    ticker = Ticker(intake, engine)
    wakeup.listen(intake.nudge)
    intake.start()
    ticker.start()
    threading.Thread(target=_listen_for_wakeups, name="rq", daemon=True).start()
    log.info("worker %s is ready", intake.owner)
    stopping.wait()
    _end_at_the_latest_in(engine.drain_seconds + _GRACE_SECONDS)
    log.info("worker %s stops: finishing what is under way", intake.owner)
    is_home = intake.stop()
    ticker.stop()
    if is_home:  # else a post may still need its pictures
        fetching.close()
    return 0 if is_home else 1


def _end_at_the_latest_in(seconds: float) -> None:
    """A database that hangs or is away must not keep a worker from ending; what it leaves is taken over by another."""
    timer = threading.Timer(seconds, os._exit, args=(1,))
    timer.daemon = True
    timer.start()


def _name() -> str:
    return f"{socket.gethostname()[:20]}:{os.getpid()}:{new_id('w')[-8:]}"


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
