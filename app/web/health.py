"""Whether the process lives, and whether it can grade: for load balancers, health checks and people who wait."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from app.web.services import Desk

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def alive() -> JSONResponse:
    """Always 200: the process answers."""
    return JSONResponse({"status": "alive"})


@router.get("/readyz")
async def ready(desk: Desk) -> JSONResponse:
    """200 once the grader is warm; before that, or when it cannot work, 503 with what it waits for."""
    waiting_for = desk.warming
    return JSONResponse({"ready": waiting_for is None, "waiting_for": waiting_for}, 200 if waiting_for is None else 503)
