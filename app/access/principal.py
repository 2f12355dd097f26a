"""Who is asking, as FastAPI dependencies that the pages and the API share.

The operator shows a sign-in cookie or the token as a bearer; a program shows an API key; a candidate shows the link
token, in the address of the page or as a bearer. A candidate who asks for anything but the own interview is told that
there is no such thing. What an API key may do, each route says by the scope in its signature.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer, SecurityScopes

from app.access.cookie import COOKIE, is_signed_in
from app.access.keys import SECRET_START, ApiKey
from app.access.scopes import ALL_SCOPES, Scope
from app.access.tokens import same_secret
from app.errors import LinkClosed, NotFound, NotPermitted, NotSignedIn

_KEPT = "viva.principal"
"""Where a request keeps who is asking, so that it is found out once."""


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


class LinkBook(Protocol):
    """Finds the interview a link token belongs to."""

    async def find(self, link: str) -> _HasId:
        """That interview; raises NotFound."""
        ...


class KeyRing(Protocol):
    """Finds the key that a secret belongs to."""

    async def holder(self, secret: str) -> ApiKey | None:
        """That key, where it lets anybody in."""
        ...


class AccessServices(Protocol):
    """What this room needs of the assembled services."""

    @property
    def operator_token(self) -> str:
        """The operator's token."""
        ...

    @property
    def clock(self) -> Callable[[], datetime]:
        """Aware UTC."""
        ...

    @property
    def interviews(self) -> LinkBook:
        """Where links are looked up."""
        ...

    @property
    def keys(self) -> KeyRing:
        """Where API keys are looked up."""
        ...


@dataclass(frozen=True, slots=True)
class Operator:
    """May do everything but answer in a candidate's place."""

    @property
    def id(self) -> str:
        """The one name of all operators."""
        return "operator"

    @property
    def scopes(self) -> frozenset[Scope]:
        """All there are."""
        return ALL_SCOPES


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """A program with an API key: may do what its scopes allow, over the API alone."""

    id: str
    scopes: frozenset[Scope]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """May see and answer one interview."""

    interview_id: str


@dataclass(frozen=True, slots=True)
class Nobody:
    """Has shown nothing, or nothing that holds."""


Team = Operator | KeyHolder
Principal = Team | Candidate | Nobody


async def principal(request: Request) -> Principal:
    """Who is asking, by bearer token if one was sent, else by cookie. A bearer that does not hold is nobody's."""
    known: Principal | None = request.scope.get(_KEPT)
    if known is None:
        known = request.scope[_KEPT] = await _principal(request)
    return known


async def operator(request: Request) -> Operator:
    """The operator.

    Raises:
        NotSignedIn: Nobody is.
        NotPermitted: It is a candidate or an API key.
    """
    who = await principal(request)
    if isinstance(who, Operator):
        return who
    if isinstance(who, Nobody):
        raise NotSignedIn("Sign in as the operator first.")
    raise NotPermitted("Only the operator can do that.")


_shown = HTTPBearer(
    auto_error=False,
    scheme_name="bearer",
    description="An API key (`viva keys create`), the operator's token, or a candidate's link token. What is listed "
    "beside an operation are the scopes that a key needs for it.",
)


async def team(request: Request, needed: SecurityScopes, _: Annotated[object, Depends(_shown)]) -> Team:
    """The operator, or an API key with the scopes that the route names.

    Raises:
        NotSignedIn: Nobody is asking.
        NotPermitted: It is a candidate, or a key without those scopes.
    """
    who = await principal(request)
    if isinstance(who, Nobody):
        raise NotSignedIn("Send an API key or the operator's token as a bearer token, or sign in as the operator.")
    if isinstance(who, Candidate):
        raise NotPermitted("Only the operator can do that.")
    _require(who, needed)
    return who


async def candidate(request: Request, link: str) -> Candidate:
    """The candidate whose link stands in the address.

    Raises:
        NotFound: No interview has that link.
    """
    services: AccessServices = request.state.services
    return Candidate((await services.interviews.find(link)).id)


async def party(
    request: Request, interview_id: str, needed: SecurityScopes, _: Annotated[object, Depends(_shown)]
) -> Team | Candidate:
    """The operator, an API key with the scopes that the route names, or the candidate of this very interview.

    Raises:
        NotSignedIn: Nobody is asking.
        NotPermitted: A key lacks a scope.
        NotFound: A candidate asks for another one's interview; whether it exists is not told.
    """
    who = await principal(request)
    if isinstance(who, Nobody):
        raise NotSignedIn("Send the operator's token, an API key or the candidate's link token as a bearer token.")
    if isinstance(who, Candidate):
        return _own(who, interview_id)
    _require(who, needed)
    return who


async def talker(request: Request, interview_id: str, _: Annotated[object, Depends(_shown)]) -> Candidate:
    """The candidate of this very interview, in whose place nobody answers.

    Raises:
        NotSignedIn: Nobody is asking.
        NotPermitted: It is the operator or an API key.
        NotFound: It is another interview's candidate; whether this one exists is not told.
    """
    who = await principal(request)
    if isinstance(who, Nobody):
        raise NotSignedIn("Send the candidate's link token as a bearer token.")
    if not isinstance(who, Candidate):
        raise NotPermitted("Only the candidate can do that; send the link token as the bearer.")
    return _own(who, interview_id)


OperatorOnly = Annotated[Operator, Depends(operator)]
LinkHolder = Annotated[Candidate, Depends(candidate)]
Asking = Annotated[Principal, Depends(principal)]
Talker = Annotated[Candidate, Depends(talker)]

# Who a route of the API is for stands in its signature, by one of these.
AnyTeam = Annotated[Team, Security(team)]
ReadsInterviews = Annotated[Team, Security(team, scopes=[Scope.INTERVIEWS_READ])]
WritesInterviews = Annotated[Team, Security(team, scopes=[Scope.INTERVIEWS_WRITE])]
ReadsGrades = Annotated[Team, Security(team, scopes=[Scope.GRADES_READ])]
WritesGrades = Annotated[Team, Security(team, scopes=[Scope.GRADES_WRITE])]
ReadsReviews = Annotated[Team, Security(team, scopes=[Scope.REVIEWS_READ])]
WritesReviews = Annotated[Team, Security(team, scopes=[Scope.REVIEWS_WRITE])]
ReadsBanks = Annotated[Team, Security(team, scopes=[Scope.BANKS_READ])]
WritesBanks = Annotated[Team, Security(team, scopes=[Scope.BANKS_WRITE])]
ReadsScreenings = Annotated[Team, Security(team, scopes=[Scope.SCREENINGS_READ])]
WritesScreenings = Annotated[Team, Security(team, scopes=[Scope.SCREENINGS_WRITE])]
WritesWebhooks = Annotated[Team, Security(team, scopes=[Scope.WEBHOOKS_WRITE])]
ReadsMetrics = Annotated[Team, Security(team, scopes=[Scope.METRICS_READ])]
WritesKeys = Annotated[Team, Security(team, scopes=[Scope.KEYS_WRITE])]
InterviewParty = Annotated[Team | Candidate, Security(party, scopes=[Scope.INTERVIEWS_READ])]
GradesParty = Annotated[Team | Candidate, Security(party, scopes=[Scope.GRADES_READ])]


def bearer(request: Request) -> str | None:
    """The bearer token that was sent."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else None


async def _principal(request: Request) -> Principal:
    services: AccessServices = request.state.services
    shown = bearer(request)
    if shown is None:
        cookie = request.cookies.get(COOKIE, "")
        return Operator() if is_signed_in(cookie, services.operator_token, services.clock()) else Nobody()
    if same_secret(shown, services.operator_token):
        return Operator()
    if shown.startswith(SECRET_START) and (key := await services.keys.holder(shown)) is not None:
        return KeyHolder(key.id, key.scopes, key.name)
    try:
        return Candidate((await services.interviews.find(shown)).id)
    except LinkClosed:
        raise  # whoever holds a link that was good once may know what became of it
    except NotFound:
        return Nobody()


def _own(who: Candidate, interview_id: str) -> Candidate:
    if who.interview_id != interview_id:
        raise NotFound("There is no such interview.")
    return who


def _require(who: Team, needed: SecurityScopes) -> None:
    missing = [name for name in needed.scopes if Scope(name) not in who.scopes]
    if missing:
        raise NotPermitted(f"This API key lacks the scope {missing[0]}; use one that has it (`viva keys create`).")
