"""What the composer is told of one address."""

import base64
import io
from collections.abc import Iterator

import pytest
from PIL import Image

from dravo_app.errors import AddressRefused, MediaUnreachable, MediaUnusable
from dravo_app.services.media import fetching, preview
from tests.conftest import Settle
from tests.support.picture_server import PictureServer, moving, photo, picture, running_picture_server


@pytest.fixture
def server(settle: Settle) -> Iterator[PictureServer]:
    with running_picture_server() as server:
        settle(DRAVO_ALLOW_PRIVATE=server.host)
        fetching.close()
        yield server
        assert not [path for path in fetching.get_store()._root.rglob("*") if path.is_file()], "nothing is left behind"
        fetching.close()


def test_a_photo_is_told_and_shown_small(server: PictureServer) -> None:
    content = photo((1200, 800))
    seen = preview.look_at(server.put("photo", content))
    assert (seen.content_type, seen.width, seen.height, seen.size_bytes) == ("image/jpeg", 1200, 800, len(content))
    start, _, data = seen.thumbnail.partition(",")
    assert start == "data:image/webp;base64" and len(seen.thumbnail) < 30_000
    assert Image.open(io.BytesIO(base64.b64decode(data))).size == (320, 213)


def test_a_moving_picture_is_told_to_move(server: PictureServer) -> None:
    assert preview.look_at(server.put("moving", moving())).is_animated


def test_what_cannot_be_shown_is_said(server: PictureServer) -> None:
    with pytest.raises(MediaUnreachable, match="404"):
        preview.look_at(f"http://{server.host}/nothing")
    with pytest.raises(MediaUnusable, match="a web page"):
        preview.look_at(server.put("page", b"<html>"))
    with pytest.raises(MediaUnusable, match="cut off"):
        preview.look_at(server.put("half", picture()[:500]))
    with pytest.raises(AddressRefused):
        preview.look_at("http://127.0.0.1:1/")
