"""Part of who you are: the very first person. Where a stranger could reach the page, it asks for the code `up` printed."""

import secrets

from sqlmodel import Session

from dravo_app.errors import Flaw, Invalid
from dravo_app.models import User
from dravo_app.services import connecting, throttle, users
from dravo_app.settings import get_settings

DEMO = connecting.ConnectRequest(
    provider="x", platform_account_id="demo", handle="demo", credentials={"access_token": "sandbox_demo"}
)
"""An account that works at once: `demo` on the sandbox's X, for the owner to try with."""


def check_code(code: str, address: str) -> None:
    """Raises Invalid where it isn't the code in the data folder, TooManyRequests after ten wrong ones."""
    throttle.refuse_if_too_many("first run", address)
    path = get_settings().data_dir / "run" / "first_run_code"
    wanted = path.read_text().strip() if path.exists() else ""
    if not wanted or not secrets.compare_digest(_folded(wanted), _folded(code)):
        throttle.count_failure("first run", address)
        raise Invalid(flaws=[Flaw("/code", "wrong_code", "That is not the code which ./dravo up printed.")])


def spend_code() -> None:
    """The code has done its duty."""
    (get_settings().data_dir / "run" / "first_run_code").unlink(missing_ok=True)


def create_owner(session: Session, email: str, password: str) -> User:
    """Make the first person. Raises Conflict where somebody was faster, Invalid for the email or the password."""
    return users.create_first_owner(session, email, password)


def _folded(code: str) -> bytes:
    return "".join(letter for letter in code.casefold() if letter.isalnum()).encode()
