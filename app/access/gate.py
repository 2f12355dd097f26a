"""The gate every request passes: known host, no foreign page acting in the operator's name, careful headers.

A page on another site can make a browser send a form here, cookie and all; and a name that its owner points at this
machine makes such a page same-origin. So the host must be one of ours, and a request that changes something and
brings a cookie must come from our own pages.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.access.exposure import accepted_hosts
from app.config import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; connect-src 'self'; "
    "script-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Nothing is told to other sites. "no-referrer" would say no more, but makes browsers send "Origin: null" with our
    # own forms, and over plain HTTP no Sec-Fetch-Site stands in for it.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}
_PROBLEMS = {
    421: ("foreign-host", "Not this server's name"),
    403: ("foreign-page", "Another site's page is asking"),
}
_FOREIGN_HOST = "This server does not answer to that host name. Set VIVA_PUBLIC_URL to the address people use."
_FOREIGN_PAGE = "This request comes from another site's page. Open Viva's own page and try again."


class Gate:
    """ASGI middleware: turns foreign hosts and foreign pages away, and adds the security headers to every answer."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._hosts = accepted_hosts(settings)
        self._public_origin = _origin(settings.public_url) if settings.public_url else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, send_guarded)
        elif scope["path"].startswith("/api/"):
            status, detail = refusal
            kind, title = _PROBLEMS[status]
            problem = {"type": f"/api/v1/problems/{kind}", "title": title, "status": status, "detail": detail}
            answer = JSONResponse(problem, status, media_type="application/problem+json")
            await answer(scope, receive, send_guarded)
        else:
            await PlainTextResponse(refusal[1] + "\n", refusal[0])(scope, receive, send_guarded)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if _hostname(host) not in self._hosts:
            return 421, _FOREIGN_HOST
        if scope["method"] in SAFE_METHODS or self._is_own_page(scope, headers, host):
            return None
        return 403, _FOREIGN_PAGE

    def _is_own_page(self, scope: Scope, headers: Headers, host: str) -> bool:
        site = headers.get("sec-fetch-site")
        if site is not None:  # browsers alone set it, pages cannot
            return site in {"same-origin", "none"}
        origin = headers.get("origin")
        if origin is None:  # no browser: a command line or a server, which no foreign page can steer
            return "cookie" not in headers
        sent = _origin(origin)
        return sent is not None and sent in {_origin(f"{scope['scheme']}://{host}"), self._public_origin}


def _hostname(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an address; None for anything that is none, such as "null"."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    return parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80)
