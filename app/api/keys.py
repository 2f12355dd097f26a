"""API keys over the API: the operator, or a key with that scope, makes and ends them."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.access.keys import LONGEST_NAME, MOST_DAYS, MOST_OVERLAP_HOURS, ApiKey, NewKey
from app.access.principal import WritesKeys
from app.access.scopes import Scope
from app.api.platform_route import Once, PlatformRoute
from app.api.problems import problems
from app.api.wire import Line, ServicesHere

router = APIRouter(prefix="/keys", tags=["keys"], route_class=PlatformRoute)
_KEY: dict[str, JsonValue] = {
    "id": "key-0123456789abcdef",
    "name": "Applicant tracking",
    "prefix": "viva_ab12",
    "scopes": ["interviews:read", "interviews:write"],
    "created_at": "2026-01-05T09:00:00Z",
    "expires_at": "2027-01-05T09:00:00Z",
    "revoked_at": None,
    "last_used_at": None,
    "previous_ends_at": None,
}


class KeySchema(BaseModel):
    """A key without its secret."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_KEY]})

    id: str
    name: str
    prefix: str = Field(description="How its secret begins.")
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="To the minute.")
    previous_ends_at: datetime | None = Field(description="Until when the secret before the last rotation works, too.")

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        """The key as it is sent."""
        found = cls.model_validate(key)
        found.scopes.sort()
        return found


class KeysSchema(BaseModel):
    """Every key, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"keys": [_KEY]}]})

    keys: list[KeySchema]


class NewKeySchema(BaseModel):
    """A key with its secret, which is shown this once and kept nowhere."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"key": _KEY, "secret": "viva_ab12…"}]})

    key: KeySchema
    secret: str = Field(description="To be sent as a bearer token.")

    @classmethod
    def of(cls, new: NewKey) -> Self:
        """The new key as it is sent."""
        return cls(key=KeySchema.of(new.key), secret=new.secret)


class CreateSchema(BaseModel):
    """What a key is to be called and may do."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "Applicant tracking", "scopes": ["interviews:read", "interviews:write"], "expires_days": 365}
            ]
        }
    )

    name: Line = Field(description=f"1 to {LONGEST_NAME} printable characters.")
    scopes: list[Scope] = Field(min_length=1, max_length=len(Scope))
    expires_days: int | None = Field(None, ge=1, le=MOST_DAYS, description="For ever where left out.")


class RotateSchema(BaseModel):
    """How long the old secret goes on working."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"overlap_hours": 24}]})

    overlap_hours: Annotated[int, Field(ge=0, le=MOST_OVERLAP_HOURS)] = 24


@router.get("")
async def list_keys(_: WritesKeys, services: ServicesHere) -> KeysSchema:
    """Every API key, newest first, revoked ones too."""
    return KeysSchema(keys=[KeySchema.of(key) for key in await services.keys.all()])


@router.post("", status_code=201, dependencies=[Once], responses=problems("still-being-done", "key-reused"))
async def create_key(body: CreateSchema, who: WritesKeys, services: ServicesHere) -> NewKeySchema:
    """Make an API key, with no more scopes than whoever asks has.

    The secret is shown in this answer alone.
    """
    return NewKeySchema.of(
        await services.keys.create(body.name, frozenset(body.scopes), expires_days=body.expires_days, within=who.scopes)
    )


@router.post(
    "/{key_id}/rotate",
    dependencies=[Once],
    responses=problems("not-found", "conflict", "still-being-done", "key-reused"),
)
async def rotate_key(key_id: str, body: RotateSchema, who: WritesKeys, services: ServicesHere) -> NewKeySchema:
    """Give a key a new secret; the old one works for some hours more."""
    return NewKeySchema.of(await services.keys.rotate(key_id, overlap_hours=body.overlap_hours, within=who.scopes))


@router.delete("/{key_id}", status_code=204, responses=problems("not-found"))
async def revoke_key(key_id: str, who: WritesKeys, services: ServicesHere) -> None:
    """Let a key open nothing from now on; the same again is harmless."""
    await services.keys.revoke(key_id, within=who.scopes)
