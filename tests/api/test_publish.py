"""The three core operations, to the letter of the contract, and the receipt beside them."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col, func, select

from dravo_app import clock, db
from dravo_app.models import Delivery, DeliveryState, Environment, PublishJob
from dravo_app.services.caller import Caller
from tests.api.conftest import Api, make_account


def ahead(**by: float) -> str:
    return clock.isoformat(clock.now() + timedelta(**by))


def count_jobs() -> int:
    with db.reading() as session:
        return session.exec(select(func.count()).select_from(PublishJob)).one()


def test_a_publish_is_accepted_and_stored(api: Api, account: str) -> None:
    answer = api.post("/publish", {"account_ids": [account], "text": "Shipping Dravo"})
    assert answer.status_code == 202
    job_id = answer.json()["job_id"]
    assert answer.json() == {"job_id": job_id, "status": "queued", "scheduled_at": None}
    assert job_id.startswith("job_")
    with db.reading() as session:
        job = session.exec(select(PublishJob).where(col(PublishJob.id) == job_id)).one()
        assert job.text == "Shipping Dravo"
        assert session.exec(select(Delivery.state)).all() == ["queued"]


def test_a_scheduled_publish_says_when_in_utc(api: Api, account: str) -> None:
    answer = api.post(
        "/publish", {"account_ids": [account], "text": "Later", "scheduled_at": "2031-07-01T11:00:00+02:00"}
    )
    assert answer.status_code == 202
    assert answer.json()["status"] == "scheduled"
    assert answer.json()["scheduled_at"] == "2031-07-01T09:00:00Z"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"text": ""}, "/text"),
        ({"text": " \n\t "}, "/text"),
        ({"text": "x" * 5001}, "/text"),
        ({"text": 5}, "/text"),
        ({"text": None}, "/text"),
        ({"text": "a" * 281}, "/text"),
        ({"account_ids": []}, "/account_ids"),
        ({"account_ids": ["acc_unknown"]}, "/account_ids/0"),
        ({"account_ids": "ACCOUNT"}, "/account_ids"),
        ({"account_ids": ["ACCOUNT", "ACCOUNT"]}, "/account_ids/1"),
        ({"account_ids": [1]}, "/account_ids/0"),
        ({"account_ids": ["ACCOUNT", *(f"acc_{n}" for n in range(100))]}, "/account_ids"),
        ({"media_urls": ["https://93.184.215.14/a.png"] * 21}, "/media_urls"),
        ({"media_urls": [5]}, "/media_urls/0"),
        ({"media_urls": ["https://93.184.215.14/a.png", "http://127.0.0.1/a.png"]}, "/media_urls/1"),
        ({"provider_options": {"x": {"media_urls": ["http://10.0.0.1/a.png"]}}}, "/provider_options/x/media_urls/0"),
        ({"media_urls": "https://example.com/a.png"}, "/media_urls"),
        ({"provider_options": {"myspace": {}}}, "/provider_options/myspace"),
        ({"provider_options": {"x": {"nonsense": 1}}}, "/provider_options/x/nonsense"),
        ({"provider_options": []}, "/provider_options"),
        ({"scheduled_at": "2031-07-01T09:00:00"}, "/scheduled_at"),
        ({"scheduled_at": "2031-07-01"}, "/scheduled_at"),
        ({"scheduled_at": "tomorrow"}, "/scheduled_at"),
        ({"scheduled_at": "2031-02-30T09:00:00Z"}, "/scheduled_at"),
        ({"scheduled_at": 1940749200}, "/scheduled_at"),
        ({"scheduled_at": "1940749200"}, "/scheduled_at"),
        ({"scheduled_at": ""}, "/scheduled_at"),
        ({"scheduled_at": True}, "/scheduled_at"),
        ({"metadata": {"a": 1}}, "/metadata/a"),
        ({"metadata": {f"k{n}": "v" for n in range(21)}}, "/metadata"),
        ({"schedule_at": "2031-07-01T09:00:00Z"}, "/schedule_at"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_invalid_publish_is_refused_and_nothing_is_stored(
    api: Api, account: str, change: dict[str, object], pointer: str
) -> None:
    body = {"account_ids": [account], "text": "Hello", **change}
    wanted = body["account_ids"]
    if isinstance(wanted, list):
        body["account_ids"] = [account if one == "ACCOUNT" else one for one in wanted]
    answer = api.post("/publish", body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert pointer in [flaw["pointer"] for flaw in answer.json()["errors"]], answer.json()
    assert count_jobs() == 0


def test_a_time_less_than_a_minute_ahead_is_refused(api: Api, account: str) -> None:
    for seconds, status in ((-3600, 400), (0, 400), (55, 400), (65, 202)):
        body = {"account_ids": [account], "text": "Soon", "scheduled_at": ahead(seconds=seconds)}
        assert api.post("/publish", body).status_code == status, seconds


def test_missing_fields_are_each_named(api: Api) -> None:
    answer = api.post("/publish", {})
    assert answer.status_code == 400
    assert {flaw["pointer"] for flaw in answer.json()["errors"]} == {"/account_ids", "/text"}


def test_an_account_of_the_other_environment_is_unknown(api: Api, live_account: str) -> None:
    assert api.post("/publish", {"account_ids": [live_account], "text": "Hello"}).status_code == 400


def test_only_a_scheduled_job_can_be_canceled_and_only_once(api: Api, account: str) -> None:
    later = api.post("/publish", {"account_ids": [account], "text": "Later", "scheduled_at": "2031-07-01T09:00:00Z"})
    job_id = later.json()["job_id"]
    answer = api.post(f"/publish/{job_id}/cancel")
    assert answer.status_code == 200
    assert answer.json() == {"job_id": job_id, "status": "canceled", "scheduled_at": "2031-07-01T09:00:00Z"}
    assert api.post(f"/publish/{job_id}/cancel").status_code == 409
    now = api.post("/publish", {"account_ids": [account], "text": "Now"}).json()["job_id"]
    assert api.post(f"/publish/{now}/cancel").status_code == 409


def test_a_job_of_another_environment_is_not_there(api: Api, live: Api, account: str) -> None:
    job_id = api.post("/publish", {"account_ids": [account], "text": "Mine", "scheduled_at": ahead(hours=1)}).json()[
        "job_id"
    ]
    assert live.post(f"/publish/{job_id}/cancel").status_code == 404
    assert live.get(f"/publish/{job_id}").status_code == 404
    assert live.get("/publish").json()["total"] == 0
    assert api.post("/publish/job_unknown/cancel").status_code == 404


def test_the_history_shows_what_was_published(api: Api, account: str) -> None:
    job_id = api.post("/publish", {"account_ids": [account], "text": "Shipping", "metadata": {"from": "ci"}}).json()[
        "job_id"
    ]
    with db.transaction() as session:
        delivery = session.exec(select(Delivery)).one()
        delivery.state, delivery.platform_post_id = DeliveryState.PUBLISHED.value, "1890"
        session.add(delivery)
    page = api.get("/publish").json()
    assert set(page) == {"items", "next_cursor", "total", "total_is_lower_bound"}
    (item,) = page["items"]
    assert item["id"] == job_id.replace("job_", "log_")
    assert item["job_id"] == job_id
    assert item["providers"] == ["x"]
    assert item["metadata"] == {"from": "ci"}
    (result,) = item["results"]
    assert (result["provider"], result["status"], result["platform_post_id"]) == ("x", "published", "1890")
    assert (page["next_cursor"], page["total"]) == (None, 1)


def test_walking_the_pages_meets_every_job_once(api: Api, account: str) -> None:
    made = [api.post("/publish", {"account_ids": [account], "text": f"Number {n}"}).json()["job_id"] for n in range(7)]
    seen, cursor = [], None
    for _ in itertools.repeat(None, 10):
        page = api.get("/publish", params={"limit": 3, **({"cursor": cursor} if cursor else {})}).json()
        assert page["total"] == 7
        seen += [item["job_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == list(reversed(made))


@pytest.mark.parametrize(
    "query",
    [
        "status=done",
        "status=",
        "provider=myspace",
        "limit=0",
        "limit=101",
        "limit=-1",
        "limit=ten",
        "limit=5.0",
        "limit=%205",
        "limit=",
        "limit=1_0",
        "cursor=abc",
        "cursor=",
        "cursor=" + "A" * 43,
        "page=2",
        "limit=5&limit=6",
        "status=queued&status=failed",
        "created_after=yesterday",
        "created_after=2026-07-01T09:00:00",
        "created_after=1700000000",
        "created_after=0001-01-01T00:00:00%2B14:00",
        "q=%00",
        "q=%ff",
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_invalid_query_is_refused(api: Api, query: str) -> None:
    answer = api.get(f"/publish?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == "invalid_request"


def test_a_cursor_belongs_to_its_filters(api: Api, account: str) -> None:
    for n in range(3):
        api.post("/publish", {"account_ids": [account], "text": f"Number {n}"})
    cursor = api.get("/publish?limit=1&status=queued").json()["next_cursor"]
    assert api.get("/publish", params={"limit": 2, "status": "queued", "cursor": cursor}).status_code == 200
    assert api.get("/publish", params={"limit": 1, "status": "failed", "cursor": cursor}).status_code == 400
    assert api.get("/accounts", params={"cursor": cursor}).status_code == 400


def test_search_and_filters_narrow_the_history(api: Api, caller: Caller, account: str) -> None:
    other = make_account(caller, "bob", "bluesky")
    api.post("/publish", {"account_ids": [account], "text": "Crème brûlée today"})
    api.post("/publish", {"account_ids": [other], "text": "Nothing sweet"})
    assert api.get("/publish", params={"q": "creme brul"}).json()["total"] == 1
    assert api.get("/publish", params={"provider": "bluesky"}).json()["total"] == 1
    assert api.get("/publish", params={"account_id": account}).json()["total"] == 1
    assert api.get("/publish", params={"created_after": ahead(hours=1)}).json()["total"] == 0
    assert api.get("/publish", params={"created_before": ahead(hours=1)}).json()["total"] == 2


def test_a_receipt_tells_the_whole_job(api: Api, account: str) -> None:
    job_id = api.post("/publish", {"account_ids": [account], "text": "Hello"}).json()["job_id"]
    receipt = api.get(f"/publish/{job_id}")
    assert receipt.status_code == 200
    told = receipt.json()
    assert {"job_id", "status", "text", "scheduled_at", "created_at", "finished_at", "results"} <= set(told)
    assert (told["job_id"], told["status"], told["finished_at"]) == (job_id, "queued", None)
    assert told["results"][0]["account_id"] == account
    assert told["results"][0]["history"] == []
    assert api.get("/publish/job_unknown").status_code == 404


def test_an_unknown_outcome_is_settled_by_a_person(api: Api, account: str) -> None:
    job_id = api.post("/publish", {"account_ids": [account], "text": "Hello"}).json()["job_id"]
    address = f"/publish/{job_id}/deliveries/{account}/resolve"
    assert api.post(address, {"published": True}).status_code == 409
    with db.transaction() as session:
        delivery = session.exec(select(Delivery)).one()
        delivery.state, delivery.error_code = DeliveryState.FAILED.value, "outcome_unknown"
        session.add(delivery)
    answer = api.post(address, {"published": True, "permalink": "https://x.com/alice/status/1"})
    assert answer.status_code == 200
    assert answer.json()["status"] == "published"
    assert answer.json()["results"][0]["permalink"] == "https://x.com/alice/status/1"


@pytest.mark.parametrize("body", [{}, {"published": "yes"}, {"published": 1}, {"published": True, "extra": 1}])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_invalid_resolution_is_refused(api: Api, account: str, body: dict[str, object]) -> None:
    assert api.post(f"/publish/job_any/deliveries/{account}/resolve", body).status_code == 400


def test_a_cancel_takes_no_body(api: Api, account: str) -> None:
    job_id = api.post("/publish", {"account_ids": [account], "text": "x", "scheduled_at": ahead(hours=1)}).json()[
        "job_id"
    ]
    assert api.post(f"/publish/{job_id}/cancel", {"force": True}).status_code == 400
    assert api.post(f"/publish/{job_id}/cancel", {}).status_code == 200


def test_environments_have_separate_histories(api: Api, live: Api, account: str, caller: Caller) -> None:
    mine = make_account(replace(caller, environment=Environment.LIVE), "live")
    assert live.post("/publish", {"account_ids": [mine], "text": "Live"}).status_code == 202
    assert api.get("/publish").json()["total"] == 0
    assert live.get("/publish").json()["total"] == 1


@pytest.mark.parametrize(
    "change", [{}, {"text": "a" * 281}, {"account_ids": ["acc_unknown"]}, {"provider_options": {"x": {"loud": True}}}]
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_validate_answers_as_publish_would_and_stores_nothing(
    api: Api, account: str, change: dict[str, object]
) -> None:
    body = {"account_ids": [account], "text": "Hello", **change}
    told = api.post("/publish/validate", body)
    assert (told.status_code, count_jobs()) == (200, 0)
    assert told.json()["publishable"] == (api.post("/publish", body).status_code == 202)


def test_validate_shows_what_each_account_would_get(api: Api, account: str) -> None:
    body = {"account_ids": [account], "text": "Hello", "provider_options": {"x": {"text": "Own"}, "telegram": {}}}
    told = api.post("/publish/validate", body).json()
    assert told["accounts"] == [
        {"account_id": account, "provider": "x", "text": "Own", "media": [], "errors": [], "warnings": []}
    ]
    assert [warning["code"] for warning in told["warnings"]] == ["options_unused"]
    assert api.post("/publish/validate", {"text": 5}).status_code == 400
