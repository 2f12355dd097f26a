"""The assembled services as a route's dependency."""

from typing import Annotated

from fastapi import Depends, Request

from app.bootstrap import Services


def services(request: Request) -> Services:
    """The services that the application's lifespan made."""
    found: Services = request.state.services
    return found


Desk = Annotated[Services, Depends(services)]
