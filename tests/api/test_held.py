"""`POST /v1/publish/{job_id}/release` and `discard`, `late_policy` and the workspace's rule."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col, select

from dravo_app import clock, db
from dravo_app.errors import NotAllowed
from dravo_app.models import Delivery, Event, Role
from dravo_app.services import workspaces
from dravo_app.services.caller import Caller
from dravo_app.services.publishing import release
from dravo_app.services.publishing.rollup import roll_up
from dravo_app.services.workspaces import WorkspaceChange
from tests.api.conftest import Api
from tests.conftest import MovableClock


def test_what_is_held_is_let_go_once_and_the_receipt_says_why_it_was(
    api: Api, account: str, movable_clock: MovableClock
) -> None:
    job = _held(api, account, movable_clock)
    receipt = api.get(f"/publish/{job}").json()
    assert (receipt["status"], receipt["late_policy"], receipt["held_at"]) == (
        "scheduled",
        "ask",
        "2026-07-01T12:00:00Z",
    )
    result = receipt["results"][0]
    assert (result["status"], result["state_reason"]) == ("scheduled", "late")
    assert (result["next_step"]["who_acts"], result["next_step"]["action"]) == ("author", "release")
    first, second = (api.post(f"/publish/{job}/release", {}, headers={"Idempotency-Key": "go"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert (first.json()["status"], first.json()["held_at"], first.json()["late_seconds"]) == ("queued", None, 7200)
    again = api.post(f"/publish/{job}/release")
    assert again.status_code == 409 and again.json()["detail"] == "Nothing of this job is held; it is queued."


def test_what_is_held_can_be_canceled(api: Api, account: str, movable_clock: MovableClock) -> None:
    job = _held(api, account, movable_clock)
    assert api.get("/publish?status=scheduled").json()["total"] == 1
    assert api.post(f"/publish/{job}/cancel").json()["status"] == "canceled"
    assert api.post(f"/publish/{job}/release").status_code == 409


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_nobody_else_s_job_is_let_go(api: Api, live: Api, account: str, movable_clock: MovableClock) -> None:
    job = _held(api, account, movable_clock)
    assert live.post(f"/publish/{job}/release").status_code == 404


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_late_policy_is_one_of_three_words_and_warns_without_a_time(api: Api, account: str) -> None:
    body = {"account_ids": [account], "text": "Now", "late_policy": "skip"}
    found = api.post("/publish/validate", body).json()
    assert found["publishable"] and [flaw["code"] for flaw in found["warnings"]] == ["late_policy_unused"]
    assert api.post("/publish", body).status_code == 202
    assert api.post("/publish", {**body, "late_policy": "never"}).status_code == 400


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_job_that_has_begun_is_not_canceled_but_what_is_held_of_it_is_discarded(
    api: Api, live: Api, account: str, movable_clock: MovableClock
) -> None:
    job = _held(api, account, movable_clock)
    with db.transaction() as session:
        delivery = session.exec(select(Delivery)).one()
        delivery.fence = 1  # it was claimed once, before the database went back
        roll_up(session, [delivery.job_key], clock.now())
    refused = api.post(f"/publish/{job}/cancel")
    assert refused.status_code == 409 and "this one is processing" in refused.json()["detail"]
    assert live.post(f"/publish/{job}/discard").status_code == 404
    first, second = (api.post(f"/publish/{job}/discard", headers={"Idempotency-Key": "stop"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200) and second.headers["Idempotent-Replayed"] == "true"
    assert (first.json()["status"], first.json()["held_at"]) == ("canceled", None)
    again = api.post(f"/publish/{job}/discard")
    assert again.status_code == 409 and again.json()["detail"] == "Nothing of this job is held; it is canceled."


def test_the_workspaces_rule_is_read_by_all_and_changed_by_who_may(api: Api, live: Api) -> None:
    assert api.get("/workspace").json()["late_policy"] == "publish"
    assert live.patch("/workspace", {"late_policy": "ask"}).json()["late_policy"] == "ask"
    assert api.get("/workspace").json()["late_policy"] == "ask"
    for nonsense in ({}, {"late_policy": None}, {"late_policy": "never"}, {"name": "Mine"}):
        assert live.patch("/workspace", nonsense).status_code == 400


def test_a_test_key_does_not_change_what_happens_to_live_posts(api: Api, caller: Caller) -> None:
    refused = api.patch("/workspace", {"late_policy": "skip"})
    assert refused.status_code == 403 and "a test key can't change them" in refused.json()["detail"]
    assert api.get("/workspace").json()["late_policy"] == "publish"
    for _ in range(2):  # a person may, whichever world they look at; what is so already is no event
        with db.transaction() as session:
            workspaces.change_workspace(session, caller, WorkspaceChange(late_policy="skip"))
    with db.reading() as session:
        event = session.exec(select(Event).where(col(Event.type) == "workspace.late_policy")).one()
    assert event.details == {"actor": "usr_tester", "from": "publish", "to": "skip"}


def test_a_member_does_not_change_it(caller: Caller) -> None:
    member = replace(caller, role=Role.MEMBER)
    with db.transaction() as session, pytest.raises(NotAllowed, match="change its rules"):
        workspaces.change_workspace(session, member, WorkspaceChange(late_policy="skip"))


def _held(api: Api, account: str, hand: MovableClock) -> str:
    at = clock.isoformat(hand.now + timedelta(hours=1))
    body = {"account_ids": [account], "text": "Late", "scheduled_at": at, "late_policy": "ask"}
    job: str = api.post("/publish", body).json()["job_id"]
    hand.move(hours=3)
    with db.transaction() as session:
        assert release.release(session) == 1
    return job
