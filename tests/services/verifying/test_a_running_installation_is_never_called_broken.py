"""The checker looks while a worker delivers: the world is always a little ahead of the database, and that is no fault."""

from dravo_app.services.verifying.sightings import log_of_file, log_of_server
from dravo_app.services.verifying.verify import verify
from tests.flow.conftest import sandbox, world
from tests.services.verifying.books_of_a_world import Installation, line, red
from tests.support.world import World, wait_for, working

__all__ = ["sandbox", "world"]


def test_looking_again_and_again_while_posts_go_out_finds_nothing(world: World) -> None:
    # Mastodon tells the account's own id in every answer, and it is kept among the credentials: that is no secret.
    accounts = [world.connect(f"reader{number}", ("x", "mastodon")[number % 2]) for number in range(6)]
    rounds = 0
    with working():
        for number in range(12):
            world.publish(f"Post {number} [[sandbox: answer lost]]" if number % 4 == 3 else f"Post {number}", *accounts)
            for _ in range(3):
                found = verify(log_of_server(world.sandbox.url))
                assert found.is_ok, found.broken()
                rounds += 1
        wait_for(world.is_quiet, 40)
    assert rounds == 36 and line(verify(log_of_file(world.sandbox.file)), "I4").looked_at == 72


def test_what_becomes_visible_while_it_looks_is_left_for_the_next_time(installation: Installation) -> None:
    ada = installation.account()
    installation.published("Hello", ada)

    def log(after: int):  # type: ignore[no-untyped-def]
        yield from installation.seen[after:]
        if after == 0:  # after the first look at the log, before the database is read: nobody can have known
            installation.show("Sent by a job of the next second", "ada", "post-2")

    assert verify(log).is_ok
    assert red(installation.check()) == ["I2"]  # the next time somebody must have known


def test_what_the_database_says_may_be_in_the_log_only_by_now(installation: Installation) -> None:
    ada = installation.account()
    seen = installation.seen
    reads = []

    def log(after: int):  # type: ignore[no-untyped-def]
        reads.append(after)
        if len(reads) == 1:
            yield from seen[after:]
            installation.published("Between the two looks", ada)
        else:
            yield from seen[after:]

    assert verify(log).is_ok


def test_without_a_log_it_says_so(installation: Installation) -> None:
    installation.published("Hello", installation.account(), is_shown=False)
    found = verify(None)
    assert found.is_ok and "within the database only" in line(found, "I4").notes[0]


def test_what_was_posted_before_the_account_was_connected_here_is_not_ours(installation: Installation) -> None:
    installation.account()
    installation.show("From an installation that was here before", "ada", "post-0")
    installation.seen[0] = installation.seen[0]._replace(at="2020-01-01T00:00:00Z")
    assert installation.check().is_ok
