"""A chat model that always takes the same time, in a process of its own so that it shares no interpreter with Viva.

It answers as a server does that has strict structured output: every criterion is missing, with a quote and a reason,
so that the whole way of a reply is walked and no decoy is marked.
"""

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import psutil

LATENCY_S = 0.2
MODEL = "fixed-latency"
_QUOTED_WORDS = 8
_REASON = "The answer speaks of something else."
_LISTED = re.compile(r'<rubric_criterion id="(c\d+)">')
_STEPS = '"steps"'
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Judge:
    """A running judge."""

    base_url: str
    pid: int

    def busy_s(self) -> float:
        """Processor time it has taken so far; it shares the cores with what is measured."""
        times = psutil.Process(self.pid).cpu_times()
        return float(times.user + times.system)

    async def lateness_ms(self, body: bytes, count: int) -> list[float]:
        """Milliseconds beyond its latency that requests take which are nothing but bytes on one open connection.

        Timers, wake-ups and whatever else runs on the machine: what grading can't be faster than.
        """
        address = urlsplit(self.base_url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        late: list[float] = []
        for _ in range(count):
            start = time.perf_counter()
            writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            length = _LENGTH.search(await reader.readuntil(b"\r\n\r\n"))
            await reader.readexactly(int(length.group(1)) if length else 0)
            late.append((time.perf_counter() - start - LATENCY_S) * 1000)
        writer.close()
        await writer.wait_closed()
        return late


@contextmanager
def judge(kept: Path | None = None) -> Iterator[Judge]:
    """A judge in a process of its own; what it is asked is kept in that file, a request a line."""
    command = [sys.executable, "-m", "benchmarks.judge", *([] if kept is None else [str(kept)])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Judge(process.stdout.readline().strip(), process.pid)
        finally:
            process.terminate()


async def _serve(kept: IO[bytes] | None) -> None:
    server = await asyncio.start_server(partial(_talk, kept=kept), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    print(f"http://127.0.0.1:{port}/v1", flush=True)
    await server.serve_forever()


async def _talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, kept: IO[bytes] | None) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            due = asyncio.get_running_loop().time() + LATENCY_S
            length = _LENGTH.search(head)
            body = await reader.readexactly(int(length.group(1)) if length else 0)
            if kept is not None:
                kept.write(body.replace(b"\n", b" ") + b"\n")
            reply = json.dumps(_completion(json.loads(body))).encode()
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            writer.write(_HEAD.format(len(reply)).encode() + reply)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def _completion(request: dict[str, Any]) -> dict[str, Any]:
    last = request["messages"][-1]["content"]
    # Others send a list of one text.
    text = last if isinstance(last, str) else last[0]["text"]
    message = {"role": "assistant", "content": json.dumps(_said(text)), "refusal": None}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": {"prompt_tokens": 900, "completion_tokens": 250, "total_tokens": 1150},
    }


def _said(text: str) -> dict[str, Any]:
    """What a judge says to Viva, and to the graders that it is held against: as long a reason of each criterion."""
    if text.startswith("{"):
        return _judged(json.loads(text))
    if listed := _LISTED.findall(text):
        judged = [{"criterion_id": id_, "criterion_status": "UNMET", "explanation": _REASON} for id_ in listed]
        return {"judgments": judged}
    if _STEPS in text:
        return {
            "steps": ["Look for the point in the answer.", "Compare what is said with it.", "Judge how much is there."]
        }
    return {"score": 3, "reason": _REASON}


def _judged(asked: dict[str, Any]) -> dict[str, Any]:
    parts = asked["answer"]
    quote = " ".join((parts if isinstance(parts, str) else parts[0]).split()[:_QUOTED_WORDS])
    judged = [{"id": item["id"], "quote": quote, "reason": _REASON, "verdict": "missing"} for item in asked["rubric"]]
    return {
        "criteria": judged,
        "manipulation": False,
        "feedback": "Say what each part is for.",
        "strengths": [],
        "gaps": ["What was asked for"],
        "misconceptions": [],
        "unlisted": [],
    }


if __name__ == "__main__":
    if len(sys.argv) > 1:
        with Path(sys.argv[1]).open("ab", buffering=0) as file:
            asyncio.run(_serve(file))
    else:
        asyncio.run(_serve(None))
