"""A server that does what it is asked at once and whose first answer is lost on the way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2


@asynccontextmanager
async def answering_at_the_second_time(client: httpx2.AsyncClient) -> AsyncIterator[str]:
    """Its address; what comes there is asked of that client."""
    heard = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        heard += 1
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        method, path, _ = first.split()
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        kept: dict[str, str] = {name: headers[name] for name in ("authorization", "content-type") if name in headers}
        answer = await client.request(method, path, content=body, headers=kept)
        if heard > 1:
            length = f"Content-Length: {len(answer.content)}\r\nConnection: close\r\n\r\n"
            writer.write(f"HTTP/1.1 {answer.status_code} OK\r\nContent-Type: application/json\r\n{length}".encode())
            writer.write(answer.content)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
