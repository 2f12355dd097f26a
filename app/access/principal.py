"""Who is asking, as FastAPI dependencies that the pages and the API share.

The operator shows a sign-in cookie or the token as a bearer; a candidate shows the link token, in the address of the
page or as a bearer. A candidate who asks for anything but the own interview is told that there is no such thing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol

from fastapi import Depends, Request

from app.access.cookie import COOKIE, is_signed_in
from app.access.tokens import same_secret
from app.errors import LinkClosed, NotFound, NotPermitted, NotSignedIn


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


class LinkBook(Protocol):
    """Finds the interview a link token belongs to."""

    async def find(self, link: str) -> _HasId:
        """That interview; raises NotFound."""
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


@dataclass(frozen=True, slots=True)
class Operator:
    """May do everything but answer in a candidate's place."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """May see and answer one interview."""

    interview_id: str


@dataclass(frozen=True, slots=True)
class Nobody:
    """Has shown nothing, or nothing that holds."""


Principal = Operator | Candidate | Nobody


async def principal(request: Request) -> Principal:
    """Who is asking, by bearer token if one was sent, else by cookie. A bearer that does not hold is nobody's."""
    services: AccessServices = request.state.services
    bearer = _bearer(request)
    if bearer is None:
        cookie = request.cookies.get(COOKIE, "")
        return Operator() if is_signed_in(cookie, services.operator_token, services.clock()) else Nobody()
    if same_secret(bearer, services.operator_token):
        return Operator()
    try:
        return Candidate((await services.interviews.find(bearer)).id)
    except LinkClosed:
        raise  # whoever holds a link that was good once may know what became of it
    except NotFound:
        return Nobody()


async def operator(request: Request) -> Operator:
    """The operator.

    Raises:
        NotSignedIn: Nobody is.
        NotPermitted: It is a candidate.
    """
    who = await principal(request)
    if isinstance(who, Operator):
        return who
    if isinstance(who, Candidate):
        raise NotPermitted("Only the operator can do that.")
    raise NotSignedIn("Sign in as the operator first.")


async def candidate(request: Request, link: str) -> Candidate:
    """The candidate whose link stands in the address.

    Raises:
        NotFound: No interview has that link.
    """
    services: AccessServices = request.state.services
    return Candidate((await services.interviews.find(link)).id)


async def party(request: Request, interview_id: str) -> Operator | Candidate:
    """The operator, or the candidate of this very interview.

    Raises:
        NotSignedIn: Nobody is asking.
        NotFound: A candidate asks for another one's interview; whether it exists is not told.
    """
    who = await principal(request)
    if isinstance(who, Nobody):
        raise NotSignedIn("Send the operator's token or the candidate's link token as a bearer token.")
    if isinstance(who, Candidate) and who.interview_id != interview_id:
        raise NotFound("There is no such interview.")
    return who


OperatorOnly = Annotated[Operator, Depends(operator)]
LinkHolder = Annotated[Candidate, Depends(candidate)]
Party = Annotated[Operator | Candidate, Depends(party)]
Asking = Annotated[Principal, Depends(principal)]


def _bearer(request: Request) -> str | None:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else None
