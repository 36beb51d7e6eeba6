"""Each marker of the table, on each network: what the caller hears, and what the world sees."""

import time
from datetime import datetime

import httpx
import pytest

from tests.sandbox.speakers import Speaker, outcome, renew, seen


def test_slow_waits_that_long_and_then_succeeds(speaker: Speaker) -> None:
    took = []
    for number in range(3):
        began = time.monotonic()
        assert outcome(speaker, f"{number} [[sandbox: slow 0.4s]]") == "published"
        took.append(time.monotonic() - began)
    assert 0.4 <= min(took) < 0.8
    assert seen(speaker) == [f"{number} [[sandbox: slow 0.4s]]" for number in range(3)]


def test_slow_becomes_visible_although_the_caller_hung_up(speaker: Speaker) -> None:
    text = "a [[sandbox: slow 1s]]"
    with pytest.raises(httpx.TimeoutException):
        speaker.publish(text, timeout=0.3)
    assert seen(speaker) == []
    assert wait_until_seen(speaker) == [text]


def test_429_answers_retry_after_once(speaker: Speaker) -> None:
    answer = speaker.publish("a [[sandbox: 429 retry-after 3]]")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")
    names = {"x": "x-rate-limit-reset", "bluesky": "ratelimit-reset", "mastodon": "x-ratelimit-reset"}
    assert time.time() - 1 <= moment(answer.headers[names[speaker.network]]) <= time.time() + 4
    assert seen(speaker) == []
    assert outcome(speaker, "a [[sandbox: 429 retry-after 3]]") == "published"


def test_500_before_shows_nothing_once(speaker: Speaker) -> None:
    assert outcome(speaker, "a [[sandbox: 500 before]]") == "500"
    assert seen(speaker) == []
    assert outcome(speaker, "a [[sandbox: 500 before]]") == "published"


def test_500_after_shows_the_post_and_answers_500(speaker: Speaker) -> None:
    assert outcome(speaker, "a [[sandbox: 500 after]]") == "500"
    assert seen(speaker) == ["a [[sandbox: 500 after]]"]


def test_answer_lost_shows_the_post_and_closes(speaker: Speaker) -> None:
    assert outcome(speaker, "a [[sandbox: answer lost]]") == "closed"
    assert seen(speaker) == ["a [[sandbox: answer lost]]"]


def test_a_blind_resend_after_a_lost_answer_is_noticed(speaker: Speaker) -> None:
    outcome(speaker, "a [[sandbox: answer lost]]")
    expected = {"x": "duplicate", "bluesky": "published", "mastodon": "published"}  # under the same key: no second post
    assert outcome(speaker, "a [[sandbox: answer lost]]") == expected[speaker.network]
    assert seen(speaker) == ["a [[sandbox: answer lost]]"]


def test_refuse_connect_resets_once_and_shows_nothing(speaker: Speaker) -> None:
    assert outcome(speaker, "a [[sandbox: refuse connect]]") == "reset"
    assert seen(speaker) == []
    assert outcome(speaker, "a [[sandbox: refuse connect]]") == "published"


def test_rejected_is_the_networks_own_refusal_every_time(speaker: Speaker) -> None:
    for _ in range(2):
        answer = speaker.publish("a [[sandbox: rejected]]")
        assert answer.status_code == {"x": 403, "bluesky": 400, "mastodon": 422}[speaker.network]
    said = {
        "x": ("detail", "You are not permitted to perform this action."),
        "bluesky": ("error", "InvalidRequest"),
        "mastodon": ("error", "Validation failed: Text was refused by this server"),
    }
    name, value = said[speaker.network]
    assert answer.json()[name] == value
    assert seen(speaker) == []


def test_token_expired_lasts_until_a_refresh(speaker: Speaker) -> None:
    text = "a [[sandbox: token expired]]"
    for try_text in (text, text, "another text"):
        answer = speaker.publish(try_text)
        assert answer.status_code == {"x": 401, "bluesky": 400, "mastodon": 401}[speaker.network]
        said = {"x": "Unauthorized", "bluesky": "ExpiredToken", "mastodon": "The access token expired"}
        assert answer.json().get("error", "Unauthorized") == said[speaker.network]
    renew(speaker)
    assert outcome(speaker, text) == "published"
    assert seen(speaker) == [text]


def test_token_revoked_is_answered_to_a_refresh_too(speaker: Speaker) -> None:
    text = "a [[sandbox: token revoked]]"
    assert outcome(speaker, text) in ("401", "400")
    answer = speaker.refresh()
    said = {"x": "invalid_grant", "bluesky": "ExpiredToken", "mastodon": "unsupported_grant_type"}
    assert (answer.status_code, answer.json()["error"]) == (400, said[speaker.network])
    assert outcome(speaker, text) in ("401", "400")
    speaker.reconnect()
    assert outcome(speaker, text) == "published"


def test_quota_is_the_daily_caps_answer_every_time(speaker: Speaker) -> None:
    outcome(speaker, "a [[sandbox: quota]]")
    answer = speaker.publish("a [[sandbox: quota]]")
    assert answer.status_code == 429
    left, reset = {
        "x": ("x-user-limit-24hour-remaining", "x-user-limit-24hour-reset"),
        "bluesky": ("ratelimit-remaining", "ratelimit-reset"),
        "mastodon": ("x-ratelimit-remaining", "x-ratelimit-reset"),
    }[speaker.network]
    assert answer.headers[left] == "0"
    assert time.time() < moment(answer.headers[reset]) <= time.time() + 86_400
    assert seen(speaker) == []


def test_processing_does_nothing_where_nothing_is_processed(speaker: Speaker) -> None:
    began = time.monotonic()
    assert outcome(speaker, "a [[sandbox: processing 60s]]") == "published"
    assert time.monotonic() - began < 20


def test_html_is_a_page_instead_of_json(speaker: Speaker) -> None:
    answer = speaker.publish("a [[sandbox: html]]")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.text.startswith("<!doctype html>")
    assert seen(speaker) == []


def test_empty_is_a_success_without_a_body(speaker: Speaker) -> None:
    answer = speaker.publish("a [[sandbox: empty]]")
    assert answer.is_success
    assert answer.content == b""
    assert seen(speaker) == []


def test_huge_goes_on_until_the_caller_hangs_up(speaker: Speaker) -> None:
    received = 0
    with speaker.open_publish("a [[sandbox: huge]]") as answer:
        assert answer.is_success
        for part in answer.iter_raw():
            received += len(part)
            if received > 3_000_000:
                break
    assert received > 3_000_000
    assert seen(speaker) == []
    assert outcome(speaker, "the sandbox is well afterwards") == "published"


def test_a_waiting_and_a_failing_marker_go_together(speaker: Speaker) -> None:
    text = "a [[sandbox: slow 0.2s]] [[sandbox: 500 before]] [[sandbox: answer lost]]"
    assert [outcome(speaker, text) for _ in range(2)] == ["500", "closed"]
    assert seen(speaker) == [text]


def test_what_is_no_marker_is_just_text(speaker: Speaker) -> None:
    text = "a [[sandbox: explode]] [[sandbox 500 before]] [sandbox: rejected]"
    assert outcome(speaker, text) == "published"
    assert seen(speaker) == [text]


def moment(written: str) -> float:
    """Epoch seconds of a header that is written as such, or as ISO 8601."""
    return float(written) if written.isdecimal() else datetime.fromisoformat(written).timestamp()


def wait_until_seen(speaker: Speaker) -> list[str]:
    deadline = time.monotonic() + 5
    while not (texts := seen(speaker)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return texts
