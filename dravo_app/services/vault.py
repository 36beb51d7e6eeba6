"""Where credentials are sealed and opened; nobody else touches `credentials_sealed`."""

import json
from typing import cast

from dravo_app import crypto
from dravo_app.models import Account
from dravo_app.providers.types import Credentials, Json


def seal_credentials(account: Account, credentials: Credentials) -> None:
    """Put the credentials on the row, sealed for this row only, and count the version up."""
    account.credentials_sealed = crypto.seal(json.dumps(dict(credentials)), _place(account))
    account.credentials_version = (account.credentials_version or 0) + 1


def open_credentials(account: Account) -> dict[str, Json]:
    """The credentials behind the seal. Raises crypto.WrongKey (a ConfigurationError)."""
    return cast(dict[str, Json], json.loads(crypto.open_sealed(account.credentials_sealed, _place(account))))


def reseal(account: Account) -> None:
    """Seal with the current key what an older one sealed."""
    plain = crypto.open_sealed(account.credentials_sealed, _place(account))
    account.credentials_sealed = crypto.seal(plain, _place(account))


def _place(account: Account) -> str:
    return f"account/{account.id}/credentials"
