"""Every page of the web channel, joined to the application with its error pages."""

from fastapi import APIRouter, FastAPI

from app.web import (
    banks,
    chat,
    error_pages,
    events,
    health,
    interviews,
    keys,
    receipt,
    reference,
    requests,
    review_queue,
    reviews,
    screening_files,
    screening_rules,
    screenings,
    sign_in,
    start,
    static_files,
)

router = APIRouter()
for room in (
    sign_in,
    start,
    chat,
    events,
    receipt,
    interviews,
    review_queue,
    reviews,
    requests,
    # Before the pages of single ones, as /screenings/new is none of them.
    screening_files,
    screening_rules,
    screenings,
    banks,
    keys,
    reference,
    static_files,
    health,
):
    router.include_router(room.router)


def install(app: FastAPI) -> None:
    """Join the pages to the application; the API is joined before, and keeps its own way of telling errors."""
    app.include_router(router)
    error_pages.install(app)
