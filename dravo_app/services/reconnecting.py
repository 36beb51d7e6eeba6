"""Connecting an account again in its place: it keeps its id and its history, and takes only its own credentials."""

from sqlmodel import Session

from dravo_app.errors import AccountMismatch, ConfigurationError, Flaw
from dravo_app.models import Account
from dravo_app.providers.types import Identity
from dravo_app.services import connecting, networks, vault
from dravo_app.services.accounts import get_known_account
from dravo_app.services.caller import Caller
from dravo_app.services.roles import require_admin
from dravo_app.services.typed_credentials import LOGIN_NAMES, SERVERS, server_address


def reconnect(session: Session, caller: Caller, account_id: str, identity: Identity) -> Account:
    """Give the account its new credentials. Raises NotAllowed, NotFound, AccountMismatch where they are another account's."""
    require_admin(caller)
    account = get_known_account(session, caller, account_id)
    _check_same(account, identity)
    return connecting.connect(session, caller, account.provider, identity)[0]


def list_known_values(session: Session, caller: Caller, account_id: str) -> dict[str, str]:
    """What need not be typed again: the account's handle and server, nothing secret. Raises NotFound."""
    account = get_known_account(session, caller, account_id)
    fields = networks.adapter_class(account.provider).capabilities.credential_fields
    stored = _stored(account)
    values = {
        field.name: stored.get(field.name) or _derived(field.name, account) for field in fields if not field.secret
    }
    return {name: value for name, value in values.items() if value}


def _stored(account: Account) -> dict[str, str]:
    if not account.credentials_sealed:
        return {}
    try:
        return {name: text for name, text in vault.open_credentials(account).items() if isinstance(text, str)}
    except ConfigurationError:  # another secret key than the one that sealed them: that is why people reconnect
        return {}


def _derived(field: str, account: Account) -> str:
    if field in LOGIN_NAMES:
        return account.handle
    return server_address(account.handle) if field in SERVERS and "@" in account.handle else ""


def _check_same(account: Account, identity: Identity) -> None:
    if account.platform_account_id == identity.platform_account_id:
        return
    name = networks.adapter_class(account.provider).name
    message = (
        f"{name} says that these credentials belong to {identity.handle}, and this account is {account.handle}. "
        "Nothing was changed; connect the other one as an account of its own."
    )
    raise AccountMismatch(message, [Flaw("/credentials", "account_mismatch", message)])
