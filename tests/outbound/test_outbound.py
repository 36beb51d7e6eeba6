"""The window to strangers' addresses: public unicast only, and an inside listener that is never touched."""

import http.server
import random
import socket
import threading
from collections.abc import Callable, Iterator
from ipaddress import ip_address, ip_network

import httpcore
import httpx
import pytest

from dravo_app import outbound
from dravo_app.errors import AddressRefused, Verdict

NOBODY: frozenset[str] = frozenset()

INSIDE = [
    "127.0.0.1",
    "127.0.0.2",
    "127.255.255.255",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "169.254.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "192.0.0.1",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "168.63.129.16",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0.0.0.0",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:5ef5:79fb:0:59d:80ff:fefe",
    "2001:db8::1",
    "2001:10::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2002:808:808::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fdff::1",
    "fe80::1",
    "fe80::a9fe:a9fe",
    "febf::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "4000::1",
    "8000::1",
]

OUTSIDE = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "198.17.255.255",
    "223.255.255.255",
    "2001:4860:4860::8888",
    "2606:4700:4700::1111",
    "2a00:1450:4001::1",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
]


@pytest.mark.parametrize("address", INSIDE)
def test_an_inside_address_is_not_public(address: str) -> None:
    assert not outbound.is_public(ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_outside_address_is_public(address: str) -> None:
    assert outbound.is_public(ip_address(address))


SPECIAL = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
    *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
    *("224.0.0.0/4", "240.0.0.0/4", "::/127", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23"),
    *("2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
]
"""IANA's registries of special-purpose addresses, and multicast; what Python says of some differs between its versions."""


@pytest.mark.parametrize("text", SPECIAL)
def test_no_address_of_a_special_range_is_public(text: str) -> None:
    network, dice = ip_network(text), random.Random(text)
    places = [0, network.num_addresses - 1, *(dice.randrange(network.num_addresses) for _ in range(50))]
    assert [network[place] for place in places if outbound.is_public(network[place])] == []


class Listener:
    """A server inside, and how often it was reached."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.touched = 0


@pytest.fixture(name="inside")
def _inside() -> Iterator[Listener]:
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302 if self.path == "/away" else 200)
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    class Server(http.server.ThreadingHTTPServer):
        def get_request(self) -> tuple[socket.socket, object]:
            listener.touched += 1
            return super().get_request()

    with Server(("127.0.0.1", 0), Answer) as server:
        listener = Listener(server.server_port)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield listener
        server.shutdown()
        thread.join()


@pytest.fixture(name="names")
def _names(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A name server of the test's own: `names("a.test", "10.0.0.1", …)`; each look-up takes the next list, the last stays."""
    known: dict[str, list[list[str]]] = {}
    real = socket.getaddrinfo

    def resolve(host: str, port: int, *args: object, **more: object) -> list[tuple[object, ...]]:
        if host not in known:
            return list(real(host, port, type=socket.SOCK_STREAM))
        found = known[host].pop(0) if len(known[host]) > 1 else known[host][0]
        family = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [(family[ip_address(a).version], socket.SOCK_STREAM, 6, "", (a, port)) for a in found]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return lambda name, *answers: known.update({name: [a.split() for a in answers]})


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "127.0.0.2",
        "0",
        "0.0.0.0",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "017700000001",
        "0177.0.0.1",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "user@127.0.0.1",
        "user:word@localhost",
    ],
)
def test_no_spelling_reaches_the_inside(inside: Listener, host: str) -> None:
    with (
        outbound.make_client(NOBODY, NOBODY) as client,
        pytest.raises((AddressRefused, httpx.ConnectError, httpx.InvalidURL)),
    ):
        client.get(f"http://{host}:{inside.port}/")
    assert inside.touched == 0


@pytest.mark.parametrize("address", INSIDE)
def test_no_name_reaches_the_inside(names: Callable[..., None], address: str) -> None:
    names("pds.test", address)
    with outbound.make_client(NOBODY, NOBODY) as client, pytest.raises(AddressRefused) as refused:
        client.get("https://pds.test/")
    assert str(refused.value) == "This address can't be used."
    assert refused.value.verdict is Verdict.GIVE_UP


@pytest.mark.parametrize("found", ["8.8.8.8 127.0.0.1", "127.0.0.1 8.8.8.8", "2606:4700:4700::1111 ::1"])
def test_one_inside_address_among_public_ones_spoils_the_answer(
    inside: Listener, names: Callable[..., None], found: str
) -> None:
    names("pds.test", found)
    with outbound.make_client(NOBODY, NOBODY) as client, pytest.raises(AddressRefused):
        client.get(f"http://pds.test:{inside.port}/")
    assert inside.touched == 0


def test_a_name_is_looked_up_once_and_that_answer_is_used(
    inside: Listener, names: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    names("pds.test", "8.8.8.8", "127.0.0.1")
    connected: list[str] = []

    def connect(self: httpcore.SyncBackend, host: str, *args: object, **more: object) -> httpcore.NetworkStream:
        connected.append(host)
        raise httpcore.ConnectError("not in a test")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    with outbound.make_client(NOBODY, NOBODY) as client, pytest.raises(httpx.ConnectError):
        client.get(f"http://pds.test:{inside.port}/")
    assert connected == ["8.8.8.8"]
    assert inside.touched == 0


def test_a_private_address_is_admitted_by_exactly_its_host_and_port(inside: Listener) -> None:
    allowed = frozenset({f"127.0.0.1:{inside.port}"})
    with outbound.make_client(allowed, NOBODY) as client:
        assert client.get(f"http://127.0.0.1:{inside.port}/").status_code == 200
        assert client.get(f"http://localhost:{inside.port}/").status_code == 200, "localhost is that address"
        with pytest.raises(AddressRefused):
            client.get(f"http://127.0.0.1:{inside.port + 1}/")
        with pytest.raises(AddressRefused):
            client.get(f"http://127.0.0.2:{inside.port}/")


def test_an_allowed_name_is_allowed_wherever_it_leads(inside: Listener, names: Callable[..., None]) -> None:
    names("pds.test", "127.0.0.1")
    with outbound.make_client(frozenset({f"PDS.test:{inside.port}"}), NOBODY) as client:
        assert client.get(f"http://pds.test:{inside.port}/").status_code == 200


@pytest.mark.parametrize("asked", ["127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]"])
@pytest.mark.parametrize("refused", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0"])
def test_what_is_refused_is_refused_although_it_is_allowed(inside: Listener, asked: str, refused: str) -> None:
    allowed = frozenset(f"{host}:{inside.port}" for host in (asked, "127.0.0.1", "localhost", "0.0.0.0"))
    barred = frozenset({f"{refused}:{inside.port}"})
    with outbound.make_client(allowed, barred) as client, pytest.raises(AddressRefused):
        client.get(f"http://{asked}:{inside.port}/")
    assert inside.touched == 0


def test_a_redirect_is_an_answer_and_is_not_followed(inside: Listener) -> None:
    with outbound.make_client(frozenset({f"127.0.0.1:{inside.port}"}), NOBODY) as client:
        assert client.get(f"http://127.0.0.1:{inside.port}/away").status_code == 302
    assert inside.touched == 1


def test_proxies_of_the_environment_are_ignored(inside: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{inside.port}")
    with outbound.make_client(NOBODY, NOBODY) as client, pytest.raises(AddressRefused):
        client.get("http://127.0.0.1:9/")
    assert inside.touched == 0


def test_a_name_without_an_address_is_refused_like_one_that_leads_inside(names: Callable[..., None]) -> None:
    with outbound.make_client(NOBODY, NOBODY) as client, pytest.raises(AddressRefused):
        client.get("https://nowhere.invalid/")


def test_the_next_public_address_is_tried_where_the_first_does_not_answer(
    names: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    names("pds.test", "8.8.8.8 9.9.9.9")
    connected: list[str] = []

    def connect(self: httpcore.SyncBackend, host: str, *args: object, **more: object) -> httpcore.NetworkStream:
        connected.append(host)
        raise httpcore.ConnectTimeout("not in a test")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    with outbound.make_client(NOBODY, NOBODY) as client, pytest.raises(httpx.ConnectTimeout):
        client.get("https://pds.test/")
    assert connected == ["8.8.8.8", "9.9.9.9"]
