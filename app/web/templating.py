"""The pages' templates: escaped by default, strict about missing names."""

from functools import cache

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from app.locale.catalogue import direction, number, translated, translated_count
from app.web import words
from app.web.languages import Languages
from app.web.static_files import address

LARGEST_FORM = 2_000_000
"""Bytes of a form that are read: the longest answer that can be allowed, with every character escaped."""
OPERATORS = Languages()
"""The operator's pages are in English; what a bank says there is shown as it is."""


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
    env.globals.update(words=words, asset=address, t=_translated, nt=_counted, n=_number, direction=direction)
    env.globals.update(language=OPERATORS.page, foreign=OPERATORS.foreign)
    return env


@pass_context
def _translated(context: Context, text: str, /, **values: object) -> Markup:
    """A sentence in the page's language, what it leaves open filled in and escaped."""
    return escape(translated(text, context["language"])).format(**values)


@pass_context
def _counted(context: Context, one: str, several: str, count: int) -> str:
    """The form of a sentence that fits the count, in the page's language."""
    return translated_count(one, several, count, context["language"])


@pass_context
def _number(context: Context, value: int) -> str:
    """A whole number as the page's language writes it."""
    return number(value, context["language"])


def page(
    request: Request, name: str, status: int = 200, *, languages: Languages = OPERATORS, **values: object
) -> HTMLResponse:
    """A template as an answer; personal by default, so no cache keeps it."""
    spoken = {"language": languages.page, "foreign": languages.foreign}
    html = environment().get_template(name).render(request=request, **spoken, **values)
    return HTMLResponse(html, status, headers={"Cache-Control": "no-store"})


def is_fragment(request: Request) -> bool:
    """Whether htmx asks, who needs a part of the page only."""
    return "hx-request" in request.headers
