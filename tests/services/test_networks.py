"""Live and test never meet: which address an adapter gets."""

import pytest

from dravo_app.errors import ConfigurationError, Invalid, ReconnectRequired
from dravo_app.models import Environment
from dravo_app.services import networks
from tests.conftest import Settle

SANDBOX = "http://127.0.0.1:4999"


def address(environment: Environment, slug: str, **credentials: str) -> str:
    return networks.provider_for(environment, slug, credentials).base_url


def test_a_test_account_talks_to_the_sandbox_whatever_its_credentials_say(settle: Settle) -> None:
    settle(DRAVO_SANDBOX_URL=SANDBOX, DRAVO_ALLOW_PRIVATE="10.0.0.7:2583,pds.example.com:443")
    for service in (
        "https://bsky.social",
        "http://10.0.0.7:2583",
        "https://pds.example.com:443",
        "http://127.0.0.1:2583",
    ):
        assert address(Environment.TEST, "bluesky", service=service) == f"{SANDBOX}/bluesky"
    assert address(Environment.TEST, "x") == f"{SANDBOX}/x"


def test_a_test_account_may_name_a_loopback_server_that_the_operator_has_named_too(settle: Settle) -> None:
    settle(DRAVO_SANDBOX_URL=SANDBOX, DRAVO_ALLOW_PRIVATE="127.0.0.1:2583")
    assert address(Environment.TEST, "bluesky", service="http://127.0.0.1:2583") == "http://127.0.0.1:2583"
    assert address(Environment.TEST, "bluesky", service="http://127.0.0.1:2584") == f"{SANDBOX}/bluesky"


def test_a_live_account_gets_the_vendors_address_or_its_own_server(settle: Settle) -> None:
    settle(DRAVO_SANDBOX_URL=SANDBOX)
    assert address(Environment.LIVE, "x") == "https://api.x.com"
    assert address(Environment.LIVE, "bluesky") == "https://bsky.social"
    assert address(Environment.LIVE, "bluesky", service="https://pds.example.com") == "https://pds.example.com"


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_a_live_account_never_reaches_the_sandbox_even_where_its_address_is_allowed(settle: Settle, name: str) -> None:
    settle(DRAVO_SANDBOX_URL=SANDBOX, DRAVO_ALLOW_PRIVATE=f"{name}:4999")
    networks.close_clients()
    provider = networks.provider_for(Environment.LIVE, "bluesky", {"service": f"http://{name}:4999"})
    with pytest.raises(Exception, match="can't be used"):
        provider.client.get(f"http://{name}:4999/sandbox/log")
    networks.close_clients()


def test_without_a_sandbox_a_test_account_says_so(settle: Settle) -> None:
    settle(DRAVO_SANDBOX="off", DRAVO_SANDBOX_URL=SANDBOX)
    with pytest.raises(ConfigurationError, match="switched off"):
        networks.provider_for(Environment.TEST, "x", {})


def test_a_network_that_is_known_but_not_built_says_so(settle: Settle) -> None:
    settle()
    with pytest.raises(Invalid):
        networks.adapter_class("tiktok")


def test_a_live_account_of_a_network_of_servers_names_its_own_or_nobody_is_asked(settle: Settle) -> None:
    settle(DRAVO_SANDBOX_URL=SANDBOX, DRAVO_ALLOW_PRIVATE="10.0.0.7:8000")
    assert address(Environment.LIVE, "mastodon", instance="mastodon.social") == "https://mastodon.social"
    assert address(Environment.LIVE, "mastodon", instance="http://10.0.0.7:8000") == "http://10.0.0.7:8000"
    for credentials, code in (({}, "server_required"), ({"instance": "http://mastodon.social"}, "server_not_https")):
        with pytest.raises(ReconnectRequired):
            networks.provider_for(Environment.LIVE, "mastodon", credentials)
        with pytest.raises(Invalid) as refused:
            networks.check_server(Environment.LIVE, "mastodon", credentials)
        assert [(flaw.pointer, flaw.code) for flaw in refused.value.flaws] == [("/credentials/instance", code)]


def test_a_test_account_of_such_a_network_needs_none(settle: Settle) -> None:
    settle(DRAVO_SANDBOX_URL=SANDBOX, DRAVO_ALLOW_PRIVATE="127.0.0.1:8001")
    networks.check_server(Environment.TEST, "mastodon", {})
    assert address(Environment.TEST, "mastodon") == f"{SANDBOX}/mastodon"
    assert address(Environment.TEST, "mastodon", instance="https://mastodon.social") == f"{SANDBOX}/mastodon"
    assert address(Environment.TEST, "mastodon", instance="http://127.0.0.1:8001") == "http://127.0.0.1:8001"
