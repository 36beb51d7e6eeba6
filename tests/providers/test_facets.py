"""Bluesky: links, mentions and tags are found as the official app finds them, at UTF-8 offsets."""

import pytest

from dravo_app.providers.bluesky.facets import facets, parts
from dravo_app.providers.types import Json


def found(text: str) -> list[tuple[str, str, str]]:
    """Kind, the marked text, and the value of each part."""
    return [(part.kind, text[part.start : part.end], part.value) for part in parts(text)]


def link(shown: str, uri: str | None = None) -> tuple[str, str, str]:
    return ("link", shown, uri or shown)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://a.com", [link("https://a.com")]),
        ("see http://a.com/x?y=1&z=2#frag now", [link("http://a.com/x?y=1&z=2#frag")]),
        ("http://localhost:3000/x", [link("http://localhost:3000/x")]),
        ("https://a.com. https://b.com, https://c.com! https://d.com?", [link(f"https://{c}.com") for c in "abcd"]),
        ("(https://a.com)", [link("https://a.com")]),
        ("(https://a.com).", [link("https://a.com")]),
        ("https://en.wikipedia.org/wiki/A_(b)", [link("https://en.wikipedia.org/wiki/A_(b)")]),
        ("(see https://en.wikipedia.org/wiki/A_(b))", [link("https://en.wikipedia.org/wiki/A_(b)")]),
        ("https://a.com/。", [link("https://a.com/")]),
        ("example.com", [link("example.com", "https://example.com")]),
        ("(example.com/a) my-site.co.uk:8080/x?y", [link("example.com/a", "https://example.com/a"), link("my-site.co.uk:8080/x?y", "https://my-site.co.uk:8080/x?y")]),
        ("readme.md it is", [link("readme.md", "https://readme.md")]),
        ("readme.txt v1.2 e.g. 3.14 end.of.sentence a..com x.", []),
        ("bob@example.com and bob.me@example.com", []),
        ("https:// http://", []),
        ("xhttps://a.com", []),
    ],
)  # fmt: skip
def test_links(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "handles"),
    [
        ("@alice.test", ["alice.test"]),
        ("hi @alice.bsky.social, (@bob.test) @carol.test's", ["alice.bsky.social", "bob.test", "carol.test"]),
        ("@alice.test.", ["alice.test"]),
        ("@alice @ @. @-.test @a..b mail@alice.test", []),
        ("@" + "a" * 64 + ".test", []),
    ],
)
def test_mentions(text: str, handles: list[str]) -> None:
    assert found(text) == [("mention", f"@{handle}", handle) for handle in handles]


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#one and #two", ["one", "two"]),
        ("#one, #two! #three.", ["one", "two", "three"]),
        ("#日本語 #héllo #a1 #a-b", ["日本語", "héllo", "a1", "a-b"]),
        ("#1 #12 # #! C# a#b", []),
        ("#️⃣ #", []),
        ("#🎉", ["🎉"]),
        ("#" + "x" * 64, ["x" * 64]),
        ("#" + "x" * 65, []),
        ("https://a.com/#anchor", []),
    ],
)
def test_tags(text: str, tags: list[str]) -> None:
    assert [value for kind, _, value in found(text) if kind == "tag"] == tags


def test_a_wide_hash_is_a_hash() -> None:
    assert found("＃日本") == [("tag", "＃日本", "日本")]


@pytest.mark.parametrize(
    "before",
    [
        "",
        "plain ",
        "é ",
        "日本語 ",
        "👋 ",
        "👋🏽 ",
        "👨‍👩‍👧‍👦 ",
        "🏳️‍🌈🇩🇪 ",
        "e\u0301 ",
        "नमस्ते ",
        "\u202eשלום ",
        "\n\n\t",
    ],
)
@pytest.mark.parametrize("marked", ["https://a.com/é", "@bob.test", "#tag", "#日本"])
def test_offsets_are_bytes_whatever_comes_before(before: str, marked: str) -> None:
    text = f"{before}{marked} after"
    [made] = facets(text, lambda handle: "did:plc:bob")
    assert marked_bytes(text, made).decode() == marked


def test_a_mention_that_nobody_knows_stays_plain_text() -> None:
    text = "@known.test @unknown.test"
    [made] = facets(text, lambda handle: "did:plc:known" if handle == "known.test" else None)
    assert marked_bytes(text, made) == b"@known.test"
    assert "did:plc:known" in str(made)


def test_a_handle_is_asked_for_once() -> None:
    asked: list[str] = []
    facets("@a.test @b.test @a.test", lambda handle: asked.append(handle))
    assert asked == ["a.test", "b.test"]


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "text", ["a." * 2500, "@" + "a-." * 1600, "#" + "." * 5000, "(" * 5000, "http://" + ")" * 5000]
)
def test_no_text_keeps_the_search_busy(text: str) -> None:
    parts(text)


def marked_bytes(text: str, facet: Json) -> bytes:
    assert isinstance(facet, dict)
    index = facet["index"]
    assert isinstance(index, dict)
    start, end = index["byteStart"], index["byteEnd"]
    assert isinstance(start, int)
    assert isinstance(end, int)
    return text.encode()[start:end]
