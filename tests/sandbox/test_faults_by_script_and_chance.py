"""Faults that no text asks for: an account's script, chance with a seed, latency, suspension."""

import time

import pytest

from tests.sandbox.speakers import BlueskySpeaker, Speaker, XSpeaker, outcome, renew, seen
from tests.support.sandbox_server import Sandbox


def test_a_script_is_played_one_marker_per_conversation(speaker: Speaker) -> None:
    script = ["500 before", "refuse connect", "ok", "answer lost"]
    speaker.sandbox.faults(network=speaker.network, account=speaker.handle, script=script)
    heard = [outcome(speaker, f"post {number}") for number in range(5)]
    assert heard == ["500", "reset", "published", "closed", "published"]
    assert seen(speaker) == ["post 2", "post 3", "post 4"]


def test_a_script_goes_before_the_text_and_leaves_its_marker_unplayed(speaker: Speaker) -> None:
    speaker.sandbox.faults(network=speaker.network, account=speaker.handle, script=["ok", "rejected"])
    text = "a [[sandbox: 500 before]]"
    assert outcome(speaker, text) == "published"
    assert outcome(speaker, "plain") in ("400", "403", "422")


def test_a_script_may_revoke_although_the_text_is_plain(speaker: Speaker) -> None:
    speaker.sandbox.faults(network=speaker.network, account=speaker.handle, script=["token expired"])
    assert outcome(speaker, "plain") in ("400", "401")
    renew(speaker)
    assert outcome(speaker, "plain") == "published"


def test_the_state_says_what_is_left_of_a_script(sandbox: Sandbox, x: XSpeaker) -> None:
    sandbox.faults(network="x", account=x.handle, script=["ok", "429  retry-after 5"])
    x.publish("one")
    state = sandbox.faults(network="x", latency_seconds=0)
    assert state["scripts"] == [{"network": "x", "account": x.handle, "script": ["429 retry-after 5"]}]
    assert state["played"][0]["source"] == "script"


def test_the_same_seed_makes_the_same_luck(own_sandbox: Sandbox) -> None:
    def luck(seed: int, handle: str) -> list[str]:
        own_sandbox.faults(network="x", rate=0.5, seed=seed)
        speaker = XSpeaker(own_sandbox, handle)
        heard = [outcome(speaker, f"post {number}") for number in range(12)]
        speaker.close()
        return heard

    first = luck(7, "ann")
    own_sandbox.kill()
    own_sandbox.file.unlink()
    own_sandbox.start()
    assert luck(7, "ann") == first
    assert first.count("published") < 12
    assert luck(8, "bea") != first


def test_a_patient_caller_comes_through_any_luck_with_one_post_each(own_sandbox: Sandbox) -> None:
    own_sandbox.faults(network="*", rate=0.6, seed=3)
    speaker = BlueskySpeaker(own_sandbox, "patient")
    for number in range(6):
        while outcome(speaker, f"post {number}") != "published":
            pass
    speaker.close()
    assert sorted(seen(speaker)) == [f"post {number}" for number in range(6)]


def test_a_rate_of_zero_is_no_fault(own_sandbox: Sandbox) -> None:
    own_sandbox.faults(network="x", rate=0, seed=1)
    speaker = XSpeaker(own_sandbox, "ann")
    assert {outcome(speaker, f"post {number}") for number in range(20)} == {"published"}
    speaker.close()


@pytest.mark.parametrize("network", ["*", "x"])
def test_latency_slows_every_call_of_the_network(own_sandbox: Sandbox, network: str) -> None:
    speaker = XSpeaker(own_sandbox, "ann")
    own_sandbox.faults(network=network, latency_seconds=0.3)
    began = time.monotonic()
    assert outcome(speaker, "hello") == "published"
    assert time.monotonic() - began >= 0.3
    assert 0.3 <= min(_seconds_to_ask(speaker) for _ in range(4)) < 0.6
    own_sandbox.faults(network=network, latency_seconds=0)
    assert min(_seconds_to_ask(speaker) for _ in range(10)) < 0.3
    speaker.close()


def _seconds_to_ask(speaker: XSpeaker) -> float:
    began = time.monotonic()
    speaker.call("GET", "/2/users/me")
    return time.monotonic() - began


def test_a_suspended_account_hears_so_until_it_is_let_in_again(speaker: Speaker) -> None:
    speaker.sandbox.faults(network=speaker.network, account=speaker.handle, suspended=True)
    answer = speaker.publish("hello")
    words = {"x": (403, "suspended"), "bluesky": (401, "AccountTakedown"), "mastodon": (403, "currently disabled")}
    said = words[speaker.network]
    assert answer.status_code == said[0]
    assert said[1] in answer.text
    speaker.sandbox.faults(network=speaker.network, account=speaker.handle, suspended=False)
    assert outcome(speaker, "hello") == "published"


def test_clearing_takes_scripts_and_rules_away_and_heals_tokens(speaker: Speaker) -> None:
    assert outcome(speaker, "a [[sandbox: token revoked]]") in ("400", "401")
    speaker.sandbox.faults(network=speaker.network, account=speaker.handle, script=["500 before"])
    speaker.sandbox.faults(network=speaker.network, rate=1, seed=1, allow_duplicates=True)
    state = speaker.sandbox.faults(reset=True)
    assert (state["rules"], state["scripts"], state["suspended"]) == ([], [], [])
    assert outcome(speaker, "plain") == "published"


def test_a_double_send_is_refused_by_x_and_visible_when_allowed(sandbox: Sandbox, x: XSpeaker) -> None:
    assert [outcome(x, "hello"), outcome(x, "hello")] == ["published", "duplicate"]
    sandbox.faults(network="x", allow_duplicates=True)
    assert outcome(x, "hello") == "published"
    assert seen(x) == ["hello", "hello"]
