from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import func, select

from dravo_app import db
from dravo_app.errors import Conflict, Invalid, NotFound
from dravo_app.models import Membership, Role, User
from dravo_app.services import passwords, users


@pytest.mark.usefixtures("database")
def test_the_first_person_owns_the_first_workspace() -> None:
    with db.transaction() as session:
        assert users.is_first_run(session)
        user = users.create_first_owner(session, "  Ada@Example.COM ", "correct horse")

    with db.reading() as session:
        assert not users.is_first_run(session)
        assert user.email == "ada@example.com"
        assert [(m.workspace_key, m.role) for m in session.exec(select(Membership))] == [(1, Role.OWNER)]


@pytest.mark.usefixtures("database")
def test_of_two_first_runs_at_once_one_makes_the_owner() -> None:
    def run(number: int) -> str:
        try:
            with db.transaction() as session:
                return users.create_first_owner(session, f"person{number}@example.com", "correct horse").email
        except Conflict as error:
            return error.code

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(run, range(4)))

    assert answers.count("conflict") == 3
    with db.reading() as session:
        assert session.exec(select(func.count()).select_from(User)).one() == 1


@pytest.mark.usefixtures("database")
def test_an_email_belongs_to_one_person_however_it_is_written() -> None:
    with db.transaction() as session:
        users.create_user(session, "ada@example.com", "correct horse", Role.MEMBER)

    with pytest.raises(Conflict), db.transaction() as session:
        users.create_user(session, "ADA@example.com", "correct horse", Role.MEMBER)


@pytest.mark.parametrize(
    "email", ["", "ada", "ada@", "@example.com", "a b@example.com", "ada@ex\nample.com", "a@" + "b" * 260]
)
def test_what_is_no_email_is_refused(email: str) -> None:
    with pytest.raises(Invalid, match="not an email"):
        users.normalise_email(email)


@pytest.mark.usefixtures("database")
def test_a_new_password_replaces_the_old_one() -> None:
    with db.transaction() as session:
        users.create_owner(session, "ada@example.com", "correct horse")
        user = users.set_password(session, "Ada@example.com", "battery staple")

        assert passwords.is_password("battery staple", user.password_hash)
        assert not passwords.is_password("correct horse", user.password_hash)


@pytest.mark.usefixtures("database")
def test_a_password_for_nobody_is_refused() -> None:
    with pytest.raises(NotFound, match="nobody with the email"), db.transaction() as session:
        users.set_password(session, "ada@example.com", "battery staple")
