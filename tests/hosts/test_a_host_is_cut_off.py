"""A host that is cut off in the middle of a delivery, with real links between network namespaces: nothing twice, nothing lost."""

from pathlib import Path

import pytest

from tests.hosts import scenarios
from tests.support.namespaces import why_impossible
from tests.support.world import World

pytestmark = [pytest.mark.postgres, pytest.mark.parametrize("database", ["postgres"], indirect=True)]


@pytest.fixture(autouse=True)
def _namespaces() -> None:
    if reason := why_impossible():
        pytest.skip(reason)


@pytest.mark.timeout(240)
def test_after_the_post_became_visible_it_is_found_and_the_sender_outdated(world: World, tmp_path: Path) -> None:
    scenarios.cut_off_after_the_post(world, tmp_path / "apart")


@pytest.mark.long
@pytest.mark.timeout(240)
def test_before_the_request_left_another_sends_it(world: World, tmp_path: Path) -> None:
    scenarios.cut_off_before_the_request(world, tmp_path / "apart")


@pytest.mark.long
@pytest.mark.timeout(240)
def test_what_was_given_up_does_not_arrive_when_the_line_is_whole_again(world: World, tmp_path: Path) -> None:
    scenarios.a_given_up_request_is_not_carried_on_by_the_line(world, tmp_path / "apart")
