"""A write with an Idempotency-Key is done once, however often and however fast it is sent."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlmodel import func, select

from dravo_app import clock, db
from dravo_app.models import Environment, IdempotencyRecord, PublishJob
from dravo_app.services.caller import Caller
from tests.api.conftest import Api, make_key
from tests.conftest import MovableClock


def keyed(key: str = "launch-1") -> dict[str, str]:
    return {"Idempotency-Key": key}


def body(account: str, text: str = "Once") -> dict[str, object]:
    return {"account_ids": [account], "text": text}


def count(table: type) -> int:
    with db.reading() as session:
        return session.exec(select(func.count()).select_from(table)).one()


def test_a_repeat_gets_the_first_answer(api: Api, account: str) -> None:
    first = api.post("/publish", body(account), headers=keyed())
    again = api.post("/publish", body(account), headers=keyed())
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.content == first.content
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert count(PublishJob) == 1


def test_the_order_of_a_bodys_keys_does_not_matter(api: Api, account: str) -> None:
    first = api.post("/publish", {"account_ids": [account], "text": "Once"}, headers=keyed())
    again = api.post("/publish", {"text": "Once", "account_ids": [account]}, headers=keyed())
    assert again.json() == first.json()


def test_another_body_under_the_same_key_is_refused(api: Api, account: str) -> None:
    api.post("/publish", body(account), headers=keyed())
    answer = api.post("/publish", body(account, "Twice"), headers=keyed())
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")
    assert count(PublishJob) == 1


def test_a_refusal_is_not_stored(api: Api, account: str) -> None:
    assert api.post("/publish", body(account, ""), headers=keyed()).status_code == 400
    assert count(IdempotencyRecord) == 0
    assert api.post("/publish", body(account), headers=keyed()).status_code == 202


def test_keys_of_other_addresses_and_environments_are_others(
    api: Api, live: Api, account: str, live_account: str
) -> None:
    job = {**body(account), "scheduled_at": "2031-07-01T09:00:00Z"}
    job_id = api.post("/publish", job, headers=keyed()).json()["job_id"]
    assert api.post(f"/publish/{job_id}/cancel", headers=keyed()).json()["status"] == "canceled"
    assert api.post(f"/publish/{job_id}/cancel", headers=keyed()).headers["idempotent-replayed"] == "true"
    assert live.post("/publish", body(live_account), headers=keyed()).json()["job_id"] != job_id


def test_another_key_of_the_same_workspace_shares_the_scope(api: Api, client: httpx.Client, account: str) -> None:
    other = Api(client, make_key(Environment.TEST))
    first = api.post("/publish", body(account), headers=keyed())
    assert other.post("/publish", body(account), headers=keyed()).json() == first.json()


def test_after_72_hours_the_key_is_free(api: Api, account: str, movable_clock: MovableClock) -> None:
    first = api.post("/publish", body(account), headers=keyed()).json()
    movable_clock.move(hours=71)
    assert api.post("/publish", body(account), headers=keyed()).json() == first
    movable_clock.move(hours=1)
    assert api.post("/publish", body(account, "Another"), headers=keyed()).status_code == 202
    assert (count(PublishJob), count(IdempotencyRecord)) == (2, 1)


@pytest.mark.parametrize("key", ["", " ", "a b", "ü", "a" * 256, "tab\there"])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_key_is_visible_ascii_of_up_to_255(api: Api, account: str, key: str) -> None:
    headers = [("Authorization", f"Bearer {api.token}"), ("Idempotency-Key", key.encode())]
    answer = api.client.post("/v1/publish", json=body(account), headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 400
    assert count(PublishJob) == 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_two_keys_at_once_are_refused(api: Api, account: str) -> None:
    headers = [("Authorization", f"Bearer {api.token}"), ("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    assert api.client.post("/v1/publish", json=body(account), headers=headers).status_code == 400


def test_a_longest_key_works(api: Api, account: str) -> None:
    for _ in range(2):
        assert api.post("/publish", body(account), headers=keyed("~" * 255)).status_code == 202
    assert count(PublishJob) == 1


def test_a_hundred_identical_requests_at_once_make_one_job(api: Api, account: str) -> None:
    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda _: api.post("/publish", body(account), headers=keyed()), range(100)))
    assert count(PublishJob) == 1
    accepted = [answer for answer in answers if answer.status_code == 202]
    assert len({answer.json()["job_id"] for answer in accepted}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in accepted) == 1
    for answer in answers:
        assert answer.status_code in (202, 409), answer.text
        assert answer.status_code == 202 or int(answer.headers["retry-after"]) >= 1


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
@pytest.mark.postgres
def test_while_the_first_runs_a_repeat_is_told_to_wait(api: Api, account: str, caller: Caller) -> None:
    from dravo_app.services import idempotency

    asked = idempotency.Repeatable(caller, "POST", "/v1/publish", "launch-1", b"")
    with db.transaction() as session:
        assert idempotency.find_answer(session, asked) is None
        answer = api.post("/publish", body(account), headers=keyed())
    assert (answer.status_code, answer.json()["code"]) == (409, "request_in_progress")
    assert answer.headers["retry-after"] == "1"
    assert api.post("/publish", body(account), headers=keyed()).status_code == 202


def test_the_stored_answer_and_the_job_are_one_transaction(
    api: Api, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dravo_app.services import idempotency

    def fail(*_: object) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(idempotency, "keep_answer", fail)  # the fault is injected where the record would be written
        assert api.post("/publish", body(account), headers=keyed()).status_code == 500
    assert (count(PublishJob), count(IdempotencyRecord)) == (0, 0)
    assert clock.now() is not None
