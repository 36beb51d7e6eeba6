"""Beside the flow: does the key in use fit this database, and sealing everything anew when the key is rotated."""

from sqlmodel import Session, col, select

from dravo_app import crypto
from dravo_app.models import Account, Workspace
from dravo_app.services import vault

_CHECK = "dravo"


def check_seal(session: Session) -> None:
    """Mark every workspace as sealed by our key, once. Raises crypto.WrongKey where another key has sealed it."""
    for workspace in session.exec(select(Workspace)):
        if workspace.seal_check is None:
            _seal_check(workspace)
            session.add(workspace)
        else:
            _open_check(workspace)


def list_sealed_by_old_keys(session: Session) -> list[int]:
    """The keys of the accounts that the current key has not sealed yet."""
    rows = session.exec(select(Account.key, Account.credentials_sealed))
    return [key for key, sealed in rows if key is not None and _is_outdated(sealed)]


def reseal_account(session: Session, account_key: int) -> None:
    """Seal one account's credentials with the current key; a token refresh at the same moment waits or comes first."""
    account = session.exec(select(Account).where(col(Account.key) == account_key).with_for_update()).first()
    if account and _is_outdated(account.credentials_sealed):
        vault.reseal(account)
        session.add(account)


def reseal_checks(session: Session) -> None:
    """Seal the workspaces' marks with the current key."""
    for workspace in session.exec(select(Workspace).with_for_update()):
        if workspace.seal_check is not None:
            _open_check(workspace)
        _seal_check(workspace)
        session.add(workspace)


def _is_outdated(sealed: str) -> bool:
    return bool(sealed) and not crypto.is_current(sealed)  # a disconnected account has nothing to seal


def _seal_check(workspace: Workspace) -> None:
    workspace.seal_check = crypto.seal(_CHECK, _place(workspace))


def _open_check(workspace: Workspace) -> None:
    try:
        crypto.open_sealed(workspace.seal_check or "", _place(workspace))
    except crypto.WrongKey:
        raise crypto.WrongKey(
            "This database was sealed by another key: put the secret.key that belongs to it back into the data folder, "
            "or set DRAVO_SECRET_KEY to that key."
        ) from None


def _place(workspace: Workspace) -> str:
    return f"workspace/{workspace.id}/seal_check"
