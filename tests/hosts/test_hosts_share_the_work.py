"""Workers and tickers as processes of their own over PostgreSQL and Redis: whatever becomes of one, everything goes out once."""

from pathlib import Path

import pytest

from tests.hosts import scenarios
from tests.support.world import World

pytestmark = [
    pytest.mark.long,
    pytest.mark.postgres,
    pytest.mark.timeout(600),
    pytest.mark.parametrize("database", ["postgres"], indirect=True),
]


def test_a_worker_and_the_leader_die_on_the_way(world: World, tmp_path: Path) -> None:
    scenarios.lose_a_worker_and_the_leader(world, tmp_path)


def test_a_worker_freezes_on_the_way(world: World, tmp_path: Path) -> None:
    scenarios.freeze_a_worker(world, tmp_path)
