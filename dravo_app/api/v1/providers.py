"""The networks: what they can do, which options they take, whether accounts can be connected."""

from fastapi import APIRouter
from starlette.responses import Response

from dravo_app.api.dependencies import AVisit
from dravo_app.api.strict_route import StrictRoute
from dravo_app.api.v1.schemas.providers import ProviderList
from dravo_app.services import providers

router = APIRouter(prefix="/providers", tags=["Providers"], route_class=StrictRoute)


@router.get("", operation_id="listProviders", response_model=ProviderList)
def list_providers(visit: AVisit) -> Response:
    """All networks that the API names, with limits, options and the fields to connect an account."""
    return visit.read(lambda _session, caller: ProviderList.of(providers.list_providers(caller.environment)))
