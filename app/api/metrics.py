"""What Prometheus asks: how much this process did, and how things stand."""

from fastapi import APIRouter, Response

from app.access.principal import ReadsMetrics
from app.api.platform_route import PlatformRoute
from app.api.wire import ServicesHere
from app.telemetry.exposition import MEDIA_TYPE, exposition

router = APIRouter(route_class=PlatformRoute, include_in_schema=False)


@router.get("/metrics")
async def show_metrics(_: ReadsMetrics, services: ServicesHere) -> Response:
    """All measures, for the operator's token or a key with the scope for it."""
    return Response(await exposition(services), media_type=MEDIA_TYPE)
