"""Does an account's access still work? The network is asked now, and the account's health follows its answer.

ask      a network call, and a refresh first where the token is stale (outside of any transaction)
note     what the answer means for the account (inside of one)
"""

from dataclasses import dataclass

from sqlmodel import Session

from dravo_app.errors import AccountBlocked, ConfigurationError, ProviderError, Unavailable, Verdict
from dravo_app.models import Account, Health
from dravo_app.services import tokens
from dravo_app.services.accounts import get_owned_account
from dravo_app.services.caller import Caller


@dataclass(frozen=True)
class Checked:
    """`health` is None where the network said nothing about it; `is_stale`: the token has to be renewed, then ask again.
    `version` is that of the credentials it was asked with.
    """

    health: Health | None
    sentence: str
    version: int
    is_stale: bool = False


def ask(account: Account) -> Checked:
    """Ask the network whose credentials the stored ones are. Raises Unavailable where our own setup keeps us from asking."""
    version = account.credentials_version
    try:
        provider, credentials, version = tokens.ready(account)
        provider.identify(credentials, account.handle)
    except ConfigurationError as error:
        raise Unavailable(str(error)) from None
    except AccountBlocked as error:
        return Checked(Health.BLOCKED, error.detail, version)
    except ProviderError as error:
        if error.verdict is Verdict.REFRESH:
            return Checked(None, error.detail, version, is_stale=True)
        return Checked(Health.NEEDS_RECONNECT if error.verdict is Verdict.RECONNECT else None, error.detail, version)
    return Checked(Health.OK, "", version)


def note(session: Session, caller: Caller, account_id: str, checked: Checked) -> None:
    """Bring the account's health in line with what the network said, unless it has other credentials by now. Raises NotFound."""
    account = get_owned_account(session, caller, account_id)
    if not tokens.lock_as_used(session, account, checked.version):
        return
    if checked.is_stale:
        tokens.mark_stale(session, account)
    elif checked.health is Health.OK:
        tokens.mark_well(session, account)
    elif checked.health is not None:
        tokens.mark_health(session, account, checked.health, checked.sentence)
