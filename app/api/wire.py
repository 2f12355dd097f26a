"""Text as it comes in over the wire: what cannot be stored is replaced at the door, one character for one."""

from typing import Annotated

from fastapi import Depends, Request
from pydantic import AfterValidator, StringConstraints

from app.bootstrap import Services
from app.grading.normalise import clean


def _storable(text: str) -> str:
    return clean(text).text


Line = Annotated[str, StringConstraints(max_length=400), AfterValidator(_storable)]
"""A name, a title, an id or a short remark."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_storable)]
Reply = Annotated[str, StringConstraints(max_length=1_000_000)]
"""Candidate text, raw: the service cleans it and counts what it replaced."""


def _services(request: Request) -> Services:
    services: Services = request.state.services
    return services


ServicesHere = Annotated[Services, Depends(_services)]
