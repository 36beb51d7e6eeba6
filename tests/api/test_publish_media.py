"""Pictures in a request: which addresses are taken, what each network says to them, and that nobody waits for a name server."""

import socket
import time
from collections.abc import Callable

import pytest
from sqlmodel import select

from dravo_app import db
from dravo_app.models import PublishJob
from dravo_app.services.caller import Caller
from dravo_app.services.media import addresses
from tests.api.conftest import Api, make_account

PUBLIC = "https://93.184.215.14/a.png"  # a literal: no name server is asked
HOSTILE = (
    "http://127.0.0.1/a.png",
    "http://127.1/a.png",
    "http://2130706433/a.png",
    "http://0x7f.0.0.1/a.png",
    "http://localhost:8000/a.png",
    "http://[::1]/a.png",
    "http://[::ffff:10.0.0.1]/a.png",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.100.100.200/a.png",
    "http://metadata.google.internal/a.png",
    "https://user:secret@93.184.215.14/a.png",
    "https://93.184.215.14:22/a.png",
    "ftp://93.184.215.14/a.png",
    "file:///etc/passwd",
    "//93.184.215.14/a.png",
    "data:image/png;base64,AAAA",
    "javascript:alert(1)",
    "",
    "https://",
    "https://93.184.215.14/" + "a" * 2000,
)

ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def flaws(answer: object) -> list[tuple[str, str]]:
    return [(flaw["pointer"], flaw["code"]) for flaw in answer.json()["errors"]]  # type: ignore[attr-defined]


def test_pictures_are_stored_and_shown(api: Api, account: str) -> None:
    answer = api.post("/publish", {"account_ids": [account], "text": "Look", "media_urls": [PUBLIC, PUBLIC]})
    assert answer.status_code == 202, answer.text
    with db.reading() as session:
        assert session.exec(select(PublishJob.media_urls)).one() == [PUBLIC, PUBLIC]
    assert api.get(f"/publish/{answer.json()['job_id']}").json()["media_urls"] == [PUBLIC, PUBLIC]
    assert api.get("/publish").json()["items"][0]["media_urls"] == [PUBLIC, PUBLIC]


@ON_SQLITE
def test_a_hostile_address_is_refused_whatever_its_trick_and_always_in_the_same_words(api: Api, account: str) -> None:
    said = set()
    for address in HOSTILE:
        answer = api.post("/publish", {"account_ids": [account], "text": "Look", "media_urls": [PUBLIC, address]})
        assert answer.status_code == 400, address
        assert flaws(answer) == [("/media_urls/1", "media_address_refused")], address
        said |= {flaw["message"] for flaw in answer.json()["errors"]}
    assert len(said) == 1


@ON_SQLITE
def test_an_address_is_checked_wherever_it_stands(api: Api, account: str) -> None:
    options = {"x": {"media_urls": ["http://10.0.0.1/"], "accounts": {account: {"media_urls": ["http://10.0.0.2/"]}}}}
    answer = api.post("/publish", {"account_ids": [account], "text": "Look", "provider_options": options})
    assert {pointer for pointer, code in flaws(answer) if code == "media_address_refused"} == {
        "/provider_options/x/media_urls/0",
        f"/provider_options/x/accounts/{account}/media_urls/0",
    }


@ON_SQLITE
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"media_urls": [PUBLIC] * 5}, ("/provider_options/x/media_urls", "media_count")),
        ({"alt_texts": ["One", "Two"]}, ("/provider_options/x/alt_texts", "alt_text_count")),
        ({"alt_texts": ["a" * 1001]}, ("/provider_options/x/alt_texts/0", "alt_text_too_long")),
        (
            {"accounts": {"ME": {"alt_texts": ["", "a"]}}},
            ("/provider_options/x/accounts/ME/alt_texts", "alt_text_count"),
        ),
    ],
)
def test_what_a_network_does_not_take_is_told_where_it_stands(
    api: Api, account: str, options: dict[str, object], expected: tuple[str, str]
) -> None:
    if own := options.get("accounts"):
        options = {"accounts": {account: own["ME"]}}  # type: ignore[index]
    body = {"account_ids": [account], "text": "Look", "media_urls": [PUBLIC], "provider_options": {"x": options}}
    assert (expected[0].replace("ME", account), expected[1]) in flaws(api.post("/publish", body))


@ON_SQLITE
def test_a_network_may_be_left_without_the_pictures(api: Api, account: str, caller: Caller) -> None:
    other = make_account(caller, "bob", "bluesky")
    body: dict[str, object] = {"account_ids": [account, other], "text": "Look", "media_urls": [PUBLIC] * 5}
    assert "media_count" in {code for _, code in flaws(api.post("/publish", body))}
    body["provider_options"] = {"x": {"media_urls": []}, "bluesky": {"media_urls": [PUBLIC], "alt_texts": [""]}}
    assert api.post("/publish", body).status_code == 202


@ON_SQLITE
def test_validate_says_the_same_of_addresses(api: Api, account: str) -> None:
    body = {"account_ids": [account], "text": "Look", "media_urls": ["http://127.0.0.1/"]}
    told = api.post("/publish/validate", body).json()
    assert [flaw["pointer"] for flaw in told["errors"]] == ["/media_urls/0"]
    assert not told["publishable"]


@ON_SQLITE
def test_validate_shows_each_accounts_own_pictures(api: Api, account: str, caller: Caller) -> None:
    other = make_account(caller, "bob", "bluesky")
    body: dict[str, object] = {"account_ids": [account, other], "text": "Look", "media_urls": [PUBLIC, PUBLIC]}
    body["provider_options"] = {"x": {"alt_texts": ["A roof"]}, "bluesky": {"media_urls": [f"{PUBLIC}?own"]}}
    told = api.post("/publish/validate", body).json()
    assert [one["media"] for one in told["accounts"]] == [
        [{"url": PUBLIC, "alt_text": "A roof"}, {"url": PUBLIC, "alt_text": ""}],
        [{"url": f"{PUBLIC}?own", "alt_text": ""}],
    ]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], str]], None]:
    """Call it with what the name server says of pictures.example from now on."""
    ask = socket.getaddrinfo

    def say(answer: Callable[[], str]) -> None:
        def answered(host: str, *rest: object, **options: object) -> object:
            if host != "pictures.example":
                return ask(host, *rest, **options)  # type: ignore[arg-type]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answer(), 443))]

        monkeypatch.setattr(socket, "getaddrinfo", answered)

    return say


@ON_SQLITE
def test_a_repeat_gets_the_first_answer_though_the_address_has_gone_bad(
    api: Api, account: str, names: Callable[[Callable[[], str]], None]
) -> None:
    names(lambda: "93.184.215.14")
    body = {"account_ids": [account], "text": "Look", "media_urls": ["https://pictures.example/a.png"]}
    first = api.post("/publish", body, headers={"Idempotency-Key": "pictures"})
    names(lambda: "10.0.0.1")
    again = api.post("/publish", body, headers={"Idempotency-Key": "pictures"})
    assert (again.status_code, again.json()) == (202, first.json())
    assert flaws(api.post("/publish", body)) == [("/media_urls/0", "media_address_refused")]


@ON_SQLITE
def test_while_a_name_is_looked_up_others_can_write(
    api: Api, account: str, names: Callable[[Callable[[], str]], None]
) -> None:
    answers = []

    def slow() -> str:
        answers.append(api.post("/publish", {"account_ids": [account], "text": "Meanwhile"}).status_code)
        return "93.184.215.14"

    names(slow)
    body = {"account_ids": [account], "text": "Look", "media_urls": ["https://pictures.example/a.png"]}
    assert api.post("/publish", body).status_code == 202
    assert answers == [202]


@ON_SQLITE
def test_twenty_names_are_looked_up_at_once_and_not_for_ever(
    api: Api, account: str, names: Callable[[Callable[[], str]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow() -> str:
        time.sleep(1.0)
        return "93.184.215.14"

    names(slow)
    body = {"account_ids": [account], "text": "Look", "provider_options": {"x": {"media_urls": []}}}
    body["media_urls"] = [f"https://pictures.example/{n}.png" for n in range(20)]
    began_at = time.monotonic()
    assert api.post("/publish", body).status_code == 202
    assert time.monotonic() - began_at < 20 * 1.0 / 2
    monkeypatch.setattr(addresses, "LONGEST_SECONDS", 0.05)
    late = api.post("/publish", body)
    assert (late.status_code, late.json()["code"]) == (503, "unavailable") and late.headers["retry-after"]
