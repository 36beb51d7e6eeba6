"""The proof's plan: the same for the same seed, and every fault that the sandbox knows is in it."""

from typing import get_args

from dravo_app.proving.plan import MEANINGS, NETWORKS, make_plan, marker_name, texts_at
from dravo_app.sandbox.faults import Kind, markers_in
from dravo_app.services.proofs.keeping import FEWEST, USUAL

_ALL = {str(kind) for kind in get_args(Kind)} - {"ok"}


def test_the_same_seed_makes_the_same_posts() -> None:
    assert make_plan(7, USUAL) == make_plan(7, USUAL)
    assert make_plan(7, USUAL) != make_plan(8, USUAL)


def test_the_usual_plan_has_every_fault_there_is() -> None:
    texts = " ".join(f"{post.text} {post.alt_text}" for post in make_plan(1, USUAL).posts)
    assert {marker.kind for marker in markers_in(texts)} == _ALL
    assert set(MEANINGS) == _ALL == {marker_name(marker.written) for marker in markers_in(texts)}


def test_it_goes_to_every_network_now_and_later() -> None:
    plan = make_plan(1, USUAL)
    assert {place.network for place in plan.places} == set(NETWORKS)
    assert 90 <= plan.deliveries <= 125
    assert len([post for post in plan.posts if post.in_seconds]) >= 4


def test_a_text_and_an_account_name_one_delivery() -> None:
    for count in (FEWEST, USUAL, 200):
        plan = make_plan(3, count)
        assert len(plan.posts) == count
        assert len(texts_at(plan.posts)) == plan.deliveries
        assert [len(set(post.places)) for post in plan.posts] == [len(p.places) for p in plan.posts]


def test_answers_get_lost_late_in_every_plan() -> None:
    for count in (FEWEST, 9, USUAL):
        assert all("answer lost" in post.text and "slow" in post.text for post in make_plan(5, count).late)
