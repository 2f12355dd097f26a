"""The pages' templates: escaped by default, strict about missing names."""

from functools import cache

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from app.web import words
from app.web.static_files import address

LARGEST_FORM = 2_000_000
"""Bytes of a form that are read: the longest answer that can be allowed, with every character escaped."""


@cache
def environment() -> Environment:
    """The one Jinja environment of the pages."""
    env = Environment(
        loader=PackageLoader("app.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(
        credit=words.credit,
        hundred=words.hundred,
        flag=words.flag,
        day=words.day,
        clock=words.clock,
        duration=words.duration,
        count=words.count,
    )
    env.globals.update(words=words, asset=address)
    return env


def page(request: Request, name: str, status: int = 200, **values: object) -> HTMLResponse:
    """A template as an answer; personal by default, so no cache keeps it."""
    html = environment().get_template(name).render(request=request, **values)
    return HTMLResponse(html, status, headers={"Cache-Control": "no-store"})


def is_fragment(request: Request) -> bool:
    """Whether htmx asks, who needs a part of the page only."""
    return "hx-request" in request.headers
