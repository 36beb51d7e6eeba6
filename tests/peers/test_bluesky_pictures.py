"""Pictures on the real Bluesky server: every byte, description and side is read back as it was sent."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from PIL import Image

from dravo_app import outbound
from dravo_app.errors import ContentRejected, MediaUnusable
from dravo_app.providers.bluesky import media
from dravo_app.providers.bluesky.publish import Bluesky
from dravo_app.providers.types import Credentials, Medium, Publication
from tests.peers.pds import Account, Pds, PdsError


@pytest.fixture(name="bluesky")
def _bluesky(real_pds: Pds) -> Iterator[Bluesky]:
    with outbound.make_client(frozenset({urlsplit(real_pds.url).netloc}), frozenset()) as client:
        yield Bluesky(client, real_pds.url)


def picture(folder: Path, kind: str, size: tuple[int, int], alt_text: str = "", pad_to: int = 0) -> Medium:
    """A picture of noise; with `pad_to` of exactly so many bytes, what follows its end is ignored by decoders."""
    path = folder / f"{kind}-{size[0]}-{pad_to}"
    noise = random.Random(size[0]).randbytes(size[0] * size[1] * 3)
    Image.frombytes("RGB", size, noise).save(path, kind)
    if pad_to:
        with path.open("ab") as file:
            file.write(bytes(pad_to - path.stat().st_size))
    return Medium(path, f"image/{kind}", path.stat().st_size, *size, alt_text)


def connected(real_pds: Pds, bluesky: Bluesky) -> tuple[Account, Credentials]:
    account = real_pds.new_account()
    return account, bluesky.identify({"app_password": account.password}, account.handle).credentials


def written(account: Account, *pictures: Medium) -> Publication:
    return Publication("dlv_1", account.did, account.handle, "Look 🌊", datetime.now(UTC), media=pictures)


def images(pds: Pds, account: Account) -> list[dict[str, Any]]:
    [stored] = pds.list_posts(account.did)
    embed = cast(dict[str, Any], stored.value["embed"])
    assert embed["$type"] == "app.bsky.embed.images"
    return cast(list[dict[str, Any]], embed["images"])


def test_pictures_are_read_back_byte_for_byte(real_pds: Pds, bluesky: Bluesky, tmp_path: Path) -> None:
    account, credentials = connected(real_pds, bluesky)
    sent = [
        picture(tmp_path, "png", (64, 48), "A wave, at night 🌊"),
        picture(tmp_path, "jpeg", (300, 200)),
        picture(tmp_path, "webp", (31, 97), "Three\nlines"),
    ]
    bluesky.publish(credentials, written(account, *sent))
    found = images(real_pds, account)
    assert [image["alt"] for image in found] == ["A wave, at night 🌊", "", "Three\nlines"]
    assert [image["aspectRatio"] for image in found] == [{"width": m.width, "height": m.height} for m in sent]
    for medium, image in zip(sent, found, strict=True):
        kind, content = real_pds.get_blob(account.did, image["image"]["ref"]["$link"])
        assert (kind, content) == (medium.content_type, medium.path.read_bytes())


def test_a_repeat_changes_nothing(real_pds: Pds, bluesky: Bluesky, tmp_path: Path) -> None:
    account, credentials = connected(real_pds, bluesky)
    post = written(account, picture(tmp_path, "png", (20, 10), "A wave"))
    bluesky.publish(credentials, post)
    [first] = real_pds.list_posts(account.did)
    bluesky.publish(credentials, post)
    assert real_pds.list_posts(account.did) == [first]
    assert bluesky.look_up(credentials, post) is not None


def test_the_limits_are_the_servers_own(real_pds: Pds, bluesky: Bluesky, tmp_path: Path) -> None:
    account, credentials = connected(real_pds, bluesky)
    rules = Bluesky.capabilities.media
    assert rules is not None
    most = rules.images.max_bytes.value
    full = picture(tmp_path, "png", (20, 10), "a" * 2000, pad_to=most)
    with pytest.raises(ContentRejected):  # seen when the record names it, not when it is sent
        bluesky.publish(credentials, written(account, picture(tmp_path, "png", (20, 10), pad_to=most + 1)))
    with pytest.raises(ContentRejected):
        bluesky.publish(credentials, written(account, *[full] * (rules.max_count.value + 1)))
    with pytest.raises(MediaUnusable):
        bluesky.publish(credentials, written(account, picture(tmp_path, "png", (20, 10), pad_to=6_000_000)))
    assert real_pds.list_posts(account.did) == []
    bluesky.publish(credentials, written(account, *[full] * rules.max_count.value))
    assert len(images(real_pds, account)) == rules.max_count.value


def test_a_picture_nobody_posted_is_not_public(real_pds: Pds, bluesky: Bluesky, tmp_path: Path) -> None:
    """What a failed delivery leaves behind: a blob without a record, which the server shows to nobody."""
    account, credentials = connected(real_pds, bluesky)
    medium = picture(tmp_path, "png", (12, 34))
    embed = cast(dict[str, Any], media.embed(bluesky.client, bluesky.base_url, credentials, (medium,)))
    with pytest.raises(PdsError) as refused:
        real_pds.get_blob(account.did, embed["images"][0]["image"]["ref"]["$link"])
    assert refused.value.status in (400, 404)
