"""`POST /v1/publish/{job_id}/retry`: what failed goes out again, what can't is refused account by account."""

import pytest
from sqlmodel import col, select

from dravo_app import clock, db
from dravo_app.models import Account, Delivery, DeliveryState, Health
from dravo_app.services import tokens
from dravo_app.services.caller import Caller
from dravo_app.services.publishing.lifecycle import move
from dravo_app.services.publishing.rollup import roll_up
from tests.api.conftest import Api, make_account


def test_what_failed_is_queued_again_and_the_receipt_says_who_acts_next(api: Api, account: str) -> None:
    job = _failed(api, account)
    before = api.get(f"/publish/{job}").json()["results"][0]
    assert (before["error_code"], before["who_acts"]) == ("provider_unavailable", "author")
    assert before["next_step"] == {
        "who_acts": "author",
        "action": "retry",
        "message": "Dravo has stopped trying. Retry when X works again.",
        "at": None,
    }
    answer = api.post(f"/publish/{job}/retry")
    assert answer.status_code == 202
    assert (answer.json()["job_id"], answer.json()["status"]) == (job, "processing")
    assert answer.json()["results"][0]["next_step"]["action"] == "wait"
    assert _states() == ["queued"]


def test_the_same_request_twice_is_done_once(api: Api, account: str) -> None:
    job, key = _failed(api, account), {"Idempotency-Key": "again"}
    first, second = (api.post(f"/publish/{job}/retry", {}, headers=key) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202)
    assert second.headers["Idempotent-Replayed"] == "true" and second.json() == first.json()
    assert api.post(f"/publish/{job}/retry", {"account_ids": [account]}, headers=key).status_code == 422
    assert api.post(f"/publish/{job}/retry").status_code == 409


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_refusal_has_a_sentence_for_each_account(api: Api, caller: Caller, account: str) -> None:
    other = make_account(caller, "bob")
    job = _failed(api, account, other, codes=("content_rejected", "reconnect_required"))
    with db.transaction() as session:
        row = session.exec(select(Account).where(col(Account.id) == other)).one()
        tokens.mark_health(session, row, Health.NEEDS_RECONNECT, "gone")
    wanted: list[tuple[dict[str, object], list[str]]] = [
        ({"account_ids": [account, other]}, ["/account_ids/0", "/account_ids/1"]),
        ({}, ["", ""]),
    ]
    for body, pointers in wanted:
        answer = api.post(f"/publish/{job}/retry", body)
        assert (answer.status_code, answer.json()["code"]) == (409, "retry_refused")
        assert [(flaw["pointer"], flaw["code"]) for flaw in answer.json()["errors"]] == [
            (pointers[0], "needs_a_new_post"),
            (pointers[1], "reconnect_first"),
        ]
        assert answer.json()["errors"][1]["message"].startswith("X, bob: The account needs to be connected again")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_nobody_else_s_job_and_no_nonsense(api: Api, live: Api, account: str) -> None:
    job = _failed(api, account)
    assert live.post(f"/publish/{job}/retry").status_code == 404
    assert api.post("/publish/job_unknown/retry").status_code == 404
    nonsense: list[object] = [{"account_ids": []}, {"account_ids": ["acc_no"]}, {"account_ids": account}, {"a": []}, []]
    for body in nonsense:
        assert api.post(f"/publish/{job}/retry", body).status_code == 400
    assert _states() == ["failed"]


def _failed(api: Api, *accounts: str, codes: tuple[str, ...] = ("provider_unavailable",)) -> str:
    job: str = api.post("/publish", {"account_ids": list(accounts), "text": "Shipping Dravo"}).json()["job_id"]
    with db.transaction() as session:
        deliveries = session.exec(select(Delivery).order_by(col(Delivery.key))).all()
        for delivery, code in zip(deliveries, codes, strict=True):
            delivery.error_code, delivery.error_message, delivery.who_acts = code, "No.", "nobody"
            for state in (DeliveryState.SENDING, DeliveryState.FAILED):
                move(session, delivery, state, clock.now())
            delivery.fence = 1
        roll_up(session, [deliveries[0].job_key], clock.now())
    return job


def _states() -> list[str]:
    with db.reading() as session:
        return list(session.exec(select(Delivery.state)))
