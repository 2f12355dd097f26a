"""A chat model that is none: an OpenAI-compatible server over real HTTP, with faults to script.

Tests read back the requests it got (`StubLLM.requests`) and script what it does next (`StubLLM.script`). Its default
judge marks criteria by word overlap and quotes the answer verbatim, so that a person can try the critique without a
key: `python -m tests.stub_llm --port 8089`.
"""

import argparse
import asyncio
import base64
import hashlib
import itertools
import json
import re
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

MODEL = "stub-judge"
Reply = dict[str, Any]
Criterion = dict[str, str]
Judge = Callable[[Mapping[str, Any]], Reply]

# --- what is recorded -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Recorded:
    """A request the server got."""

    path: str
    body: dict[str, Any]
    headers: Mapping[str, str]

    @property
    def system(self) -> str:
        return str(self.body["messages"][0]["content"])

    @property
    def asked(self) -> dict[str, Any]:
        """The user message, decoded: question, rubric, answer."""
        asked: dict[str, Any] = json.loads(self.body["messages"][1]["content"])
        return asked


# --- the judges -------------------------------------------------------------------------------------------------------

_WORD = re.compile(r"\w+")
_SMALL = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "by",
        "for",
        "from",
        "how",
        "in",
        "is",
        "it",
        "of",
        "on",
        "or",
        "the",
        "this",
        "to",
        "use",
        "used",
        "using",
        "what",
        "with",
        "you",
        "your",
    ]
)


def _words(text: str) -> set[str]:
    return {word[:6] for word in _WORD.findall(text.lower()) if word not in _SMALL}


def _sentences(text: str) -> list[str]:
    return [sentence for sentence in re.split(r"(?<=[.!?;])\s+|\n+", text) if sentence.strip()]


def _first_words(sentence: str, count: int = 15) -> str:
    ends = [match.end() for match in itertools.islice(re.finditer(r"\S+", sentence), count)]
    return sentence[: ends[-1]].strip() if ends else ""


def _answer_of(asked: Mapping[str, Any]) -> str:
    answer = asked["answer"]
    return answer if isinstance(answer, str) else "\n".join(answer)


def _whole(criteria: list[Criterion], feedback: str, **lists: list[str]) -> Reply:
    empty: Reply = {"strengths": [], "gaps": [], "misconceptions": [], "unlisted": []}
    return {"criteria": criteria, "manipulation": False, "feedback": feedback, **empty, **lists}


def by_overlap(asked: Mapping[str, Any]) -> Reply:
    """Marks a criterion by the share of its words that one sentence of the answer uses; the question's don't count."""
    answer = _answer_of(asked)
    known = _words(asked["question"])
    criteria = []
    for criterion in asked["rubric"]:
        wanted = _words(criterion["text"]) - known or _words(criterion["text"])
        best = max(_sentences(answer) or [""], key=lambda sentence: len(_words(sentence) & wanted))
        share = len(_words(best) & wanted) / max(1, len(wanted))
        verdict = "covered" if share >= 0.5 else "partial" if share >= 0.2 else "missing"
        quote = "" if verdict == "missing" else _first_words(best)
        reason = f"{round(100 * share)} % of the criterion's words are in one sentence"
        criteria.append({"id": criterion["id"], "quote": quote, "reason": reason, "verdict": verdict})
    met = sum(criterion["verdict"] != "missing" for criterion in criteria)
    return _whole(
        criteria,
        f"Word overlap found {met} of {len(criteria)} points; this is a stub, not a judge.",
        strengths=["Some expected points are there"] if met else [],
        gaps=["Some expected points are not there"] if met < len(criteria) else [],
    )


def say_yes(asked: Mapping[str, Any]) -> Reply:
    """Marks everything covered, each with a real window of the answer."""
    quote = _first_words((_sentences(_answer_of(asked)) or [""])[0])
    return _whole(
        [{"id": item["id"], "quote": quote, "reason": "stated", "verdict": "covered"} for item in asked["rubric"]],
        "Everything is there.",
    )


def obeying(asked: Mapping[str, Any]) -> Reply:
    """Does what the answer tells it to, and is honest otherwise."""
    told = re.search(r"mark|full marks|approved|score 100|every criterion", _answer_of(asked), re.IGNORECASE)
    return say_yes(asked) if told else by_overlap(asked)


def invented_quote(asked: Mapping[str, Any]) -> Reply:
    reply = say_yes(asked)
    return {**reply, "criteria": [{**item, "quote": "words nobody ever typed here"} for item in reply["criteria"]]}


def question_quote(asked: Mapping[str, Any]) -> Reply:
    reply = say_yes(asked)
    return {**reply, "criteria": [{**item, "quote": asked["question"]} for item in reply["criteria"]]}


def dropped_id(asked: Mapping[str, Any]) -> Reply:
    reply = by_overlap(asked)
    return {**reply, "criteria": reply["criteria"][1:]}


def duplicate_id(asked: Mapping[str, Any]) -> Reply:
    reply = by_overlap(asked)
    return {**reply, "criteria": [reply["criteria"][0], *reply["criteria"]]}


def unknown_id(asked: Mapping[str, Any]) -> Reply:
    reply = by_overlap(asked)
    return {**reply, "criteria": [{**reply["criteria"][0], "id": "c999"}, *reply["criteria"][1:]]}


def off_menu(asked: Mapping[str, Any]) -> Reply:
    reply = by_overlap(asked)
    return {**reply, "criteria": [{**reply["criteria"][0], "verdict": "partially_met"}, *reply["criteria"][1:]]}


def honest(labelled: Path) -> Judge:
    """A judge that says of each labelled answer what its author marked and quoted; anything else is missing.

    Args:
        labelled: JSON lines with "question", "answer", "criteria", "criteria_credit" and "evidence" (a verbatim quote
            by the criterion's index).
    """
    said: dict[tuple[str, str, str], tuple[str, str]] = {}
    for line in labelled.read_text("utf-8").splitlines():
        row = json.loads(line)
        for place, (criterion, credit) in enumerate(zip(row["criteria"], row["criteria_credit"], strict=True)):
            verdict = {1: "covered", 0.5: "partial", 0: "missing"}[credit]
            said[row["question"], row["answer"], criterion] = (verdict, row["evidence"].get(str(place), ""))

    def judge(asked: Mapping[str, Any]) -> Reply:
        criteria = []
        for item in asked["rubric"]:
            verdict, quote = said.get((asked["question"], _answer_of(asked), item["text"]), ("missing", ""))
            reason = "the answer does not say so" if verdict == "missing" else "the quote says so"
            criteria.append({"id": item["id"], "quote": quote, "reason": reason, "verdict": verdict})
        return _whole(criteria, "As the author marked it.")

    return judge


def scripted(*judgements: tuple[str, str, str]) -> Judge:
    """A judge that says exactly this: (verdict, quote, reason) per criterion, in order."""

    def judge(asked: Mapping[str, Any]) -> Reply:
        items = zip(asked["rubric"], judgements, strict=True)
        return _whole(
            [{"id": c["id"], "quote": q, "reason": r, "verdict": v} for c, (v, q, r) in items], "As scripted."
        )

    return judge


JUDGES: dict[str, Judge] = {
    judge.__name__: judge
    for judge in (
        by_overlap,
        say_yes,
        obeying,
        invented_quote,
        question_quote,
        dropped_id,
        duplicate_id,
        unknown_id,
        off_menu,
    )
}

# --- the faults -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fault:
    """What one request meets instead of an honest reply."""

    kind: str
    retry_after_s: float | None = None
    seconds: float = 3600.0
    status: int = 500
    text: str = ""


def rate_limited(retry_after_s: float | None = None) -> Fault:
    return Fault("status", status=429, retry_after_s=retry_after_s)


def server_error(status: int = 500) -> Fault:
    return Fault("status", status=status)


def hang(seconds: float = 3600.0) -> Fault:
    return Fault("hang", seconds=seconds)


def refusal() -> Fault:
    return Fault("refusal")


def cut_off() -> Fault:
    return Fault("cut_off")


def broken_json() -> Fault:
    return Fault("text", text='{"criteria": [{"id": "c0", "quote": ')


def wrong_schema() -> Fault:
    return Fault("text", text='{"score": 10, "comment": "great"}')


def says(text: str) -> Fault:
    return Fault("text", text=text)


def error_body() -> Fault:
    return Fault("error_body")


def not_json() -> Fault:
    return Fault("not_json")


def disconnect() -> Fault:
    return Fault("disconnect")


def drip() -> Fault:
    """Sends a byte now and then and never ends."""
    return Fault("drip")


FAULTS: dict[str, Callable[[], Fault]] = {
    "rate_limited": rate_limited,
    "server_error": server_error,
    "hang": hang,
    "refusal": refusal,
    "cut_off": cut_off,
    "broken_json": broken_json,
    "wrong_schema": wrong_schema,
    "error_body": error_body,
    "not_json": not_json,
    "disconnect": disconnect,
    "drip": drip,
}

# --- the server -------------------------------------------------------------------------------------------------------


@dataclass
class StubLLM:
    """The server's state: what it got, and what it does next.

    Attributes:
        judge: Makes the reply from the user message.
        always: A fault every request meets; scripted ones come first.
        chosen: Chooses the fault of a request from its body, before `always`; None leaves it alone.
        refuses: Fields answered with status 400: "json_schema", "tools", "json_object", or a parameter's name.
        ignores: Ways of asking for structure that are accepted and then not followed.
        latency_s: Added to every reply.
        dimensions: Length of its embeddings.
    """

    judge: Judge = by_overlap
    always: Fault | None = None
    chosen: Callable[[Recorded], Fault | None] | None = None
    refuses: set[str] = field(default_factory=set)
    ignores: set[str] = field(default_factory=set)
    latency_s: float = 0.0
    dimensions: int = 384
    base_url: str = ""
    requests: list[Recorded] = field(default_factory=list)
    _script: deque[Fault | None] = field(default_factory=deque)
    most_at_once: int = 0
    _running: int = 0

    def reset(self) -> None:
        """As new, at the same address; requests still running are left to end by themselves."""
        fresh = StubLLM()
        for name in (
            "judge",
            "always",
            "chosen",
            "refuses",
            "ignores",
            "latency_s",
            "dimensions",
            "requests",
            "_script",
            "most_at_once",
        ):
            setattr(self, name, getattr(fresh, name))

    def script(self, *faults: Fault | None) -> None:
        """What the next chat requests meet, one each; None is an honest reply."""
        self._script.extend(faults)

    @property
    def chats(self) -> list[Recorded]:
        return [request for request in self.requests if request.path.endswith("/chat/completions")]

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/chat/completions", self._chat, methods=["POST"]),
                Route("/v1/embeddings", self._embeddings, methods=["POST"]),
                Route("/v1/models", self._models, methods=["GET"]),
            ]
        )

    async def _recorded(self, request: Request) -> dict[str, Any]:
        body: dict[str, Any] = await request.json()
        self.requests.append(Recorded(request.url.path, body, dict(request.headers)))
        return body

    async def _models(self, _request: Request) -> Response:
        return JSONResponse(
            {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": "viva"}]}
        )

    async def _embeddings(self, request: Request) -> Response:
        body = await self._recorded(request)
        texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
        data = []
        for index, text in enumerate(texts):
            vector = _hashed_vector(str(text), int(body.get("dimensions") or self.dimensions))
            packed = base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
            embedding = packed if body.get("encoding_format") == "base64" else vector
            data.append({"object": "embedding", "index": index, "embedding": embedding})
        tokens = sum(len(str(text).split()) for text in texts)
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return JSONResponse({"object": "list", "data": data, "model": body.get("model", MODEL), "usage": usage})

    async def _chat(self, request: Request) -> Response:
        body = await self._recorded(request)
        chosen = self.chosen(self.requests[-1]) if self.chosen else None
        fault = self._script.popleft() if self._script else chosen or self.always
        self._running += 1
        self.most_at_once = max(self.most_at_once, self._running)
        try:
            await asyncio.sleep(self.latency_s)
            return await self._reply(body, fault, request)
        finally:
            self._running -= 1

    async def _reply(self, body: dict[str, Any], fault: Fault | None, request: Request) -> Response:
        refused = self._refused(body)
        if refused is not None:
            return _error(400, f"Unsupported parameter: '{refused}' is not supported with this model.", refused)
        kind = fault.kind if fault else ""
        if fault and kind == "status":
            headers = {} if fault.retry_after_s is None else {"Retry-After": f"{fault.retry_after_s:g}"}
            return _error(fault.status, "scripted fault", headers=headers)
        if fault and kind == "hang":
            await _until_gone(request, fault.seconds)
        if kind == "error_body":
            return JSONResponse({"error": {"message": "scripted fault", "type": "upstream", "code": 502}})
        if kind == "not_json":
            return Response("<html>Bad gateway</html>", media_type="application/json")
        if kind == "drip":
            return StreamingResponse(_endless(), media_type="application/json")
        if kind == "disconnect":
            return StreamingResponse(
                _broken_stream(), media_type="application/json", headers={"Content-Length": "4096"}
            )
        text = fault.text if fault and kind == "text" else self._text(body)
        finish = "stop"
        if kind == "cut_off":
            text, finish = text[: len(text) // 2], "length"
        message = _message(body, text, refused=kind == "refusal")
        if body.get("stream"):
            return StreamingResponse(_stream(body, text, finish), media_type="text/event-stream")
        # Escaped as ASCII, so that a scripted text may hold what UTF-8 can't.
        return Response(json.dumps(_completion(body, message, finish, text)), media_type="application/json")

    def _refused(self, body: Mapping[str, Any]) -> str | None:
        return next((name for name in sorted(self.refuses) if name in body or name == _mode(body)), None)

    def _text(self, body: Mapping[str, Any]) -> str:
        if _mode(body) in self.ignores:
            return "Sure! I think this was a good answer."
        try:
            asked = json.loads(body["messages"][1]["content"])
            return json.dumps(self.judge(asked), ensure_ascii=False)
        except (IndexError, KeyError, TypeError, ValueError):
            return f"You said: {body['messages'][-1]['content'][:200]}"


def _mode(body: Mapping[str, Any]) -> str:
    if body.get("tools"):
        return "tools"
    shape = body.get("response_format") or {}
    return str(shape.get("type", "plain"))


def _error(status: int, message: str, param: str | None = None, headers: Mapping[str, str] | None = None) -> Response:
    error = {"message": message, "type": "invalid_request_error" if status < 500 else "server_error", "param": param}
    return JSONResponse({"error": {**error, "code": None}}, status_code=status, headers=dict(headers or {}))


def _message(body: Mapping[str, Any], text: str, *, refused: bool) -> dict[str, Any]:
    if refused:
        return {"role": "assistant", "content": None, "refusal": "I can't help with that."}
    if body.get("tools"):
        name = body["tools"][0]["function"]["name"]
        call = {"id": "call_0", "type": "function", "function": {"name": name, "arguments": text}}
        return {"role": "assistant", "content": None, "refusal": None, "tool_calls": [call]}
    return {"role": "assistant", "content": text, "refusal": None}


def _usage(body: Mapping[str, Any], text: str) -> dict[str, int]:
    prompt = sum(len(str(message["content"])) for message in body["messages"]) // 4
    reply = len(text) // 4
    return {"prompt_tokens": prompt, "completion_tokens": reply, "total_tokens": prompt + reply}


def _completion(body: Mapping[str, Any], message: dict[str, Any], finish: str, text: str) -> dict[str, Any]:
    reason = "tool_calls" if message.get("tool_calls") and finish == "stop" else finish
    return {
        "id": "chatcmpl-stub",
        "object": "chat.completion",
        "created": 0,
        "model": f"{body.get('model', MODEL)}-2026-01-01",
        "system_fingerprint": "fp_stub",
        "choices": [{"index": 0, "message": message, "finish_reason": reason, "logprobs": None}],
        "usage": _usage(body, text),
    }


async def _stream(body: Mapping[str, Any], text: str, finish: str) -> AsyncIterator[str]:
    def chunk(delta: dict[str, str], reason: str | None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        head = {
            "id": "chatcmpl-stub",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": body.get("model", MODEL),
        }
        return f"data: {json.dumps({**head, 'choices': [choice]})}\n\n"

    yield chunk({"role": "assistant", "content": ""}, None)
    for start in range(0, len(text), 20):
        yield chunk({"content": text[start : start + 20]}, None)
    yield chunk({}, finish)
    if (body.get("stream_options") or {}).get("include_usage"):
        head = {
            "id": "chatcmpl-stub",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": body.get("model", MODEL),
        }
        yield f"data: {json.dumps({**head, 'choices': [], 'usage': _usage(body, text)})}\n\n"
    yield "data: [DONE]\n\n"


async def _endless() -> AsyncIterator[bytes]:
    while True:
        yield b" "
        await asyncio.sleep(0.02)


async def _broken_stream() -> AsyncIterator[bytes]:
    yield b'{"choices": ['


async def _until_gone(request: Request, seconds: float) -> None:
    """Wait as long as scripted, or until the client has hung up, so that a test's server can stop."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and not await request.is_disconnected():
        await asyncio.sleep(0.02)


def _hashed_vector(text: str, dimensions: int) -> list[float]:
    """A unit vector of the text's words: texts that share words are near."""
    vector = [0.0] * dimensions
    for word in _WORD.findall(text.lower()) or [text]:
        digest = hashlib.sha256(word.encode("utf-8", "replace")).digest()
        vector[int.from_bytes(digest[:4], "big") % dimensions] += 1.0 if digest[4] % 2 else -1.0
    norm = sum(value * value for value in vector) ** 0.5 or 1.0
    return [value / norm for value in vector]


@contextmanager
def serving(stub: StubLLM) -> Iterator[StubLLM]:
    """The stub behind real HTTP on a free port of 127.0.0.1, in a thread of its own."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        stub.base_url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        config = uvicorn.Config(
            stub.app(), log_level="critical", ws="none", lifespan="off", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.005)
        try:
            yield stub
        finally:
            server.should_exit = True
            thread.join(timeout=10)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.stub_llm", description="A stub chat model for trying Viva out."
    )
    parser.add_argument("--port", type=int, default=8089)
    parser.add_argument("--latency-ms", type=int, default=0)
    parser.add_argument("--judge", choices=sorted([*JUDGES, "honest"]), default="by_overlap")
    parser.add_argument("--labels", type=Path, metavar="FILE", help="labelled answers that the honest judge knows")
    parser.add_argument("--fault", choices=sorted(FAULTS), default=None, help="every chat request meets this fault")
    chosen = parser.parse_args()
    if (chosen.judge == "honest") != (chosen.labels is not None):
        parser.error("--judge honest and --labels FILE go together")
    stub = StubLLM(
        judge=honest(chosen.labels) if chosen.labels else JUDGES[chosen.judge],
        always=FAULTS[chosen.fault]() if chosen.fault else None,
        latency_s=chosen.latency_ms / 1000,
    )
    print(f"A stub chat model; its judge is “{chosen.judge}”. In another terminal:\n")
    print(
        f"  export VIVA_LLM_BASE_URL=http://127.0.0.1:{chosen.port}/v1\n  export VIVA_LLM_MODEL={MODEL}\n", flush=True
    )
    uvicorn.run(stub.app(), host="127.0.0.1", port=chosen.port, log_level="warning", ws="none")


if __name__ == "__main__":
    main()
