"""What `rehearse` says is what `publish` does: the same request, asked both ways."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, func, select

from dravo_app import clock, db
from dravo_app.errors import Flaw, Invalid
from dravo_app.models import Account, Environment, Health, PublishJob
from dravo_app.providers.types import Identity
from dravo_app.services import connecting
from dravo_app.services.caller import Caller
from dravo_app.services.publishing.plan import PublishRequest, publish
from dravo_app.services.publishing.rehearsal import Rehearsal, rehearse
from tests.support.world import ON_SQLITE

pytestmark = [ON_SQLITE, pytest.mark.usefixtures("database")]

CHANGES: dict[str, dict[str, Any]] = {
    "plain": {},
    "empty": {"text": ""},
    "invisible": {"text": "\u200b\u200b"},
    "nul": {"text": "a\x00b"},
    "longest X": {"text": "a" * 280},
    "too long for X": {"text": "a" * 281},
    "too long for Bluesky's bytes": {"text": "👨‍👩‍👧‍👦" * 130},
    "too long for all": {"text": "a" * 5001},
    "nobody": {"account_ids": []},
    "a stranger": {"account_ids": ["X", "acc_unknown"]},
    "twice": {"account_ids": ["X", "X"]},
    "disconnected": {"account_ids": ["X", "GONE"]},
    "101 accounts": {"account_ids": [f"acc_{n}" for n in range(101)]},
    "only Bluesky": {"account_ids": ["BLUESKY"], "text": "a" * 300},
    "an unknown network": {"provider_options": {"myspace": {}}},
    "an unknown option": {"provider_options": {"x": {"loud": True}}},
    "a wrong type": {"provider_options": {"x": {"made_with_ai": "yes"}}},
    "an unused network's options": {"provider_options": {"telegram": {"disable_notification": True}}},
    "a refused unused network": {"provider_options": {"telegram": {"nonsense": 1}}},
    "an id that isn't one": {"provider_options": {"x": {"quote_tweet_id": "abc"}}},
    "an own text": {"text": "a" * 300, "provider_options": {"x": {"text": "short"}}},
    "an own text that is too long": {"provider_options": {"x": {"text": "a" * 281}}},
    "one account's own text": {"text": "a" * 281, "provider_options": {"x": {"accounts": {"X": {"text": "short"}}}}},
    "too many languages": {"provider_options": {"bluesky": {"langs": ["en", "de", "fr", "it"]}}},
    "in the past": {"scheduled_at": clock.now() - timedelta(hours=1)},
    "in thirty seconds": {"scheduled_at": clock.now() + timedelta(seconds=30)},
    "tomorrow": {"scheduled_at": clock.now() + timedelta(days=1)},
    "no zone": {"scheduled_at": (clock.now() + timedelta(days=1)).replace(tzinfo=None)},
    "too much metadata": {"metadata": {f"k{n}": "v" for n in range(21)}},
    "a marker": {"text": "Hi [[sandbox: rejected]]"},
}


@pytest.fixture
def ids(caller: Caller) -> dict[str, str]:
    with db.transaction() as session:
        made = {name: _connect(session, caller, name) for name in ("X", "BLUESKY", "GONE")}
        gone = session.exec(select(Account).where(Account.id == made["GONE"])).one()
        gone.health = Health.DISCONNECTED.value
        session.add(gone)
    return made


@pytest.mark.parametrize("change", CHANGES)
def test_it_says_yes_to_exactly_what_publish_takes(caller: Caller, ids: dict[str, str], change: str) -> None:
    request = _request(ids, **CHANGES[change])
    assert _rehearse(caller, request).is_publishable == (not _refusal(caller, request))


@pytest.mark.parametrize("change", CHANGES)
def test_it_names_every_flaw_that_publish_names(caller: Caller, ids: dict[str, str], change: str) -> None:
    request = _request(ids, **CHANGES[change])
    found = _rehearse(caller, request)
    named = {flaw for account in found.accounts for flaw in account.flaws} | set(found.flaws)
    assert _refusal(caller, request) <= named


def test_nothing_is_stored(caller: Caller, ids: dict[str, str]) -> None:
    _rehearse(caller, _request(ids))
    with db.reading() as session:
        assert session.exec(select(func.count()).select_from(PublishJob)).one() == 0


def test_each_account_has_its_own_text_and_its_own_flaws(caller: Caller, ids: dict[str, str]) -> None:
    found = _rehearse(caller, _request(ids, text="a" * 290, provider_options={"bluesky": {"text": "short"}}))
    texts = {account.provider: account.text for account in found.accounts}
    codes = {account.provider: [flaw.code for flaw in account.flaws] for account in found.accounts}
    assert texts == {"x": "a" * 290, "bluesky": "short"}
    assert codes == {"x": ["text_too_long"], "bluesky": []}


def test_an_empty_text_does_not_hide_what_is_wrong_with_an_option(caller: Caller, ids: dict[str, str]) -> None:
    found = _rehearse(caller, _request(ids, text="", provider_options={"x": {"quote_tweet_id": "abc"}}))
    assert [flaw.code for flaw in found.flaws] == ["text_empty"]
    assert [flaw.code for flaw in found.accounts[0].flaws] == ["invalid_option"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"provider_options": {"telegram": {"protect_content": True}}}, "options_unused"),
        ({"provider_options": {"x": {"accounts": {"acc_other": {"text": "Hi"}}}}}, "options_unused"),
        ({"text": "[[ Sandbox: rejected ]]"}, "sandbox_marker"),
    ],
)
def test_what_may_not_be_meant_is_a_warning(
    caller: Caller, ids: dict[str, str], change: dict[str, Any], code: str
) -> None:
    found = _rehearse(caller, _request(ids, **change))
    assert [flaw.code for flaw in found.warnings] == [code]
    assert found.is_publishable


def test_live_a_marker_is_said_to_be_plain_text(caller: Caller) -> None:
    live = replace(caller, environment=Environment.LIVE)
    found = _rehearse(live, PublishRequest(account_ids=["acc_1"], text="[[sandbox: rejected]]"))
    assert "plain text" in found.warnings[0].message


@pytest.mark.parametrize(
    ("health", "code"), [("ok", None), ("needs_reconnect", "account_needs_reconnect"), ("blocked", "account_blocked")]
)
def test_an_account_that_is_not_well_is_warned_about(
    caller: Caller, ids: dict[str, str], health: str, code: str | None
) -> None:
    with db.transaction() as session:
        account = session.exec(select(Account).where(Account.id == ids["X"])).one()
        account.health = health
        session.add(account)
    found = _rehearse(caller, _request(ids, account_ids=["X"]))
    assert [flaw.code for flaw in found.accounts[0].warnings] == ([code] if code else [])


def _connect(session: Session, caller: Caller, name: str) -> str:
    identity = Identity(f"id-of-{name}", name.lower(), {"access_token": f"sandbox_{name.lower()}"})
    return connecting.connect(session, caller, "bluesky" if name == "BLUESKY" else "x", identity)[0].id


def _request(ids: dict[str, str], **change: Any) -> PublishRequest:
    def named(value: Any) -> Any:
        if isinstance(value, dict):
            return {ids.get(key, key): named(item) for key, item in value.items()}
        return value

    body = {"account_ids": ["X", "BLUESKY"], "text": "Hello", **change}
    options = named(body.pop("provider_options", {}))
    wanted = [ids.get(name, name) for name in body.pop("account_ids")]
    return PublishRequest(account_ids=wanted, text="x").model_copy(update={"provider_options": options, **body})


def _rehearse(caller: Caller, request: PublishRequest) -> Rehearsal:
    with db.reading() as session:
        return rehearse(session, caller, request)


def _refusal(caller: Caller, request: PublishRequest) -> set[Flaw]:
    try:
        with db.transaction() as session:
            publish(session, caller, request)
    except Invalid as refusal:
        return set(refusal.flaws)
    return set()
