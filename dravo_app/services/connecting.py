"""How an account joins a workspace: by credentials that a person or a program hands over.

    ask_identity   the network says whose credentials these are (a network call: outside of any transaction)
    identify       the same where nobody named the account before: the dashboard's forms
    connect        the account's row, its gate and its event (inside of one)

What is stored is what the network answered, not what the caller called it.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from dravo_app import clock, ids
from dravo_app.errors import (
    AccountMismatch,
    ConfigurationError,
    CredentialsRefused,
    Flaw,
    Invalid,
    ProviderError,
    Unavailable,
    Verdict,
)
from dravo_app.models import Account, AccountGate, Environment, Health
from dravo_app.providers.base import Provider
from dravo_app.providers.types import Credentials, Identity
from dravo_app.services import events, networks, own_limits, vault
from dravo_app.services.caller import Caller
from dravo_app.services.publishing import gates
from dravo_app.services.roles import require_admin

_Name = Annotated[str, StringConstraints(min_length=1, max_length=512)]
_CredentialName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
_Credential = Annotated[str, StringConstraints(min_length=1, max_length=8192)]
_SANDBOX_TOKEN = "sandbox_"
_LONGEST_HANDLE = 512  # no network has longer ones, but a server that somebody named may answer anything
_REFUSALS = frozenset({Verdict.RECONNECT, Verdict.REFRESH, Verdict.FIX_POST})
_OUTAGES = frozenset({Verdict.RETRY, Verdict.LOOK_UP})


class ConnectRequest(BaseModel):
    """An account to connect by credentials."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "examples": [
                {
                    "provider": "x",
                    "platform_account_id": "alice",
                    "handle": "alice",
                    "credentials": {"access_token": "sandbox_alice"},
                }
            ]
        },
    )

    provider: Annotated[str, StringConstraints(min_length=1, max_length=32)] = Field(
        description="The network, by its name in `GET /v1/providers`."
    )
    platform_account_id: _Name = Field(description="The network's own id of the account, or its handle there.")
    handle: _Name | None = Field(default=None, description="What the network calls it.")
    credentials: dict[_CredentialName, _Credential] = Field(
        min_length=1,
        max_length=20,
        description="The fields that `GET /v1/providers` lists for this network.",
        json_schema_extra={"additionalProperties": False},
    )


def ask_identity(caller: Caller, request: ConnectRequest) -> Identity:
    """Ask the network whose credentials these are, and hold it against what the request calls the account.

    Raises NotAllowed, Invalid (no such network), ProviderNotAvailable, CredentialsRefused, AccountMismatch, Unavailable.
    """
    handle = request.handle or request.platform_account_id
    identity = identify(caller, request.provider, request.credentials, handle)
    _check_identity(networks.adapter_class(request.provider), request, identity)
    return identity


def identify(caller: Caller, provider: str, given: Credentials, handle: str = "") -> Identity:
    """Ask the network whose credentials these are; `handle` helps those that log in by name. Raises as `ask_identity`."""
    require_admin(caller)
    adapter = networks.adapter_class(provider)
    _check_names(adapter, given)
    credentials = _completed(caller, adapter, given)
    try:
        networks.check_server(caller.environment, provider, credentials)
        return networks.provider_for(caller.environment, provider, credentials).identify(credentials, handle)
    except ConfigurationError as error:  # the sandbox is switched off or not running
        raise Unavailable(str(error)) from None
    except ProviderError as error:
        raise _refusal(adapter, error) from None


def connect(session: Session, caller: Caller, provider: str, identity: Identity) -> tuple[Account, bool]:
    """The account's row, and whether it is new. One that was there gets the new credentials and is well again.

    Raises NotAllowed.
    """
    require_admin(caller)
    account = _find(session, caller, provider, identity)
    if account is not None:
        return _reconnected(session, account, identity), False
    try:
        with session.begin_nested():
            return _made(session, caller, provider, identity), True
    except IntegrityError:  # somebody connected the same profile at the same moment
        account = _find(session, caller, provider, identity)
        if account is None:
            raise
        return _reconnected(session, account, identity), False


def _check_names(adapter: type[Provider], credentials: Credentials) -> None:
    """A name that nobody reads is a typo: `refresh_tokn` would cost the account its access two hours later."""
    fields = adapter.capabilities.credential_fields
    known = {name for field in fields for name in (field.name, *field.also_called)}
    if not known.issuperset(credentials):
        listed = ", ".join(field.name for field in fields)
        message = f"{adapter.name} has no such credential; known: {listed}."
        raise Invalid(flaws=[Flaw("/credentials", "unknown_credential", message)])


def _completed(caller: Caller, adapter: type[Provider], credentials: Credentials) -> Credentials:
    """The sandbox's short form: one token `sandbox_<handle>` stands for all that an OAuth network would have given."""
    token = credentials.get("access_token")
    is_short = caller.environment is Environment.TEST and list(credentials) == ["access_token"]
    is_oauth = any(field.name == "refresh_token" for field in adapter.capabilities.credential_fields)
    if not is_short or not is_oauth or not isinstance(token, str) or not token.startswith(_SANDBOX_TOKEN):
        return credentials
    handle = token.removeprefix(_SANDBOX_TOKEN)
    return {**credentials, "refresh_token": f"sandbox_refresh_{handle}", "client_id": "sandbox"}


def _refusal(adapter: type[Provider], error: ProviderError) -> Exception:
    if error.verdict in _REFUSALS:
        # What is said of a stale token tells of the refresh that publishing would try; here nobody refreshes.
        is_stale = error.verdict is Verdict.REFRESH
        detail = f"{adapter.name} says that this access token is not valid or no longer." if is_stale else error.detail
        return CredentialsRefused(detail, [Flaw("/credentials", "credentials_refused", detail)])
    if error.verdict in _OUTAGES:
        return Unavailable(
            f"{adapter.name} could not be reached or did not answer as it should; nothing was connected."
        )
    return error


def _check_identity(adapter: type[Provider], request: ConnectRequest, identity: Identity) -> None:
    named = {_folded(request.platform_account_id), _folded(request.handle or "")} - {""}
    handle = _folded(identity.handle)
    # people call alice.bsky.social and alice@mastodon.social "alice"
    short = {handle.partition(mark)[0] for mark in ".@"} | {_folded(identity.platform_account_id).partition("@")[0]}
    if named & ({_folded(identity.platform_account_id), handle} | short):
        return
    message = (
        f"{adapter.name} says that these credentials belong to {identity.handle} (id {identity.platform_account_id}), "
        "which is not the account you named."
    )
    raise AccountMismatch(message, [Flaw("/platform_account_id", "account_mismatch", message)])


def _folded(name: str) -> str:
    return name.strip().removeprefix("@").casefold()


def _find(session: Session, caller: Caller, provider: str, identity: Identity) -> Account | None:
    query = select(Account.key).where(
        col(Account.workspace_key) == caller.workspace_key,
        col(Account.environment) == caller.environment.value,
        col(Account.provider) == provider,
        col(Account.platform_account_id) == identity.platform_account_id,
    )
    key = session.exec(query).first()
    if key is None:
        return None
    # The gate before the account, as workers lock them: the other way round the two would wait for each other.
    session.get_one(AccountGate, key, with_for_update={"key_share": True})
    return session.get(Account, key, with_for_update=True, populate_existing=True)


def _made(session: Session, caller: Caller, provider: str, identity: Identity) -> Account:
    account = Account(
        id=ids.new_id("acc"),
        workspace_key=caller.workspace_key,
        environment=caller.environment.value,
        provider=provider,
        platform_account_id=identity.platform_account_id,
        handle=identity.handle[:_LONGEST_HANDLE],
        credentials_sealed="",
        credentials_version=0,
        created_at=clock.now(),
        token_expires_at=identity.token_expires_at,
    )
    vault.seal_credentials(account, identity.credentials)
    own_limits.keep(account, identity.own_limits)
    session.add(account)
    session.flush()
    assert account.key is not None
    gate = AccountGate(account_key=account.key, workspace_key=account.workspace_key)
    gates.put_behind(gate, gates.behind(account.environment, provider, identity.credentials))
    session.add(gate)
    events.record_account(session, account, "connected", by=caller.actor)
    session.flush()
    return account


def _reconnected(session: Session, account: Account, identity: Identity) -> Account:
    account.handle = identity.handle[:_LONGEST_HANDLE]
    account.token_expires_at = identity.token_expires_at
    account.health = Health.OK.value
    account.health_reason = None
    account.disconnected_at = None
    vault.seal_credentials(account, identity.credentials)
    own_limits.keep(account, identity.own_limits)
    session.add(account)
    gate = session.get_one(AccountGate, account.key, with_for_update={"key_share": True})
    gates.put_behind(gate, gates.behind(account.environment, account.provider, identity.credentials))
    session.add(gate)
    events.record_account(session, account, "connected", again=True)
    session.flush()
    return account
