"""Connected accounts: list, connect by credentials, read, rename, disconnect."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from dravo_app.api.dependencies import Answer, AVisit
from dravo_app.api.description import problems_of
from dravo_app.api.strict_route import StrictRoute
from dravo_app.api.v1.schemas.accounts import AccountList, AccountShown, Disconnected, shown
from dravo_app.api.v1.schemas.common import QueryInt
from dravo_app.models import Health
from dravo_app.services import accounts, connecting
from dravo_app.services.accounts import AccountFilter, Renaming
from dravo_app.services.connecting import ConnectRequest

router = APIRouter(prefix="/accounts", tags=["Accounts"], route_class=StrictRoute)

Limit = Annotated[QueryInt, Query(ge=1, le=100, description="Rows per page.")]
Cursor = Annotated[str | None, Query(description="`next_cursor` of the page before.", min_length=1, max_length=200)]
Provider = Annotated[str | None, Query(description="Only this network.", examples=["x"], max_length=32)]


@router.get("", operation_id="listAccounts", response_model=AccountList, responses=problems_of(400))
def list_accounts(
    visit: AVisit,
    provider: Provider = None,
    q: Annotated[
        str | None, Query(description="A part of the handle, the name or the network's id.", max_length=200)
    ] = None,
    health: Annotated[
        Health | None, Query(description="Only accounts of this health; disconnected ones only so.")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """The connected accounts of this environment, newest first."""
    filters = AccountFilter(provider, q, health, limit, cursor)
    return visit.read(lambda session, caller: AccountList.of(accounts.list_accounts(session, caller, filters)))


@router.post(
    "",
    operation_id="connectAccount",
    status_code=201,
    response_model=AccountShown,
    response_description="Connected.",
    responses={
        200: {
            "model": AccountShown,
            "description": "It was connected before: the same account, with the new credentials.",
        },
        **problems_of(400, 409, 413, 422),
    },
)
def connect_account(visit: AVisit, body: ConnectRequest) -> Response:
    """Connect an account by its credentials, or connect one again. The network is asked whose credentials they are."""

    def work(session, caller, identity):  # type: ignore[no-untyped-def]  # write_after's types say it
        account, is_new = connecting.connect(session, caller, body.provider, identity)
        return Answer(shown(account), 201 if is_new else 200)

    return visit.write_after(lambda caller: connecting.ask_identity(caller, body), work)


@router.get("/{account_id}", operation_id="getAccount", response_model=AccountShown, responses=problems_of(404))
def get_account(visit: AVisit, account_id: str) -> Response:
    """One account."""
    return visit.read(lambda session, caller: shown(accounts.get_owned_account(session, caller, account_id)))


@router.patch(
    "/{account_id}",
    operation_id="renameAccount",
    response_model=AccountShown,
    responses=problems_of(400, 404, 409, 413, 422),
)
def rename_account(visit: AVisit, account_id: str, body: Renaming) -> Response:
    """Give an account a name of your own; what the network calls it stays in `handle`."""
    return visit.write(lambda session, caller: Answer(shown(accounts.rename(session, caller, account_id, body))))


@router.delete(
    "/{account_id}",
    operation_id="disconnectAccount",
    response_model=Disconnected,
    responses=problems_of(400, 404, 409, 422),
)
def disconnect_account(visit: AVisit, account_id: str) -> Response:
    """Forget the account's credentials. Its history stays; the answer lists the scheduled deliveries that this stops."""
    return visit.write(
        lambda session, caller: Answer(Disconnected.of(*accounts.disconnect(session, caller, account_id)))
    )
