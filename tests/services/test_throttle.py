import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dravo_app import db, queues
from dravo_app.errors import NotAuthenticated, TooManyRequests
from dravo_app.models import User
from dravo_app.services import sessions, throttle, users
from dravo_app.starting.queue_server import redis_program, wait_for_server
from tests.conftest import Settle

PASSWORD = "correct horse"


@pytest.fixture
def user(database: str, settle: Settle, tmp_path: Path) -> Iterator[User]:
    """Somebody with a password, beside a real queue server."""
    (tmp_path / "redis").mkdir()
    folder = Path(tempfile.mkdtemp(prefix="dravo-test-"))  # a socket's path has to be short
    program, url = redis_program(folder, tmp_path)
    with subprocess.Popen(program.command, stdout=subprocess.DEVNULL) as server:
        try:
            assert wait_for_server(url, 5.0)
            settle(DATABASE_URL=database, REDIS_URL=url)
            with db.transaction() as session:
                owner = users.create_owner(session, "ada@example.com", PASSWORD)
            yield owner
        finally:
            queues.connection().close()
            server.terminate()
            server.wait(5)
            shutil.rmtree(folder)


def _try(email: str, password: str, address: str = "") -> None:
    with db.reading() as session:
        sessions.check_password(session, email, password, address)


def _fail(email: str, times: int, address: str = "") -> None:
    for _ in range(times):
        with pytest.raises(NotAuthenticated):
            _try(email, "wrong horse", address)


def test_after_ten_wrong_passwords_even_the_right_one_has_to_wait(user: User) -> None:
    _fail(user.email, 10)

    with pytest.raises(TooManyRequests) as caught:
        _try(user.email, PASSWORD)
    assert caught.value.retry_after_seconds == 900


def test_nine_wrong_passwords_lock_nobody_out_and_right_ones_count_for_nothing(user: User) -> None:
    _fail(user.email, 9)

    for _ in range(3):
        _try(user.email, PASSWORD)


def test_an_address_that_tries_many_people_has_to_wait_and_others_have_not(user: User) -> None:
    for number in range(10):
        _fail(f"nobody{number}@example.com", 1, "192.0.2.7")

    with pytest.raises(TooManyRequests):
        _try(user.email, PASSWORD, "192.0.2.7")
    _try(user.email, PASSWORD, "192.0.2.8")


def test_however_an_email_is_written_it_counts_as_one(user: User) -> None:
    for spelling in (" ada@example.com", "ADA@example.com", "Ada@Example.com "):
        _fail(spelling, 4 if spelling != "Ada@Example.com " else 2)

    with pytest.raises(TooManyRequests):
        _try(user.email, PASSWORD)


def test_without_the_queue_people_can_still_log_in(user: User, settle: Settle, database: str) -> None:
    settle(DATABASE_URL=database, REDIS_URL="unix:///nowhere/redis.sock")
    _fail(user.email, 12)

    _try(user.email, PASSWORD)


def test_of_many_who_log_in_at_once_the_last_are_told_to_come_back(user: User) -> None:
    with ExitStack() as places:
        for _ in range(throttle.MAX_AT_ONCE):
            places.enter_context(throttle.one_of_few())
        with pytest.raises(TooManyRequests) as refused:
            _try(user.email, PASSWORD)
    assert refused.value.retry_after_seconds == 1

    _try(user.email, PASSWORD)


def test_only_a_proxy_on_this_machine_is_believed_about_whom_it_speaks_for() -> None:
    assert throttle.address_of("127.0.0.1", "198.51.100.7") == "198.51.100.7"
    assert throttle.address_of("127.0.0.1", "203.0.113.9, 198.51.100.7") == "198.51.100.7"
    assert throttle.address_of("203.0.113.9", "198.51.100.7") == "203.0.113.9"
    assert throttle.address_of("127.0.0.1", "") == "127.0.0.1"
