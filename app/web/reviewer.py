"""Who works at the desk: typed once, and kept by the browser. It is a name, no proof: operators share one sign-in."""

from datetime import timedelta
from urllib.parse import quote, unquote

from fastapi import Request
from fastapi.responses import Response

from app.grading.normalise import clean
from app.review.requirements import LONGEST_NAME

COOKIE = "viva_reviewer"
_LASTS = timedelta(days=90)


def reviewer(request: Request) -> str:
    """The name that was typed last; empty where there is none."""
    return clean(unquote(request.cookies.get(COOKIE, ""))).text.strip()[:LONGEST_NAME]


def keep_reviewer(response: Response, request: Request, name: str) -> None:
    """Have the browser keep a name."""
    if name.strip():
        response.set_cookie(
            COOKIE,
            quote(clean(name).text.strip()),
            max_age=int(_LASTS.total_seconds()),
            path="/reviews",
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
