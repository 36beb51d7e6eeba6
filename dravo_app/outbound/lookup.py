"""Window to strangers: asks for the addresses of a name, within a time, however long the system's resolver takes."""

import socket
import threading
import time
from concurrent.futures import Future
from ipaddress import ip_address

from dravo_app.outbound.addresses import Address

LOOK_UP_SECONDS = 5.0
MAX_LOOK_UPS = 32
_MANY_ADDRESSES = 64

SERVERS = threading.BoundedSemaphore(MAX_LOOK_UPS)
FILES = threading.BoundedSemaphore(MAX_LOOK_UPS)
"""Slots: whoever hands out addresses whose names never answer must not keep accounts from their servers."""


class NotNow(Exception):
    """The name could not be looked up in time, or its name server fails: it may be there later."""


def find(host: str, port: int, seconds: float, slots: threading.BoundedSemaphore) -> list[Address]:
    """Every address of a host; none where it has none, or one that is no public place. Raises NotNow.

    `seconds` covers waiting for a free slot and the answer. The system's resolver can't be interrupted: a look-up that hangs
    keeps its slot until it ends, so at most `MAX_LOOK_UPS` can hang for each purpose.
    """
    if host == "localhost" or host.endswith(".localhost"):  # this machine, whatever a name server or a hosts file says
        return [ip_address("127.0.0.1")]
    try:
        return [ip_address(host)]
    except ValueError:
        return _asked(host, port, time.monotonic() + seconds, slots)


def _asked(host: str, port: int, ends_at: float, slots: threading.BoundedSemaphore) -> list[Address]:
    if not slots.acquire(timeout=max(ends_at - time.monotonic(), 0)):
        raise NotNow
    answer: Future[list[Address]] = Future()
    asking = threading.Thread(target=_look_up, args=(host, port, answer, slots), name="look-up", daemon=True)
    try:
        asking.start()
    except RuntimeError:  # the system gives no more threads
        slots.release()
        raise NotNow from None
    try:
        return answer.result(timeout=max(ends_at - time.monotonic(), 0))
    except TimeoutError:
        raise NotNow from None


def _look_up(host: str, port: int, answer: Future[list[Address]], slots: threading.BoundedSemaphore) -> None:
    try:
        answer.set_result(_addresses(host, port))
    except Exception as error:  # noqa: BLE001  # whatever it is, it belongs to the thread that waits for it
        answer.set_exception(error)
    finally:
        slots.release()


def _addresses(host: str, port: int) -> list[Address]:
    try:
        answer = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno in _NO_SUCH_NAME:
            return []
        raise NotNow from None
    except UnicodeError:
        return []
    except OSError:
        raise NotNow from None
    found = list(dict.fromkeys(str(entry[4][0]) for entry in answer))
    # A scope such as %eth0 names an interface of ours: never a public place. Nobody needs so many addresses.
    if any("%" in text for text in found) or len(found) > _MANY_ADDRESSES:
        return []
    return [ip_address(text) for text in found]


_NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
