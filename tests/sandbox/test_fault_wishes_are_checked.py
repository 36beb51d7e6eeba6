"""A wish for a fault that makes no sense is a 400 with a sentence, and changes nothing."""

import pytest

from tests.support.sandbox_server import Sandbox

NONSENSE: list[object] = [
    {},
    [],
    "answer lost",
    {"network": "x"},
    {"network": "myspace", "rate": 0.1},
    {"network": "*", "account": "alice", "script": []},
    {"network": "x", "account": "alice"},
    {"network": "x", "account": "", "script": []},
    {"network": "x", "account": "alice", "script": "answer lost"},
    {"network": "x", "account": "alice", "script": ["explode"]},
    {"network": "x", "account": "alice", "script": [1]},
    {"network": "x", "account": "alice", "rate": 0.1},
    {"network": "x", "account": "alice", "suspended": "yes"},
    {"network": "x", "script": ["ok"]},
    {"network": "x", "rate": 1.5},
    {"network": "x", "rate": True},
    {"network": "x", "rate": "0.5"},
    {"network": "x", "seed": 1},
    {"network": "x", "rate": 0.1, "seed": -1},
    {"network": "x", "latency_seconds": -1},
    {"network": "x", "latency_seconds": 1e9},
    {"network": "x", "allow_duplicates": 1},
    {"network": "x", "rate": 0.1, "colour": "red"},
    {"reset": False},
    {"reset": True, "network": "x"},
]


@pytest.mark.parametrize("wish", NONSENSE, ids=repr)
def test_nonsense_is_refused_with_a_sentence(sandbox: Sandbox, wish: object) -> None:
    before = sandbox.call("GET", "/sandbox/faults").json()
    answer = sandbox.call("POST", "/sandbox/faults", json=wish)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")
    assert sandbox.call("GET", "/sandbox/faults").json() == before


def test_a_body_that_is_no_json_is_refused(sandbox: Sandbox) -> None:
    for body in (b"", b"{", b"\xff", b"[" * 100_000):
        assert sandbox.call("POST", "/sandbox/faults", content=body).status_code == 400


def test_a_wish_is_taken_whole_or_not_at_all(sandbox: Sandbox) -> None:
    answer = sandbox.call("POST", "/sandbox/faults", json={"network": "x", "latency_seconds": 9, "rate": 7})
    assert answer.status_code == 400
    assert sandbox.call("GET", "/sandbox/faults").json()["rules"] == []


def test_every_change_answers_the_state(sandbox: Sandbox) -> None:
    state = sandbox.faults(network="*", latency_seconds=0.01)
    assert state["rules"] == [{"network": "*", "latency_seconds": 0.01}]
    cleared = sandbox.call("DELETE", "/sandbox/faults")
    assert (cleared.status_code, cleared.json()["rules"]) == (200, [])
