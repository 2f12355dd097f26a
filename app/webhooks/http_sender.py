"""Sends messages over HTTP, to the very address that was looked at."""

import asyncio
import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.webhooks.addresses import Target

if TYPE_CHECKING:
    import httpx2

TIMEOUT_S = 10.0


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a host name, as the system knows them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class HttpSender:
    """`Send` over HTTP; opened at its first message."""

    def __init__(self) -> None:
        self._client: httpx2.AsyncClient | None = None

    async def __call__(self, target: Target, body: str, headers: dict[str, str]) -> int:
        """See `Send`."""
        import httpx2  # noqa: PLC0415 (slow to import)

        if self._client is None:
            # No connection is kept: it would belong to an address, and names that share it have their own certificates.
            self._client = httpx2.AsyncClient(
                timeout=TIMEOUT_S, trust_env=False, limits=httpx2.Limits(max_keepalive_connections=0)
            )
        url = httpx2.URL(target.url)
        request = self._client.build_request(
            "POST",
            url.copy_with(host=target.address),
            content=body.encode(),
            headers={**headers, "host": url.netloc.decode("ascii"), "user-agent": "Viva"},
            extensions={"sni_hostname": target.host},
        )
        try:
            async with asyncio.timeout(2 * TIMEOUT_S):
                # The answer's body is not read: nothing of it is wanted, and it may be endless.
                answer = await self._client.send(request, stream=True, follow_redirects=False)
                await answer.aclose()
        except (httpx2.TransportError, TimeoutError) as error:
            raise _Unanswered(type(error).__name__) from error
        return answer.status_code

    async def aclose(self) -> None:
        """Close what was opened."""
        if self._client is not None:
            await self._client.aclose()


class _Unanswered(OSError):
    """There was no answer in time."""
