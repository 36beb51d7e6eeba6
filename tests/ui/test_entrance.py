from collections.abc import Iterator

import httpx
import pytest
from sqlmodel import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dravo_app import db
from dravo_app.models import LoginSession, User
from dravo_app.services import users
from dravo_app.ui import routes
from dravo_app.ui.cookies import SESSION, read_cookie, read_notice
from dravo_app.ui.entrance import entrance_routes
from dravo_app.ui.gate import gated
from tests.conftest import Settle
from tests.support.api_client import running_client

EMAIL, PASSWORD = "ada@example.com", "correct horse"


@pytest.fixture
def client(settle: Settle, database: str) -> Iterator[httpx.Client]:
    settle(DATABASE_URL=database, DRAVO_SANDBOX="off", DRAVO_PUBLIC_URL="http://localhost:8000")
    with running_client(_app()) as client:
        client.headers["host"] = "localhost:8000"
        yield client


@pytest.fixture
def owner(client: httpx.Client) -> User:
    with db.transaction() as session:
        return users.create_owner(session, EMAIL, PASSWORD)


def _app() -> object:
    async def page(request: Request) -> Response:
        return PlainTextResponse("the page")

    pages = [Route(path, page) for path in ("/", "/login/", "/welcome/", "/history/")]
    return gated(Starlette(routes=[*entrance_routes(), *pages]))


def _log_in(client: httpx.Client, **fields: str) -> httpx.Response:
    return client.post(routes.LOG_IN, data={"email": EMAIL, "password": PASSWORD, **fields})


def _notice(response: httpx.Response) -> str:
    found = read_notice(response.headers["set-cookie"].split(";")[0])
    return found.sentence if found else ""


@pytest.mark.parametrize("path", ["/", "/login", "/history", "/history/"])
def test_before_there_is_anybody_every_page_is_the_welcome(client: httpx.Client, path: str) -> None:
    response = client.get(path)

    assert (response.status_code, response.headers["location"]) == (303, "/welcome")
    assert client.get("/welcome").text == "the page"


@pytest.mark.parametrize(
    ("path", "goes_to"), [("/", "/login"), ("/welcome", "/login"), ("/history", "/login?next=%2Fhistory")]
)
def test_who_is_not_logged_in_is_sent_to_the_login(client: httpx.Client, owner: User, path: str, goes_to: str) -> None:
    assert client.get(path).headers["location"] == goes_to
    assert client.get("/login").text == "the page"


def test_the_first_run_makes_the_owner_and_logs_in(client: httpx.Client) -> None:
    response = client.post(routes.FIRST_RUN, data={"email": EMAIL, "password": PASSWORD})

    assert (response.status_code, response.headers["location"]) == (303, "/history?environment=test")
    assert client.get("/history").text == "the page"
    assert client.get("/login").headers["location"] == "/history?environment=test"


def test_there_is_no_second_first_run(client: httpx.Client, owner: User) -> None:
    response = client.post(routes.FIRST_RUN, data={"email": "eve@example.com", "password": PASSWORD})

    assert "already has an owner" in _notice(response)
    assert SESSION not in client.cookies


@pytest.mark.parametrize("password", ["", "short", "a" * 2000])
def test_a_bad_first_password_gets_its_sentence_and_makes_nobody(client: httpx.Client, password: str) -> None:
    response = client.post(routes.FIRST_RUN, data={"email": EMAIL, "password": password})

    assert "characters" in _notice(response)
    with db.reading() as session:
        assert users.is_first_run(session)


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip", "via", "host"])
def test_behind_a_proxy_or_a_foreign_name_the_first_run_asks_for_the_code_that_up_printed(
    client: httpx.Client, header: str
) -> None:
    from dravo_app.settings import get_settings

    folder = get_settings().data_dir / "run"
    folder.mkdir()
    (folder / "first_run_code").write_text("abcd-efgh-ijkl")
    by_proxy = {header: "192.0.2.1"}
    assert client.get("/", headers=by_proxy).headers["location"] == "/welcome?code=1"

    fields = {"email": EMAIL, "password": PASSWORD}
    refused = client.post(routes.FIRST_RUN, data={**fields, "code": "abcd-efgh-ijkm"}, headers=by_proxy)
    assert "not the code" in _notice(refused)
    client.post(routes.FIRST_RUN, data={**fields, "code": " ABCD EFGH IJKL "}, headers=by_proxy)
    assert SESSION in client.cookies
    assert not (folder / "first_run_code").exists()


@pytest.mark.parametrize("host", ["dravo.example.com", "127.0.0.1:8000"])
def test_behind_a_proxy_that_leaves_no_mark_the_public_name_asks_for_the_code(
    client: httpx.Client, settle: Settle, database: str, host: str
) -> None:
    settle(DATABASE_URL=database, DRAVO_SANDBOX="off", DRAVO_PUBLIC_URL="https://dravo.example.com")

    assert client.get("/", headers={"host": host}).headers["location"] == "/welcome?code=1"
    client.post(routes.FIRST_RUN, data={"email": EMAIL, "password": PASSWORD}, headers={"host": host})
    with db.reading() as session:
        assert users.is_first_run(session)


@pytest.mark.parametrize("headers", [{"origin": "http://["}, {"host": "["}, {"host": "[", "origin": "http://["}])
def test_a_name_with_a_lonely_bracket_is_a_foreign_one(client: httpx.Client, headers: dict[str, str]) -> None:
    assert client.post(routes.LOG_IN, data={"email": EMAIL}, headers=headers).status_code in (303, 403)
    assert client.get("/", headers=headers).headers["location"].startswith("/welcome")


def test_a_hostile_email_stays_out_of_the_database_and_of_long_headers(client: httpx.Client, owner: User) -> None:
    response = client.post(routes.LOG_IN, data={"email": "\x00" + "é" * 2000, "password": PASSWORD})

    assert response.status_code == 303
    assert len(response.headers["set-cookie"]) < 4096


def test_without_a_code_file_a_stranger_makes_no_owner(client: httpx.Client) -> None:
    fields = {"email": EMAIL, "password": PASSWORD, "code": ""}
    response = client.post(routes.FIRST_RUN, data=fields, headers={"x-forwarded-for": "192.0.2.1"})

    assert "not the code" in _notice(response)


def test_logging_in_sets_a_cookie_that_no_script_can_read(client: httpx.Client, owner: User) -> None:
    cookie = next(c for c in _log_in(client).headers.get_list("set-cookie") if c.startswith(SESSION))

    assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=7776000"))
    assert "Secure" not in cookie


def test_over_https_the_cookie_stays_there(client: httpx.Client, owner: User) -> None:
    response = client.post(
        routes.LOG_IN, data={"email": EMAIL, "password": PASSWORD}, headers={"x-forwarded-proto": "https"}
    )

    assert "Secure" in response.headers["set-cookie"]


@pytest.mark.parametrize("password", ["wrong horse", "", "correct horse "])
def test_a_wrong_password_leads_back_with_a_sentence(client: httpx.Client, owner: User, password: str) -> None:
    response = _log_in(client, password=password, next="/history?q=a")

    assert response.headers["location"] == "/login?next=%2Fhistory%3Fq%3Da"
    assert _notice(response) == "The email or the password is wrong."
    assert SESSION not in client.cookies


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "https://evil.example/history",
        "/\\evil.example",
        "/v1/docs",
        "javascript:alert(1)",
        "/history\n",
        "history",
    ],
)
def test_nobody_is_sent_to_another_place_after_logging_in(client: httpx.Client, owner: User, wanted: str) -> None:
    assert _log_in(client, next=wanted).headers["location"] == "/history?environment=test"


def test_after_logging_in_the_wanted_page_comes(client: httpx.Client, owner: User) -> None:
    assert _log_in(client, next="/history?q=a").headers["location"] == "/history?q=a"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://testserver:81"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", [routes.LOG_IN, routes.LOG_OUT, routes.FIRST_RUN])
def test_a_form_from_a_foreign_page_is_refused(
    client: httpx.Client, owner: User, path: str, headers: dict[str, str]
) -> None:
    response = client.post(path, data={"email": EMAIL, "password": PASSWORD}, headers=headers)

    assert response.status_code == 403
    assert "set-cookie" not in response.headers


def test_logging_out_ends_the_session_in_the_database(client: httpx.Client, owner: User) -> None:
    _log_in(client)
    response = client.post(routes.LOG_OUT)

    assert response.headers["location"] == "/login"
    assert client.get("/history").headers["location"].startswith("/login")
    with db.reading() as session:
        assert session.exec(select(LoginSession)).one().revoked_at is not None


@pytest.mark.parametrize("body", [b"a" * 20_000, b"\xff\xfe=1", b"&" * 1000, b""])
def test_what_is_no_form_logs_nobody_in(client: httpx.Client, owner: User, body: bytes) -> None:
    assert client.post(routes.LOG_IN, content=body).status_code in (303, 413)
    assert SESSION not in client.cookies


def test_a_cookie_is_read_by_its_whole_name() -> None:
    assert read_cookie("my_dravo_session=a; dravo_session=b; dravo_session2=c", SESSION) == "b"
    assert read_cookie("", SESSION) == ""
    assert read_notice("dravo_notice=bm90IGpzb24=") is None
