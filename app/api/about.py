"""What the API says of itself: who is asking, how the server is, the published schemas."""

from typing import Any, Literal, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.access.principal import AnyTeam, Asking, Candidate, KeyHolder, Nobody, Principal
from app.access.scopes import Scope
from app.api.examples import listed, shown
from app.api.platform_route import PlatformRoute
from app.api.problem_kinds import KINDS, ProblemKind
from app.api.problems import problems
from app.api.wire import ServicesHere
from app.errors import NotFound, NotSignedIn
from app.screening.schemas import names, schema

router = APIRouter(tags=["about"], route_class=PlatformRoute)


class MeSchema(BaseModel):
    """Who the token or cookie stands for."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "role": "key",
                    "interview_id": None,
                    "key_id": "key-0123456789abcdef",
                    "scopes": ["banks:read", "interviews:read"],
                },
                {"role": "candidate", "interview_id": "iv-0123456789abcdef", "key_id": None, "scopes": []},
            ]
        }
    )

    role: Literal["operator", "key", "candidate"]
    interview_id: str | None
    key_id: str | None
    scopes: list[Scope]

    @classmethod
    def of(cls, who: Principal) -> Self:
        """Whoever is asking, as it is sent; raises NotSignedIn."""
        if isinstance(who, Nobody):
            raise NotSignedIn("Send the operator's token, an API key or the candidate's link token as a bearer token.")
        if isinstance(who, Candidate):
            return cls(role="candidate", interview_id=who.interview_id, key_id=None, scopes=[])
        key_id = who.id if isinstance(who, KeyHolder) else None
        return cls(
            role="operator" if key_id is None else "key", interview_id=None, key_id=key_id, scopes=sorted(who.scopes)
        )


class ProblemKindSchema(BaseModel):
    """A kind of problem that the API tells."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "type": "/api/v1/problems/not-found",
                    "status": 404,
                    "title": "Not found",
                    "remedy": "Check the address and the id; it may have been deleted.",
                }
            ]
        },
    )

    type: str
    status: int
    title: str
    remedy: str = Field(description="What whoever asked can do.")

    @classmethod
    def of(cls, kind: ProblemKind) -> Self:
        """The kind as it is sent."""
        return cls.model_validate(kind)


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
    return MeSchema.of(who)


@router.get("/problems", responses=listed(ProblemKindSchema))
async def list_problems() -> list[ProblemKindSchema]:
    """The kinds of problems that the API tells."""
    return [ProblemKindSchema.of(kind) for kind in KINDS.values()]


@router.get("/problems/{name}", responses=problems("not-found"))
async def show_problem(name: str) -> ProblemKindSchema:
    """What a problem's type means, and what can be done."""
    kind = KINDS.get(name)
    if kind is None:
        raise NotFound(f"There is no kind of problem {name!r}.")
    return ProblemKindSchema.of(kind)


@router.get("/health")
async def show_health(_: AnyTeam, services: ServicesHere) -> HealthSchema:
    """How the server is."""
    return HealthSchema(
        waiting_for=services.warming,
        lacking=services.lacking,
        embedding_model=services.embedder.name,
        llm_model=services.settings.llm_model,
        open_jobs=await services.jobs.open_count(),
    )


@router.get("/schemas", responses=shown(list(names())))
async def list_schemas(_: AnyTeam) -> list[str]:
    """The names of the published JSON Schemas."""
    return list(names())


@router.get("/schemas/{name}", responses=shown(dict(schema("grade-input"))) | problems("not-found"))
async def show_schema(name: str, _: AnyTeam) -> dict[str, Any]:
    """A published JSON Schema."""
    return dict(schema(name))
