"""Nothing that a caller can write reaches the inside: every family, every way in, and a listener that would have noticed."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dravo_app import outbound
from dravo_app.errors import AddressRefused, MediaUnreachable
from dravo_app.outbound import fetching, rules, urls
from tests.outbound.hostile import EVERY, IPV4, MIXED, NAMES, PUBLIC, REBINDING, URLS
from tests.outbound.roads import Roads, running_roads
from tests.providers.wire import answer, answers

NOBODY: frozenset[str] = frozenset()
EVERY_URL = pytest.mark.parametrize(("family", "url"), URLS)


@pytest.fixture(name="roads")
def _roads(monkeypatch: pytest.MonkeyPatch) -> Iterator[Roads]:
    with running_roads(monkeypatch) as roads:
        roads.names.update({name: [found] for name, found in NAMES.items()})
        roads.names["public.test"] = [PUBLIC]
        yield roads


def fetch(url: str, into: Path) -> outbound.Fetched:
    return outbound.fetch(url, into / "it", allow_private=NOBODY, refuse=NOBODY, max_bytes=1000, accept="image/*")


def refusal(error: AddressRefused) -> tuple[object, ...]:
    return type(error), str(error), error.detail, error.http_status, error.raw, error.__cause__, error.retry_at


THE_ONE = refusal(AddressRefused("This address can't be used."))


def test_there_are_enough_of_every_family() -> None:
    print(f"{sum(EVERY.values())} hostile addresses:", ", ".join(f"{name} {count}" for name, count in EVERY.items()))
    assert sum(EVERY.values()) >= 150
    assert len(set(URLS)) == len(URLS)
    assert all(EVERY.values())


def fits_a_header(url: str) -> bool:
    return url == url.strip() and url.isprintable()


@EVERY_URL
def test_it_is_refused_when_asked_about(roads: Roads, family: str, url: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        outbound.check_address(url, NOBODY, NOBODY)
    assert refusal(refused.value) == THE_ONE
    assert roads.taken == []


@EVERY_URL
def test_it_is_not_fetched(roads: Roads, tmp_path: Path, family: str, url: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        fetch(url, tmp_path)
    assert refusal(refused.value) == THE_ONE
    assert (roads.taken, roads.inside.accepted, list(tmp_path.iterdir())) == ([], 0, [])


@EVERY_URL
def test_no_server_of_an_account_is_there(roads: Roads, family: str, url: str) -> None:
    """The client gets addresses that adapters made, and its library tidies some: then it is a public one that is asked."""
    with outbound.make_client(NOBODY, NOBODY) as client:
        try:
            client.get(url)
        except (AddressRefused, httpx.InvalidURL, httpx.UnsupportedProtocol, ValueError):
            assert roads.taken == []
    assert {host for host, _ in roads.taken} <= {PUBLIC}
    assert roads.inside.accepted == 0


@pytest.mark.parametrize(("family", "url"), [(family, url) for family, url in URLS if fits_a_header(url)])
def test_no_redirect_leads_there(roads: Roads, tmp_path: Path, family: str, url: str) -> None:
    roads.outside.on("/away", answer(302, raw=b"", headers={"Location": url}))
    # A target without a scheme or host is a path of the same server, where nothing is.
    with pytest.raises((AddressRefused, MediaUnreachable)):
        fetch("http://public.test/away", tmp_path)
    assert set(roads.taken) == {(PUBLIC, 80)}
    assert roads.inside.accepted == 0


@pytest.mark.parametrize("found", MIXED)
def test_one_bad_address_spoils_the_answer(roads: Roads, tmp_path: Path, found: str) -> None:
    roads.names["mixed.test"] = [found]
    for ask in (lambda url: outbound.check_address(url, NOBODY, NOBODY), lambda url: fetch(url, tmp_path)):
        with pytest.raises(AddressRefused):
            ask("http://mixed.test/")
    with outbound.make_client(NOBODY, NOBODY) as client, pytest.raises(AddressRefused):
        client.get("http://mixed.test/")
    assert roads.taken == []


@pytest.mark.parametrize("found", REBINDING)
def test_a_name_that_changes_its_answer_gains_nothing(roads: Roads, tmp_path: Path, found: str) -> None:
    roads.outside.on("/", answer(200, raw=b"public"))
    roads.names["rebind.test"] = [PUBLIC, found]
    assert fetch("http://rebind.test/", tmp_path).size_bytes == 6
    assert roads.look_ups.count("rebind.test") == 1, "what was checked is what was used"
    with pytest.raises(AddressRefused):
        fetch("http://rebind.test/", tmp_path)
    roads.names["rebind.test"] = [PUBLIC, found]
    outbound.check_address("http://rebind.test/", NOBODY, NOBODY)
    with pytest.raises(AddressRefused):
        fetch("http://rebind.test/", tmp_path)
    assert set(roads.taken) == {(PUBLIC, 80)}
    assert roads.inside.accepted == 0


@pytest.mark.parametrize("found", REBINDING)
def test_a_name_that_changes_its_answer_between_redirects_gains_nothing(
    roads: Roads, tmp_path: Path, found: str
) -> None:
    roads.names["rebind.test"] = [PUBLIC, found]
    roads.outside.on("/", answer(302, raw=b"", headers={"Location": "http://rebind.test/again"}))
    with pytest.raises(AddressRefused):
        fetch("http://rebind.test/", tmp_path)
    assert roads.taken == [(PUBLIC, 80)]


def test_the_way_down_is_refused() -> None:
    response = httpx.Response(302, extensions={"location": "http://public.test/"})
    with pytest.raises(AddressRefused):
        fetching._next(urls.read("https://public.test/"), response)
    assert fetching._next(urls.read("http://public.test/"), response).scheme == "http"


def test_redirects_have_an_end(roads: Roads, tmp_path: Path) -> None:
    roads.outside.on("/loop", answer(307, raw=b"", headers={"Location": "/loop"}))
    with pytest.raises(MediaUnreachable):
        fetch("http://public.test/loop", tmp_path)
    assert len(roads.taken) == 6
    for number in range(5):
        roads.outside.on(f"/{number}", answer(301, raw=b"", headers={"Location": f"/{number + 1}"}))
    roads.outside.on("/5", answer(200, raw=b"there"))
    assert fetch("http://public.test/0", tmp_path).url == "http://public.test/5"
    roads.outside.on("/5", answer(302, raw=b"", headers={"Location": "http://10.0.0.1:8080/"}))
    with pytest.raises((AddressRefused, MediaUnreachable)):
        fetch("http://public.test/0", tmp_path)
    assert roads.inside.accepted == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_inside_is_refused_whatever_its_number(roads: Roads, tmp_path: Path, status: int) -> None:
    roads.outside.on("/", answers(answer(status, raw=b"", headers={"Location": "http://169.254.169.254/latest/"})))
    with pytest.raises(AddressRefused):
        fetch("http://public.test/", tmp_path)
    assert roads.inside.accepted == 0


@pytest.mark.parametrize("host", [*IPV4, *(f"[{a}]" for a in ["::1", "fd00::1", "fe80::1"]), "localtest.me"])
def test_the_listener_would_have_noticed(
    roads: Roads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """The same call with the judgement taken out: it does reach the inside, so the tests above can fail."""
    monkeypatch.setattr(rules.Rules, "_may_use", lambda *_: True)
    fetch(f"http://{host}:8080/", tmp_path)
    assert (tmp_path / "it").read_bytes() == b"the crown jewels"
    assert roads.inside.accepted == 1


def test_a_public_address_is_fetched(roads: Roads, tmp_path: Path) -> None:
    roads.outside.on("/a.png", answer(200, raw=b"png"))
    for url in ("http://public.test/a.png", f"http://{PUBLIC}:8080/a.png", "http://PUBLIC.test./a.png"):
        outbound.check_address(url, NOBODY, NOBODY)
        assert fetch(url, tmp_path).size_bytes == 3
    assert roads.inside.accepted == 0


def test_this_machines_own_public_address_is_inside(
    roads: Roads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "is_own", lambda address: str(address) == PUBLIC)
    with pytest.raises(AddressRefused):
        fetch("http://public.test/", tmp_path)
    assert roads.taken == []


def test_what_is_admitted_by_name_is_admitted_on_any_port_and_nothing_else_is(roads: Roads, tmp_path: Path) -> None:
    roads.names["pds.internal"] = ["10.0.0.1"]
    allowed = frozenset({"pds.internal:25"})
    outbound.check_address("http://pds.internal:25/", allowed, NOBODY)
    for url in ("http://pds.internal:26/", "http://10.0.0.1:25/", "http://other.internal:25/"):
        with pytest.raises(AddressRefused):
            outbound.check_address(url, allowed, NOBODY)
    with pytest.raises(AddressRefused):
        outbound.check_address("http://pds.internal:25/", allowed, frozenset({"10.0.0.1:25"}))
