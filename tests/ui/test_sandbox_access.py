import pytest
from starlette.requests import Request

from dravo_app import db
from dravo_app.models import Role
from dravo_app.services import sessions, users
from dravo_app.ui.sandbox_access import may_see_sandbox
from tests.conftest import Settle


def _request(method: str = "GET", peer: str = "127.0.0.1", **headers: str) -> Request:
    raw = [
        (name.replace("_", "-").encode(), value.encode())
        for name, value in {"host": "localhost:8000", **headers}.items()
    ]
    return Request({"type": "http", "method": method, "path": "/sandbox/", "client": (peer, 1), "headers": raw})


def _cookie(role: Role) -> str:
    with db.transaction() as session:
        user = users.create_user(session, f"{role}@example.com", "correct horse", role)
        return f"dravo_session={sessions.open_browser_session(session, user)}"


@pytest.mark.usefixtures("database")
def test_who_sits_at_this_machine_may_look() -> None:
    assert may_see_sandbox(_request())
    assert may_see_sandbox(_request("POST"))


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("header", ["x_forwarded_for", "x_forwarded_proto", "cf_connecting_ip", "forwarded", "via"])
def test_a_stranger_may_not_look_not_even_through_a_proxy_on_this_machine(header: str) -> None:
    assert not may_see_sandbox(_request(peer="192.0.2.7"))
    assert not may_see_sandbox(_request(**{header: "192.0.2.7"}))


@pytest.mark.usefixtures("database")
def test_a_foreign_name_that_points_to_this_machine_opens_nothing() -> None:
    assert not may_see_sandbox(_request(host="evil.example"))
    assert not may_see_sandbox(_request(host="["))


@pytest.mark.usefixtures("database")
def test_by_its_public_name_nobody_sits_at_this_machine(settle: Settle) -> None:
    settle(DRAVO_PUBLIC_URL="https://dravo.example.com")

    assert not may_see_sandbox(_request(host="dravo.example.com"))


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(("role", "may"), [(Role.OWNER, True), (Role.ADMIN, True), (Role.MEMBER, False)])
def test_from_elsewhere_owners_and_admins_may(role: Role, may: bool) -> None:
    assert may_see_sandbox(_request(peer="192.0.2.7", cookie=_cookie(role))) is may


@pytest.mark.usefixtures("database")
def test_a_foreign_page_plays_no_faults_on_whoever_visits_it() -> None:
    assert not may_see_sandbox(_request("POST", origin="http://evil.example"))
    assert not may_see_sandbox(_request("DELETE", sec_fetch_site="cross-site"))
    assert may_see_sandbox(_request("POST", origin="http://localhost:8000"))
