"""What the API says of itself: who is asking, how the server is, the published schemas."""

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from app.access.principal import Asking, Candidate, Operator, OperatorOnly
from app.api.problems import ProblemRoute
from app.api.wire import ServicesHere
from app.errors import NotSignedIn
from app.screening.schemas import names, schema

router = APIRouter(tags=["about"], route_class=ProblemRoute)


class MeSchema(BaseModel):
    """Who the token or cookie stands for."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"role": "candidate", "interview_id": "iv-0123456789abcdef"}]}
    )

    role: Literal["operator", "candidate"]
    interview_id: str | None


class HealthSchema(BaseModel):
    """How the server is.

    `waiting_for` says what the grader still waits for; null when it is warm. `lacking` says what was configured and
    does not work, while the grader goes on without it; null when nothing is.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "waiting_for": None,
                    "lacking": None,
                    "embedding_model": "all-MiniLM-L6-v2",
                    "llm_model": None,
                    "open_jobs": 0,
                }
            ]
        }
    )

    waiting_for: str | None
    lacking: str | None
    embedding_model: str
    llm_model: str | None
    open_jobs: int


@router.get("/me")
async def show_me(who: Asking) -> MeSchema:
    """Who is asking."""
    if isinstance(who, Operator):
        return MeSchema(role="operator", interview_id=None)
    if isinstance(who, Candidate):
        return MeSchema(role="candidate", interview_id=who.interview_id)
    raise NotSignedIn("Send the operator's token or the candidate's link token as a bearer token.")


@router.get("/health")
async def show_health(_: OperatorOnly, services: ServicesHere) -> HealthSchema:
    """How the server is."""
    return HealthSchema(
        waiting_for=services.warming,
        lacking=services.lacking,
        embedding_model=services.embedder.name,
        llm_model=services.settings.llm_model,
        open_jobs=await services.jobs.open_count(),
    )


@router.get("/schemas")
async def list_schemas(_: OperatorOnly) -> list[str]:
    """The names of the published JSON Schemas."""
    return list(names())


@router.get("/schemas/{name}")
async def show_schema(name: str, _: OperatorOnly) -> dict[str, Any]:
    """A published JSON Schema."""
    return dict(schema(name))
