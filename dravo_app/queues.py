"""Window to Redis: the only place that enqueues. It wakes workers and counts; it decides nothing and may be lost.

Every call is short and forgiving: without Redis a publish is still accepted and the dispatcher's next poll finds it.
"""

import logging
import threading
import time
from functools import cache

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer

from dravo_app.settings import get_settings

log = logging.getLogger(__name__)

QUEUE = "dravo"
DRAIN = "dravo_app.tasks.drain.drain"
_TIMEOUT_SECONDS = 1.0
_PAUSE_SECONDS = 2.0  # after a failure nobody waits for Redis again for that long
_away_until = 0.0
_local = threading.local()


def wake() -> bool:
    """Ask a worker to look for due deliveries. False where Redis is away; one waiting wake-up is enough for all."""
    global _away_until
    if time.monotonic() < _away_until or not get_settings().redis_url:
        return False
    try:
        queue = _queue()
        if queue.connection.llen(queue.key) == 0:
            queue.enqueue(DRAIN, result_ttl=0, failure_ttl=0, job_timeout=60)
        return True
    except (RedisError, OSError) as error:
        _away_until = time.monotonic() + _PAUSE_SECONDS
        log.warning("Redis is away, workers find the work by themselves: %s", type(error).__name__)
        return False


def ping() -> bool:
    """Does Redis answer?"""
    try:
        return bool(get_settings().redis_url and connection().ping())
    except (RedisError, OSError):
        return False


def count(name: str, window_seconds: int, step: int = 1) -> int:
    """Add `step` to what was counted of `name` within a window and answer the sum (0 only reads); 0 where Redis is away."""
    if not get_settings().redis_url:
        return 0
    try:
        key = f"dravo:count:{name}"
        with connection().pipeline() as pipe:
            pipe.incrby(key, step)
            pipe.expire(key, window_seconds, nx=True)
            return int(pipe.execute()[0])
    except (RedisError, OSError):
        return 0


def connection() -> "Redis":
    """This process's connections, with short time-outs."""
    return _connect(get_settings().redis_url)


def listening_connection() -> "Redis":
    """A connection that waits for work: RQ blocks on it far longer than a short time-out."""
    return Redis.from_url(get_settings().redis_url, socket_connect_timeout=_TIMEOUT_SECONDS, health_check_interval=15)


@cache
def _connect(url: str) -> "Redis":
    return Redis.from_url(url, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS)


def _queue() -> Queue:
    found: Queue | None = getattr(_local, "queue", None)
    if found is None or found.connection is not connection():
        found = _local.queue = Queue(QUEUE, connection=connection(), serializer=JSONSerializer)
    return found
