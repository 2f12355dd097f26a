"""What is shown when something is not there, not allowed, or went wrong: one clear sentence and a way on."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from app.web.templating import page

HEADINGS = {
    401: "Sign in first",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "Not at this point",
    413: "Too much at once",
    422: "That could not be used",
    500: "Something went wrong",
    503: "Not ready",
}
_FALLBACK = "Something went wrong"


def error_page(request: Request, status: int, sentence: str) -> HTMLResponse:
    """An error in the design of the pages, with what can be done next.

    Args:
        request: The one that failed.
        status: Of the answer.
        sentence: Safe to show.
    """
    back, back_words = _way_on(request, status)
    heading = HEADINGS.get(status, _FALLBACK)
    return page(
        request,
        "error.html",
        status,
        code=status,
        heading=heading,
        sentence=sentence,
        back=back,
        back_words=back_words,
        home=back,
    )


def _way_on(request: Request, status: int) -> tuple[str, str]:
    parts = request.url.path.split("/")
    if parts[1] == "i" and len(parts) > 2 and status != 404:
        return f"/i/{parts[2]}", "Back to the interview"
    if status == 401:
        return "/sign-in", "Sign in"
    return "/", "To the first page"
