"""Commands beside a running server: what the server owns is asked of it, through its API, as the operator.

The vector store has one owner; when that is `viva serve`, its address and the operator's token in the data folder
lead here.
"""

import json
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from app.access.tokens import operator_token
from app.config import Settings
from app.errors import AppError, Conflict, InvalidInput, NotFound, NotPermitted, NotSignedIn, ServerUnavailable
from vectorstore.ownership import who_owns

if TYPE_CHECKING:
    import httpx2

TIMEOUT_S = 120.0
"""Long enough for a server that is still loading its model."""
_ATTEMPTS = 3


_KINDS: Mapping[int, type[AppError]] = {
    401: NotSignedIn,
    403: NotPermitted,
    404: NotFound,
    409: Conflict,
    413: InvalidInput,
    422: InvalidInput,
}


def running_server(settings: Settings) -> str | None:
    """The address of the server that owns this data folder's vectors; None when there is none."""
    owner = who_owns(settings.vectors_dir) if settings.chroma_url is None else None
    return owner.url if owner else None


class ServerClient:
    """A running server's API; an async context manager.

    Args:
        url: The server's address, such as http://127.0.0.1:8000.
        token: The operator's, or a candidate's link token.
    """

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/")
        self._token = token
        self._client: httpx2.AsyncClient | None = None

    @classmethod
    def as_operator(cls, url: str, settings: Settings) -> Self:
        """A client with the token that lies in the data folder, or the setting's."""
        return cls(url, operator_token(settings).value)

    async def __aenter__(self) -> Self:
        """Open the connection."""
        # An HTTP client takes longer to import than `viva --help` may, and most commands need none.
        import httpx2  # noqa: PLC0415 (slow to import)

        self._client = httpx2.AsyncClient(
            base_url=f"{self.url}/api/v1/",
            headers={"Authorization": f"Bearer {self._token}"},
            timeout=TIMEOUT_S,
            trust_env=False,  # a proxy has no business between two processes of one machine
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        if self._client is not None:
            await self._client.aclose()

    async def get(self, path: str, **query: str | int) -> Any:  # noqa: ANN401 - JSON values have no narrower type
        """What stands at that path of the API."""
        return await self._send("GET", path, query=query)

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - as above
        """The answer to that body. Sent again when the connection breaks, so only for what is harmless twice."""
        return await self._send("POST", path, body=body)

    async def post_once(self, path: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as above
        """The answer to that body, which is sent at most once."""
        return await self._send("POST", path, body=body, attempts=1)

    async def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
        attempts: int = _ATTEMPTS,
    ) -> Any:  # noqa: ANN401 - as above
        import httpx2  # noqa: PLC0415 - as above

        if self._client is None:
            raise RuntimeError("the client is used outside its context")
        # Encoded here: the client's own encoding stumbles over what a terminal's arguments may hold (lone surrogates).
        content = None if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        for attempt in range(1, attempts + 1):
            try:
                response = await self._client.request(method, path, params=query, content=content, headers=headers)
                break
            except httpx2.TransportError as error:
                if attempt == attempts:
                    raise ServerUnavailable(f"The server at {self.url} does not answer ({error}).") from error
        if response.is_success:
            return response.json() if response.content else None
        raise _error(response)


def _error(response: "httpx2.Response") -> AppError:
    """The server's problem document as the error it was there."""
    try:
        detail = str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        detail = f"The server answered {response.status_code}."
    return _KINDS.get(response.status_code, ServerUnavailable)(detail)
