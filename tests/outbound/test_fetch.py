"""One file from an address that a caller gave: it comes whole and plain, or not at all."""

from pathlib import Path

import pytest

from dravo_app import outbound
from dravo_app.errors import AddressRefused, MediaUnreachable, MediaUnusable
from tests.providers.wire import Wire, answer, running_wire

NOBODY: frozenset[str] = frozenset()


def got(wire: Wire, path: str, into: Path, max_bytes: int = 1000) -> outbound.Fetched:
    allowed = frozenset({wire.url.removeprefix("http://")})
    return outbound.fetch(
        f"{wire.url}{path}", into, allow_private=allowed, refuse=NOBODY, max_bytes=max_bytes, accept="image/*"
    )


def test_a_file_comes_as_it_is(tmp_path: Path) -> None:
    with running_wire() as wire:
        wire.on("/a.png", answer(200, raw=b"\x89PNG", headers={"Content-Type": "Image/PNG; q=1"}))
        found = got(wire, "/a.png", tmp_path / "a")
        assert (found.content_type, found.size_bytes) == ("image/png", 4)
        assert (tmp_path / "a").read_bytes() == b"\x89PNG"
        assert wire.requests[0].headers["accept-encoding"] == "identity"


def test_what_is_not_there_or_too_large_leaves_no_file(tmp_path: Path) -> None:
    with running_wire() as wire:
        wire.on("/large", answer(200, raw=b"x" * 1001))
        with pytest.raises(MediaUnusable, match="larger"):
            got(wire, "/large", tmp_path / "a")
        with pytest.raises(MediaUnreachable, match="404"):
            got(wire, "/nowhere", tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_a_redirect_is_checked_like_the_first_address(tmp_path: Path) -> None:
    with running_wire() as inside, running_wire() as wire:
        wire.on("/away", answer(302, raw=b"", headers={"Location": f"{inside.url}/a"}))
        wire.on("/here", answer(302, raw=b"", headers={"Location": "/a"}))
        wire.on("/a", answer(200, raw=b"ok"))
        assert got(wire, "/here", tmp_path / "a").url.endswith("/a")
        with pytest.raises(AddressRefused):
            got(wire, "/away", tmp_path / "b")
        assert inside.accepted == 0
