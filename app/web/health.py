"""Whether the process is alive, and whether its grader is warm; for supervisors, so without access checks."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from app.web.services import Desk

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def alive() -> JSONResponse:
    """The process answers."""
    return JSONResponse({"status": "alive"})


@router.get("/readyz")
async def ready(desk: Desk) -> JSONResponse:
    """200 once the grader is warm; 503 with what is still warming before. Interviews can be held in either state."""
    if desk.warming is None:
        # Only what is lacking, not why: anybody may ask this, and the reason names folders.
        lacking = {"lacking": desk.lacking.partition(":")[0]} if desk.lacking else {}
        return JSONResponse({"status": "ready", **lacking})
    return JSONResponse({"status": "warming", "waiting_for": desk.warming}, 503, headers={"Retry-After": "2"})
