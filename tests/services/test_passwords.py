import pytest

from dravo_app.errors import Invalid
from dravo_app.services import passwords


def test_a_password_is_recognised_and_another_is_not() -> None:
    kept = passwords.hash_password("correct horse")

    assert passwords.is_password("correct horse", kept)
    assert not passwords.is_password("correct horsf", kept)
    assert "correct" not in kept


def test_nothing_is_cut_off_a_long_password() -> None:
    kept = passwords.hash_password("a" * 1024)

    assert not passwords.is_password("a" * 1023, kept)
    assert not passwords.is_password("a" * 1025, kept)


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("ninechars", "at least 10"),
        ("a" * 1025, "at most 1024"),
        (" " * 12, "other than spaces"),
        ("ten\x00chars..", "null"),
    ],
)
def test_a_bad_password_gets_a_clear_sentence(password: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as caught:
        passwords.hash_password(password)

    assert caught.value.flaws[0].pointer == "/password"


def test_nobody_has_a_password() -> None:
    assert not passwords.is_password("whatever it is", None)


def test_it_is_argon2id_with_enough_memory() -> None:
    assert passwords.hash_password("correct horse").startswith("$argon2id$v=19$m=19456,t=3,p=1$")
