"""A short walk with a seed in every run of the suite, on both databases; `./dravo chaos` walks for as long as you like."""

import random
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.chaos.books import HANDLE, close_books
from tests.chaos.ground import QUICK, Kind, Servers, standing_ground, wait_until
from tests.chaos.people import Promise
from tests.chaos.scenario import Posting, is_quiet
from tests.chaos.table import FAULTS
from tests.chaos.walk import eligible, plan
from tests.support import databases

SEED = 20261129
SHORT = replace(QUICK, lease_seconds=2.0, heartbeat_seconds=0.5, settle_seconds=2.0)
"""Nothing is held up on a road here, so that less has to be waited for."""
FEW: dict[Kind, tuple[str, ...]] = {
    "sqlite": ("worker killed", "Redis emptied", "road to the network: cut"),
    "postgres": ("Redis killed", "road to PostgreSQL: reset", "road to the network: reset"),
}


@pytest.fixture
def servers(request: pytest.FixtureRequest, tmp_path: Path, kind: Kind) -> Servers:
    postgres: databases.Postgres | None = request.getfixturevalue("_postgres") if kind == "postgres" else None
    if kind == "postgres" and postgres is None:
        pytest.skip("no PostgreSQL here: the test tools' own server does not start, DRAVO_TEST_POSTGRES is not set")
    return Servers(tmp_path, postgres, request.getfixturevalue("_sqlite_template"))


@pytest.mark.timeout(180)
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_nothing_is_lost_twice_or_stuck(servers: Servers, kind: Kind) -> None:
    chance = random.Random(f"{SEED} {kind}")
    by_name = {fault.name: fault for fault in FAULTS}
    with standing_ground(servers, kind, SHORT, workers=1) as ground:
        posting = Posting(ground, chance, most=6)
        posting.start()
        wait_until(lambda: ground.world.count("published") >= 1, 20)
        for name in chance.sample(FEW[kind], len(FEW[kind])):
            harm = by_name[name].harm
            assert harm is not None
            harm(ground, chance)
        promises = posting.end()
        assert wait_until(lambda: is_quiet(ground), 90) is not None, "not whole again within 90 s"
        books = close_books(ground, promises)
    assert books.accepted >= 8 and books.are_good, [*books.trouble, *books.broken]


def test_the_same_seed_walks_the_same_way(tmp_path: Path) -> None:
    servers = Servers(tmp_path, None, tmp_path)
    ways = []
    for seed in (7, 7, 8):
        steps = plan(eligible(servers, "sqlite", "roads"), seed, "sqlite", "roads")
        ways.append(
            [(pause, fault.name, chance.random()) for (pause, fault, chance), _ in zip(steps, range(40), strict=False)]
        )
    assert ways[0] == ways[1] != ways[2]


def test_the_books_notice_what_is_lost_twice_and_stuck(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    servers = Servers(tmp_path, None, request.getfixturevalue("_sqlite_template"))
    with standing_ground(servers, "sqlite", SHORT, workers=0) as ground:
        job = ground.world.publish("Once", ground.world.connect(f"{HANDLE}0"))
        for _ in range(2):  # somebody else's doing: no worker runs
            httpx.post(
                f"{ground.sandbox.x}/2/tweets",
                json={"text": "Once"},
                headers={"Authorization": f"Bearer sandbox_{HANDLE}0"},
            )
        (ground.folder / "worker.log").write_text(f"Bearer sandbox_{HANDLE}0")
        books = close_books(ground, [Promise("Once", ["a"], job), Promise("Never kept", ["a"], "job_unknown")])
    assert (books.lost, books.twice, books.stuck, books.secrets_in_logs) == (1, 1, 1, 1)
    assert books.broken and not books.are_good
