"""The adapters against the real sandbox process: what they say happened is what the world saw."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import httpx
import pytest

from dravo_app.errors import (
    AccessExpired,
    ContentRejected,
    OutcomeUnknown,
    ProviderError,
    ProviderUnavailable,
    QuotaExhausted,
    ReconnectRequired,
    Throttled,
)
from dravo_app.ids import new_id
from dravo_app.providers import http
from dravo_app.providers.base import Provider
from dravo_app.providers.registry import PROVIDERS
from dravo_app.providers.types import Credentials, Identity, Publication, Published
from tests.support.sandbox_server import Sandbox, running_sandbox

SLUGS = ("x", "bluesky", "mastodon")
REFRESHING = ("x", "bluesky")


@pytest.fixture(name="sandbox", scope="module")
def _sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture(name="client", scope="module")
def _client() -> Iterator[httpx.Client]:
    with http.make_client() as client:
        yield client


class Person:
    """A new account on one network of the sandbox, connected."""

    def __init__(self, sandbox: Sandbox, adapter: Provider, typed: Mapping[str, str] | None = None) -> None:
        self.handle = f"user{new_id('u').rpartition('_')[2][-12:].lower()}"
        given: Credentials = dict(typed or {"access_token": f"sandbox_{self.handle}"})
        self.sandbox, self.adapter = sandbox, adapter
        self.identity: Identity = adapter.identify(given, self.handle)
        self.credentials = self.identity.credentials

    def publication(self, text: str, *, is_repeat: bool = False, started_at: datetime | None = None) -> Publication:
        started = started_at or datetime.now(UTC)
        native, handle = self.identity.platform_account_id, self.identity.handle
        return Publication(f"dlv_{text}", native, handle, text, started, is_repeat=is_repeat)

    def seen(self) -> list[str]:
        """The ids of this account's visible posts."""
        log = self.sandbox.log(network=self.adapter.slug, account=self.identity.handle)
        return [str(item["post_id"]) for item in log]


@pytest.fixture(name="person", params=SLUGS)
def _person(request: pytest.FixtureRequest, sandbox: Sandbox, client: httpx.Client) -> Person:
    return Person(sandbox, PROVIDERS[request.param](client, f"{sandbox.url}/{request.param}"))


def published(person: Person, text: str) -> Published:
    outcome = person.adapter.publish(person.credentials, person.publication(text))
    assert isinstance(outcome, Published)
    return outcome


def failed(person: Person, publication: Publication) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        person.adapter.publish(person.credentials, publication)
    return caught.value


def test_a_post_is_published_and_seen(person: Person) -> None:
    outcome = published(person, "Hello https://example.com/a?b=1 & 👋🏽 #dravo example.com")
    assert person.seen() == [outcome.platform_post_id]
    assert outcome.permalink
    assert person.identity.handle in outcome.permalink


@pytest.mark.parametrize("marker", ["500 after", "answer lost"])
def test_a_lost_answer_is_unknown_and_the_look_up_finds_the_post(person: Person, marker: str) -> None:
    text = f"Lost & found example.com/A https://example.com/?q=<b> [[sandbox: {marker}]]"
    publication = person.publication(text)
    assert isinstance(failed(person, publication), OutcomeUnknown)
    found = person.adapter.look_up(person.credentials, publication)
    assert found is not None
    assert person.seen() == [found.platform_post_id]


@pytest.mark.parametrize("marker", ["html", "empty", "huge"])
def test_an_answer_of_the_wrong_kind_is_unknown_and_the_look_up_tells(person: Person, marker: str) -> None:
    publication = person.publication(f"Wrong kind [[sandbox: {marker}]]")
    assert isinstance(failed(person, publication), OutcomeUnknown)
    found = person.adapter.look_up(person.credentials, publication)
    assert person.seen() == ([found.platform_post_id] if found else [])


@pytest.mark.parametrize("marker", ["500 before", "refuse connect"])
def test_a_post_that_never_was_is_not_found_and_the_next_try_makes_one(person: Person, marker: str) -> None:
    publication = person.publication(f"Not yet [[sandbox: {marker}]]")
    assert isinstance(failed(person, publication), OutcomeUnknown)
    assert person.adapter.look_up(person.credentials, publication) is None
    assert person.seen() == []
    person.adapter.publish(person.credentials, publication)
    assert len(person.seen()) == 1


def test_a_post_before_this_one_with_the_same_text_is_not_taken_for_it(person: Person) -> None:
    earlier = published(person, "Same words")
    publication = person.publication("Same words")
    taken = Publication(
        "dlv_2", publication.platform_account_id, publication.handle, "Same words", publication.started_at,
        taken_post_ids=frozenset({earlier.platform_post_id}),
    )  # fmt: skip
    assert person.adapter.look_up(person.credentials, taken) is None


@pytest.mark.parametrize(
    ("marker", "expected"),
    [("429 retry-after 3", Throttled), ("rejected", ContentRejected), ("quota", QuotaExhausted)],
)
def test_the_networks_own_refusals(person: Person, marker: str, expected: type[ProviderError]) -> None:
    error = failed(person, person.publication(f"No [[sandbox: {marker}]]"))
    # Mastodon's answer is the same for all its limits; only the time until which to wait differs.
    assert isinstance(error, Throttled if marker == "quota" and person.adapter.slug == "mastodon" else expected)
    assert person.seen() == []
    if marker.startswith("429"):
        assert error.retry_at is not None
        assert 1 <= (error.retry_at - datetime.now(UTC)).total_seconds() <= 4.1


def test_a_slow_answer_is_an_answer(person: Person) -> None:
    assert published(person, "Slow [[sandbox: slow 0.2s]]")


@pytest.mark.parametrize("slug", REFRESHING)
def test_an_expired_token_is_refreshed_and_the_post_is_made(sandbox: Sandbox, client: httpx.Client, slug: str) -> None:
    adapter = PROVIDERS[slug](client, f"{sandbox.url}/{slug}")
    name = new_id("u").rpartition("_")[2][-12:].lower()
    person = Person(sandbox, adapter, refreshable(slug, name))
    publication = person.publication("Late [[sandbox: token expired]]")
    assert isinstance(failed(person, publication), AccessExpired)
    person.credentials, _ = adapter.refresh(person.credentials, datetime.now(UTC))
    adapter.publish(person.credentials, publication)
    assert len(person.seen()) == 1


@pytest.mark.parametrize("slug", REFRESHING)
def test_a_revoked_token_ends_the_access(sandbox: Sandbox, client: httpx.Client, slug: str) -> None:
    adapter = PROVIDERS[slug](client, f"{sandbox.url}/{slug}")
    name = new_id("u").rpartition("_")[2][-12:].lower()
    person = Person(sandbox, adapter, refreshable(slug, name))
    assert isinstance(failed(person, person.publication("Gone [[sandbox: token revoked]]")), AccessExpired)
    with pytest.raises(ReconnectRequired):
        adapter.refresh(person.credentials, datetime.now(UTC))
    assert person.seen() == []


@pytest.mark.parametrize("marker", ["token expired", "token revoked"])
def test_a_mastodon_token_that_ended_needs_a_person(sandbox: Sandbox, client: httpx.Client, marker: str) -> None:
    person = Person(sandbox, PROVIDERS["mastodon"](client, f"{sandbox.url}/mastodon"))
    assert isinstance(failed(person, person.publication(f"Gone [[sandbox: {marker}]]")), ReconnectRequired)
    assert person.seen() == []


def test_a_repeat_on_bluesky_is_harmless(sandbox: Sandbox, client: httpx.Client) -> None:
    person = Person(sandbox, PROVIDERS["bluesky"](client, sandbox.bluesky))
    publication = person.publication("Once #only")
    outcomes = [person.adapter.publish(person.credentials, publication) for _ in range(3)]
    assert len({outcome.platform_post_id for outcome in outcomes if isinstance(outcome, Published)}) == 1
    assert len(person.seen()) == 1


def test_a_repeat_on_x_is_refused_and_stays_an_open_question(sandbox: Sandbox, client: httpx.Client) -> None:
    person = Person(sandbox, PROVIDERS["x"](client, sandbox.x))
    published(person, "Once")
    assert isinstance(failed(person, person.publication("Once", is_repeat=True)), OutcomeUnknown)
    assert isinstance(failed(person, person.publication("Once")), ContentRejected)
    assert len(person.seen()) == 1


def test_a_sandbox_that_is_down_publishes_nothing(
    tmp_path_factory: pytest.TempPathFactory, client: httpx.Client
) -> None:
    with running_sandbox(tmp_path_factory.mktemp("down")) as sandbox:
        people = [Person(sandbox, PROVIDERS[slug](client, f"{sandbox.url}/{slug}")) for slug in SLUGS]
        sandbox.kill()
        for person in people:
            assert isinstance(failed(person, person.publication("Hello")), ProviderUnavailable | OutcomeUnknown)
            assert isinstance(failed(person, person.publication("Hello")), ProviderUnavailable)


def refreshable(slug: str, name: str) -> dict[str, str]:
    """Credentials that can be refreshed, as a person types them."""
    if slug == "bluesky":
        return {"app_password": f"sandbox_{name}", "identifier": name}
    return {"access_token": f"sandbox_{name}", "refresh_token": f"sandbox_refresh_{name}", "client_id": "app"}
