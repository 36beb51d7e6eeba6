"""Accounts of the built-in sandbox: it knows everybody whose token is `sandbox_<name>`, so a name is all that is needed."""

import re

from sqlmodel import Session

from dravo_app.errors import Flaw, Invalid, NotAllowed
from dravo_app.models import Environment
from dravo_app.providers.registry import PROVIDERS
from dravo_app.providers.types import Identity
from dravo_app.services import connecting
from dravo_app.services.accounts import AccountFilter, list_accounts
from dravo_app.services.caller import Caller

NAMES = ("alice", "bakery", "newsroom", "museum", "radio", "festival", "library", "cinema", "harbour", "market")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}", re.ASCII)


def suggest(session: Session, caller: Caller) -> list[tuple[str, str]]:
    """One account per network, as (network, name), with a name that isn't connected there yet."""
    taken = {
        (account.provider, account.handle.partition(".")[0].partition("@")[0].casefold())
        for account in list_accounts(session, caller, AccountFilter(limit=100)).items
    }
    found: list[tuple[str, str]] = []
    for slug in PROVIDERS:
        names = {name for _, name in found} | {name for network, name in taken if network == slug}
        found.append((slug, _free_name(names)))
    return found


def identify(caller: Caller, provider: str, name: str) -> Identity:
    """The sandbox's account of that name; a network call. Raises NotAllowed outside of the test environment, Invalid for the name."""
    if caller.environment is not Environment.TEST:
        raise NotAllowed("Sandbox accounts belong to the test environment.")
    handle = name.strip().removeprefix("@")
    if not _NAME.fullmatch(handle):
        raise Invalid(
            flaws=[
                Flaw("/name", "bad_handle", "A name has letters, digits, dots, hyphens and underscores, 64 at most.")
            ]
        )
    return connecting.identify(caller, provider, {"access_token": f"sandbox_{handle}"}, handle)


def _free_name(taken: set[str]) -> str:
    numbered = (f"{name}{number}" for number in range(2, 100) for name in NAMES)
    return next(name for name in (*NAMES, *numbered) if name not in taken)
