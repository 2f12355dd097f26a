"""What every route of the API does around its own work: bounds, rates, repeats, and failures told as problems."""

import inspect
import re
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from app.access.principal import KeyHolder, Principal, Team, bearer, principal
from app.access.rates import Allowance
from app.access.repeats import Ask, KeptAnswer
from app.api.problems import problem_of
from app.bootstrap import Services
from app.errors import InvalidInput, NotFound, TooManyRequests

MAX_BODY_BYTES = 4_000_000
"""The largest request that is read: any bank, or a batch of long answers, is far smaller."""
LONGEST_KEY = 200
_PRINTABLE = re.compile(r"[!-~]([ -~]*[!-~])?")
_KEPT_HEADERS = ("content-type", "link", "location")
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def once(
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            min_length=1,
            max_length=LONGEST_KEY,
            pattern=f"^{_PRINTABLE.pattern}$",
            description="Yours to choose, new for each request. Sent again within 24 hours with the same body it gets "
            "the same answer, and nothing is made twice.",
        ),
    ] = None,
) -> str | None:
    """Marks a route that makes something, and documents the header."""
    return key


Once = Depends(once)
"""In a route's `dependencies`: the same request with the same Idempotency-Key is done once."""


class PlatformRoute(APIRoute):
    """A route of the API: its summary is the first sentence of its docstring."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:  # noqa: ANN401 (FastAPI's own)
        summary, _, rest = inspect.cleandoc(endpoint.__doc__ or "").partition("\n\n")
        if not more.get("summary"):
            more["summary"] = " ".join(summary.split()).rstrip(".")
            more["description"] = more.get("description") or rest
        super().__init__(path, endpoint, **more)

    def get_route_handler(self) -> Handler:
        """The handler, with everything around it."""
        handler = super().get_route_handler()
        is_once = any(dependency.call is once for dependency in self.dependant.dependencies)

        async def guarded(request: Request) -> Response:
            services: Services = request.state.services
            told = Request(request.scope, _bounded(request.receive))
            headers: dict[str, str] = {}
            try:
                _refuse_unstorable(request)
                who = await principal(told)
                if isinstance(who, KeyHolder):
                    allowance = await services.api_rate.take(who.id)
                    headers = allowance.headers("key")
                    _refuse_spent(allowance, headers, "This API key")
                response = await (_once(handler, told, who, services) if is_once else handler(told))
            except Exception as error:  # what has no sentence for people is raised again
                refusal = problem_of(error)
                if refusal is None:
                    raise
                response = await _counted(refusal, told, services)
            for name, value in headers.items():
                response.headers.setdefault(name, value)
            return response

        return guarded


async def _counted(refusal: Response, request: Request, services: Services) -> Response:
    """The refusal, or that there were too many: who shows nothing that holds is slowed down by address."""
    if refusal.status_code != HTTPStatus.UNAUTHORIZED:
        return refusal
    allowance = await services.failure_rate.take(request.client.host if request.client else "")
    if not allowance.is_spent:
        return refusal
    error = TooManyRequests(f"Too many requests without a token that holds; wait {allowance.reset_s} s.")
    error.headers = allowance.headers("failures")
    return problem_of(error) or refusal


def _refuse_unstorable(request: Request) -> None:
    """A database would stumble over NUL in an id."""
    if any("\x00" in str(value) for value in request.path_params.values()):
        raise NotFound("There is no such thing; no id has the character NUL.")


def _refuse_spent(allowance: Allowance, headers: dict[str, str], who: str) -> None:
    if allowance.is_spent:
        error = TooManyRequests(
            f"{who} may send {allowance.limit} requests in {allowance.window_s} s; wait {allowance.reset_s} s."
        )
        error.headers = headers
        raise error


async def _once(handler: Handler, request: Request, who: Principal, services: Services) -> Response:
    """The handler's answer, or the one that it gave to the same request before."""
    key = request.headers.get("idempotency-key")
    if key is None or not isinstance(who, Team):
        return await handler(request)
    if len(key) > LONGEST_KEY or not _PRINTABLE.fullmatch(key):
        raise InvalidInput(f"Idempotency-Key: send 1 to {LONGEST_KEY} printable ASCII characters.")
    secret = (bearer(request) if isinstance(who, KeyHolder) else None) or services.operator_token
    turn = await services.repeats.begin(Ask(who.id, secret, key, await _content(request)))
    if isinstance(turn, KeptAnswer):
        return Response(turn.body, turn.status, {**turn.headers, "Idempotency-Replayed": "true"})
    try:
        response = await handler(request)
    except Exception:
        await turn.failed()
        raise
    if response.status_code < HTTPStatus.BAD_REQUEST:
        kept = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        await turn.done(KeptAnswer(response.status_code, kept, bytes(response.body)))
    else:
        await turn.failed()
    return response


async def _content(request: Request) -> bytes:
    """All that makes it another request; a form's boundary is the client's whim and left out."""
    body = await request.body()
    kind = request.headers.get("content-type", "")
    boundary = re.search(r'boundary="?([^";]+)', kind)
    if boundary:
        body, kind = body.replace(boundary[1].encode("latin-1"), b""), kind.partition(";")[0]
    asked = f"{request.method} {request.url.path}?{request.url.query}\n{kind}\n"
    return asked.encode("utf-8", "surrogatepass") + body


def _bounded(receive: Receive) -> Receive:
    """The request's messages, until they bring more than a body may hold."""
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MAX_BODY_BYTES:
            limit = f"A request may bring {MAX_BODY_BYTES:,} bytes; send less at a time."
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, limit)
        return message

    return bounded
