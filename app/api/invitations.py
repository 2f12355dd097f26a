"""Invitations to screenings over the API: people in, their links out, and who stands where."""

from datetime import datetime
from typing import Self

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.access.principal import ReadsScreenings, WritesScreenings
from app.api.pages import LINKED, NEXT, Cursor, Limit, cursor_of, link_next, places_of
from app.api.platform_route import Once, PlatformRoute
from app.api.problems import problems
from app.api.wire import Line, Name, ServicesHere
from app.errors import InvalidInput
from app.interviews.store import Place
from app.screening.invitations import Invitation, InvitationState, Outcome
from app.screening.inviting import MOST_DAYS, Invited
from app.screening.people import USUAL_TIME, Person, checked
from app.screening.record import invitation_record

router = APIRouter(prefix="/screenings", tags=["screenings"], route_class=PlatformRoute)
MOST_PEOPLE = 1000
_LARGEST_NUMBER = 2**31 - 1
_LINK = "https://viva.example.org/i/q0…"
_PERSON: dict[str, JsonValue] = {"candidate": "p-7", "name": "Ada", "language": "de", "extra_time": 150}
_INVITED: dict[str, JsonValue] = {
    "candidate": "p-7",
    "interview_id": "iv-0123456789abcdef",
    "outcome": "invited",
    "link": _LINK,
    "expires_at": "2026-02-04T09:00:00Z",
}
_INVITATION: dict[str, JsonValue] = {
    "candidate": "p-7",
    "name": "Ada",
    "interview_id": "iv-0123456789abcdef",
    "state": "opened",
    "invited_at": "2026-01-05T09:00:00Z",
    "opened_at": "2026-01-05T11:30:00Z",
    "expires_at": "2026-02-04T09:00:00Z",
    "mailed_at": None,
}


def _example(**fields: JsonValue) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [fields]})


class PersonSchema(BaseModel):
    """Somebody to be invited."""

    model_config = _example(**_PERSON)

    candidate: Name = Field(description="What tells the person from others of the screening.")
    name: Line = Field("", description="What results call the person; the candidate's key where left out.")
    email: Line = Field("", description="For letters; kept only where the server can send some.")
    language: Line = Field("", description="Of Viva's own words: en, de, es or hi; the screening's where left out.")
    extra_time: int = Field(USUAL_TIME, description="Percent of every time limit, at least 100; 0 lifts them.")

    def person(self) -> Person:
        """The person, white space apart."""
        key = " ".join(self.candidate.split())
        return Person(
            key=key,
            name=" ".join(self.name.split()) or key,
            email=self.email.strip(),
            language=self.language.strip().lower(),
            extra_time=self.extra_time,
        )


class InviteSchema(BaseModel):
    """Who is to be invited."""

    model_config = _example(people=[_PERSON], expires_days=14)

    people: list[PersonSchema] = Field(min_length=1, max_length=MOST_PEOPLE)
    expires_days: int | None = Field(
        None, ge=1, le=MOST_DAYS, description="Days for which the links open; the screening's deadline ends them, too."
    )
    renew: bool = Field(
        False, description="New links for who was invited before and is not done; their earlier ones open nothing more."
    )
    readmit: bool = Field(False, description="New links for those, too, whose link was withdrawn.")


class InvitedSchema(BaseModel):
    """What became of one person."""

    model_config = _example(**_INVITED)

    candidate: str
    interview_id: str
    outcome: Outcome
    link: str | None = Field(description="Told once, as only its digest is kept; null where there is no new one.")
    expires_at: datetime | None = Field(description="Of the new link; null where it never does.")

    @classmethod
    def of(cls, invited: Invited) -> Self:
        """The outcome as it is sent."""
        return cls(
            candidate=invited.person.key,
            interview_id=invited.interview_id,
            outcome=invited.outcome,
            link=invited.url or None,
            expires_at=invited.expires_at,
        )


class InvitedListSchema(BaseModel):
    """What became of everybody, in the order of the request."""

    model_config = _example(people=[_INVITED])

    people: list[InvitedSchema]


class InvitationSchema(BaseModel):
    """Somebody who was invited, and where they stand."""

    model_config = _example(**_INVITATION)

    candidate: str
    name: str
    interview_id: str
    state: InvitationState
    invited_at: datetime
    opened_at: datetime | None = Field(description="When a link of theirs was first followed.")
    expires_at: datetime | None = Field(description="Of the newest link.")
    mailed_at: datetime | None = Field(description="When the server last sent them a letter.")

    @classmethod
    def of(cls, invitation: Invitation, at: datetime) -> Self:
        """The invitation as it is sent."""
        return cls.model_validate(invitation_record(invitation, at))


class InvitationsSchema(BaseModel):
    """Some of those who were invited."""

    model_config = _example(invitations=[_INVITATION], next=None)

    invitations: list[InvitationSchema]
    next: str | None = NEXT


@router.post(
    "/{screening_id}/invitations",
    dependencies=[Once],
    responses=problems("not-found", "conflict", "still-being-done", "key-reused"),
)
async def invite_people(
    screening_id: str, body: InviteSchema, _: WritesScreenings, services: ServicesHere, request: Request
) -> InvitedListSchema:
    """Give each person an interview of an active screening and a link to it; who has one keeps it.

    A link is withdrawn with `DELETE /api/v1/interviews/{interview_id}/link`.
    """
    people = [one.person() for one in body.people]
    _check(people)
    base = (services.settings.public_url or str(request.base_url)).rstrip("/")
    invited = services.inviting.invite(
        screening_id,
        people,
        expires_days=body.expires_days,
        renew=body.renew,
        readmit=body.readmit,
        people_url=base,
    )
    return InvitedListSchema(people=[InvitedSchema.of(one) async for some in invited for one in some])


@router.get("/{screening_id}/invitations", responses=LINKED | problems("not-found"))
async def list_invitations(
    screening_id: str,
    _: ReadsScreenings,
    services: ServicesHere,
    request: Request,
    response: Response,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> InvitationsSchema:
    """Who was invited, in the order they came, and where they stand now."""
    (place,) = places_of(cursor, 1)
    found = await services.inviting.store.some(screening_id, limit=limit + 1, after=_number(place))
    shown = found[:limit]
    following = cursor_of([Place(shown[-1].invited_at, str(shown[-1].number))]) if len(found) > limit else None
    link_next(request, response, following)
    at = services.clock()
    return InvitationsSchema(invitations=[InvitationSchema.of(one, at) for one in shown], next=following)


def _check(people: list[Person]) -> None:
    seen: set[str] = set()
    for number, person in enumerate(people):
        for field, why in checked(person):
            raise InvalidInput(f"people[{number}].{field}: {why}.")
        if person.key in seen:
            raise InvalidInput(f"people[{number}].candidate: stands twice in the list; one of them can stay.")
        seen.add(person.key)


def _number(place: Place | None) -> int:
    if place is None:
        return 0
    number = (
        int(place.id)
        if place.id.isascii() and place.id.isdecimal() and len(place.id) <= len(str(_LARGEST_NUMBER))
        else -1
    )
    if not 0 <= number <= _LARGEST_NUMBER:
        raise InvalidInput("cursor: this is no cursor of this list; leave it out to begin at the start.")
    return number
