"""Mastodon's look-up: ours is found however a server shows it, nobody else's is, and "not there" is a proof."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from dravo_app.errors import PostsAlike, ProviderUnavailable
from dravo_app.providers.mastodon.lookup import MAX_PAGES
from dravo_app.providers.mastodon.publish import Mastodon
from dravo_app.providers.types import Json, Publication, Published
from dravo_app.sandbox.networks import mastodon_text
from tests.providers.mastodon_talk import CREDENTIALS, HOME, INSTANCE, OWN, publication, status
from tests.providers.wire import Trick, Wire, answer, answers, http_date

NOT_FOUND = answer(404, raw=b"<h1>404 Not Found (snac/2.75)</h1>")
EMPTY = answer(200, [])


def page(*statuses: dict[str, object]) -> Trick:
    return answer(200, list(statuses))


def look(wire: Wire, client: httpx.Client, post: Publication) -> Published | None:
    return Mastodon(client, wire.url).look_up(CREDENTIALS, post)


def found(wire: Wire, client: httpx.Client, post: Publication) -> str | None:
    published = look(wire, client, post)
    return published.platform_post_id if published else None


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("Hello", "<p>Hello</p>"),
        ("One\n\nTwo\nThree", "<p>One</p><p>Two<br />Three</p>"),
        ("a & b <c> \"d\" 'e'", "<p>a &amp; b &lt;c&gt; &quot;d&quot; &#39;e&#39;</p>"),
        ("a & b <c>", "a & b <c>"),
        (
            "See https://www.example.com/a/long/way?x=1&y=2.",
            '<p>See <a href="https://www.example.com/a/long/way?x=1&amp;y=2" rel="nofollow"><span class="invisible">'
            'https://www.</span><span class="ellipsis">example.com/a/long/way?x=1</span><span class="invisible">&amp;y=2'
            "</span></a>.</p>",
        ),
        (
            "Hi @bob@other.example and @carol",
            '<p>Hi <span class="h-card"><a href="https://other.example/@bob" class="u-url mention">@<span>bob</span></a>'
            '</span> and <span class="h-card"><a href="https://x/@carol">@<span>carol</span></a></span></p>',
        ),
        ("A #tag", '<p>A <a href="https://x/tags/tag" class="mention hashtag" rel="tag">#<span>tag</span></a></p>'),
        ("👨‍👩‍👧 e\u0301", "<p>👨‍👩‍👧 é</p>"),
        ("two   blanks\u200b", "<p>two blanks</p>"),
    ],
)
def test_our_words_are_known_however_they_are_shown(wire: Wire, client: httpx.Client, text: str, content: str) -> None:
    wire.on(OWN, page(status(content=content)))
    assert found(wire, client, publication(text)) == "1890"


def test_the_sandboxs_html_is_read_back_to_the_text(wire: Wire, client: httpx.Client) -> None:
    text = "Hello @bob@x.social\n\n(https://example.com/a_(b)?q=<1>&r=2) #Ünï & <b>\nme@a.com  :)"
    shown = mastodon_text.render(text, lambda name: f"https://mastodon.example/@{name}")
    wire.on(OWN, page(status(content=shown)))
    assert found(wire, client, publication(text)) == "1890"


def test_a_server_that_says_what_was_typed_is_believed(wire: Wire, client: httpx.Client) -> None:
    wire.on(OWN, page(status(content="<i>star</i><br><blockquote>quoted</blockquote>", text="*star*\n> quoted")))
    assert found(wire, client, publication("*star*\n> quoted")) == "1890"


@pytest.mark.parametrize(
    "other",
    [
        {"content": "<p>Hello you</p>"},
        {"spoiler_text": "CW"},
        {"media_attachments": [{"id": "7"}]},
        {"visibility": "private"},
        {"account": {"id": "43"}},
        {"account": None},
        {"reblog": status("1")},
        {"created_at": (datetime.now(UTC) - timedelta(hours=2)).isoformat()},
    ],
)
def test_another_post_is_not_taken_for_ours(wire: Wire, client: httpx.Client, other: dict[str, object]) -> None:
    wire.on(OWN, answers(page(status() | other), EMPTY))
    assert look(wire, client, publication()) is None


def test_a_post_of_another_delivery_is_not_taken_for_ours(wire: Wire, client: httpx.Client) -> None:
    wire.on(OWN, answers(page(status("9"), status("8")), EMPTY))
    assert found(wire, client, publication(taken_post_ids=frozenset({"9"}))) == "8"


def test_the_warning_and_the_pictures_belong_to_it(wire: Wire, client: httpx.Client) -> None:
    wire.on(OWN, page(status(spoiler_text="CW <x>", media_attachments=[{"id": "7"}])))
    options: dict[str, Json] = {"spoiler_text": "CW <x>"}
    assert found(wire, client, publication("Hello", options, media_urls=("https://a.com/a.png",))) == "1890"


def test_pages_are_read_until_before_the_first_attempt(wire: Wire, client: httpx.Client) -> None:
    long_ago = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    wire.on(OWN, answers(page(status("9", "<p>a</p>")), page(status("8", "<p>b</p>", created_at=long_ago))))
    assert look(wire, client, publication()) is None
    assert ["max_id=9" in request.query for request in wire.requests] == [False, True]
    assert "exclude_reblogs=true" in wire.requests[0].query and "limit=40" in wire.requests[0].query


def test_a_boost_of_something_old_is_no_sign_of_being_past(wire: Wire, client: httpx.Client) -> None:
    long_ago = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    boost = status("9", created_at=long_ago, reblog=status("1"))
    wire.on(OWN, answers(page(boost), page(status("8"))))
    assert found(wire, client, publication()) == "8"


def test_a_list_without_an_end_proves_nothing(wire: Wire, client: httpx.Client) -> None:
    pages = [page(status(str(10_000 - number), "<p>x</p>")) for number in range(MAX_PAGES + 1)]
    wire.on(OWN, answers(*pages))
    with pytest.raises(ProviderUnavailable, match="too much"):
        look(wire, client, publication())
    assert len(wire.requests) == MAX_PAGES


def test_a_server_that_doesn_t_page_is_believed_as_far_as_its_list_is_short(wire: Wire, client: httpx.Client) -> None:
    wire.on(OWN, page(*(status(str(number), "<p>x</p>") for number in range(5))))
    assert look(wire, client, publication()) is None
    wire.on(OWN, page(*(status(str(number), "<p>x</p>") for number in range(40))))
    with pytest.raises(ProviderUnavailable, match="no older posts"):
        look(wire, client, publication())


@pytest.mark.parametrize("visibility", ["private", "direct"])
def test_what_is_not_for_everybody_is_looked_for_at_home_where_the_list_may_hide_it(
    wire: Wire, client: httpx.Client, visibility: str
) -> None:
    wire.on(OWN, EMPTY)
    wire.on(INSTANCE, NOT_FOUND)
    wire.on(HOME, answers(page(status("9", visibility="private"))))
    post = publication("Hello", {"visibility": visibility})
    assert found(wire, client, post) == "9"
    wire.on(HOME, EMPTY)
    assert look(wire, client, post) is None
    wire.on(HOME, NOT_FOUND)
    with pytest.raises(ProviderUnavailable):
        look(wire, client, post)


def test_mastodon_itself_shows_authors_all_they_wrote(wire: Wire, client: httpx.Client) -> None:
    wire.on(OWN, EMPTY)
    wire.on(INSTANCE, answer(200, {"version": "4.7.0"}))
    assert look(wire, client, publication("Hello", {"visibility": "private"})) is None
    assert wire.paths() == [OWN, INSTANCE]


@pytest.mark.parametrize("code", [403, 404, 410, 422])
def test_a_list_that_isn_t_shown_proves_nothing(wire: Wire, client: httpx.Client, code: int) -> None:
    wire.on(OWN, answer(code, {"error": "Record not found"}))
    with pytest.raises(ProviderUnavailable):
        look(wire, client, publication())


def test_clocks_that_differ_are_reckoned_with_or_refused(wire: Wire, client: httpx.Client) -> None:
    made = datetime.now(UTC) - timedelta(seconds=30)
    late = answer(200, [status(created_at=made.isoformat())], {"Date": http_date(made)})
    wire.on(OWN, late)
    assert found(wire, client, publication()) == "1890"
    wire.on(OWN, answer(200, [status()], {"Date": http_date(datetime.now(UTC) - timedelta(minutes=5))}))
    with pytest.raises(ProviderUnavailable, match="clock"):
        look(wire, client, publication())


def test_our_words_from_shortly_before_may_be_ours_by_a_clock_that_was_ahead(wire: Wire, client: httpx.Client) -> None:
    shortly_before = (datetime.now(UTC) - timedelta(minutes=20)).isoformat()
    wire.on(OWN, page(status("8", created_at=shortly_before)))
    with pytest.raises(PostsAlike):
        look(wire, client, publication())
    assert look(wire, client, publication(taken_post_ids=frozenset({"8"}))) is None


def test_an_account_of_before_is_looked_up_by_the_id_in_its_name(wire: Wire, client: httpx.Client) -> None:
    wire.on(OWN, page(status()))
    credentials = {"access_token": "tok-access-4711"}
    assert Mastodon(client, wire.url).look_up(credentials, publication()) is not None
