"""What an operator admits by name: read at start, said at once where it can't be meant."""

import pytest

from dravo_app import outbound
from dravo_app.errors import AddressRefused, ConfigurationError
from dravo_app.settings import read_settings

RIGHT = [
    "pds.internal:443",
    "PDS.internal.:443",
    "127.0.0.1:8080",
    "[::1]:3000",
    "[fd00::1]:1",
    "intranet:25",
    "a_b:65535",
]
WRONG = [
    *(
        "pds.internal",
        "pds.internal:",
        ":443",
        "443",
        "pds:0",
        "pds:65536",
        "pds:080",
        "pds:https",
        "http://pds:443",
        "pds:443/",
    ),
    *(
        "::1:3000",
        "[::1]",
        "[::1%eth0]:80",
        "[::g]:80",
        "127.1:80",
        "0x7f.1:80",
        "2130706433:80",
        "127.0.0.1.1:80",
        "a b:80",
    ),
    *(
        "a..b:80",
        "-a:80",
        "*.internal:80",
        "10.0.0.0/8:80",
        "münchen.de:80",
        "pds:８０",
        "user@pds:80",
        f"{'a' * 64}:80",
        "[]:80",
    ),
]


@pytest.mark.parametrize("entry", RIGHT)
def test_an_entry_that_settings_take_is_one_the_window_takes(entry: str) -> None:
    allowed = read_settings({"DRAVO_ALLOW_PRIVATE": f" {entry} ,"}).allow_private
    assert allowed == {entry}
    outbound.make_client(allowed, frozenset()).close()


@pytest.mark.parametrize("entry", WRONG)
def test_an_entry_that_cannot_be_meant_is_said_at_start(entry: str) -> None:
    with pytest.raises(ConfigurationError, match=r"DRAVO_ALLOW_PRIVATE must list host:port, such as .*but says"):
        read_settings({"DRAVO_ALLOW_PRIVATE": f"pds.internal:443,{entry}"})


def test_an_admitted_name_is_found_however_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = frozenset({"LOCALHOST.:8080", "[0:0::1]:81"})
    for url in ("http://localhost:8080/", "http://LocalHost.:8080/a", "http://[::1]:81/", "http://[0::0:1]:81/"):
        outbound.check_address(url, allowed, frozenset())
    for url in ("http://localhost:81/", "http://127.0.0.1:8080/", "http://[::1]:8080/", "http://user@localhost:8080/"):
        with pytest.raises(AddressRefused):
            outbound.check_address(url, allowed, frozenset())
