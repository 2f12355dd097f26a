"""Text as it comes in over the wire: what cannot be stored is replaced at the door, one character for one."""

from typing import Annotated

from fastapi import Depends, Request
from pydantic import BeforeValidator, StringConstraints

from app.bootstrap import Services
from app.grading.normalise import clean


def _storable(value: object) -> object:
    """Cleaned before anything else looks at it: a constrained text refuses lone surrogates."""
    return clean(value).text if isinstance(value, str) else value


Line = Annotated[str, BeforeValidator(_storable), StringConstraints(max_length=400)]
"""A name, a title, an id or a short remark."""
Name = Annotated[str, BeforeValidator(_storable), StringConstraints(min_length=1, max_length=200)]
Reply = str
"""Candidate text, raw: the service cleans it, counts what it replaced and bounds its length."""


def _services(request: Request) -> Services:
    services: Services = request.state.services
    return services


ServicesHere = Annotated[Services, Depends(_services)]
