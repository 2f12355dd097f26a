"""Chat models that are files: one writes down what it is asked, the other answers from what came back.

Both stand where a model at an endpoint would, for one row at a time, so a recorded reply goes through every check that
a live one goes through.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from app.errors import LLMRefused, LLMTruncated, LLMUnavailable, LLMUnparseable
from app.llm.batch_file import Body, RequestId, ResponseFiles, request_id
from app.llm.chat import Completion, StructuredRequest
from app.llm.dialect import Dialect
from app.llm.replies import ReplyBody, usage_of, value_of

_CODE = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_DIALECT = Dialect()


class WritingChat:
    """Writes down what it is asked about one row, and answers nothing."""

    def __init__(self, model: str, row_sha256: str, write: Callable[[RequestId, Body], None]) -> None:
        self._model = model
        self._row = row_sha256
        self._write = write

    @property
    def name(self) -> str:
        """The model asked for."""
        return self._model

    async def complete(self, request: StructuredRequest) -> Completion:
        """Nothing: the request is written down.

        Raises:
            LLMUnavailable: Always.
        """
        body = _body(request, self._model)
        self._write(request_id(self._row, body), body)
        raise LLMUnavailable("the request was written to a file")

    async def aclose(self) -> None:
        """Nothing to release."""


class RecordedChat:
    """Answers what is asked about one row from recorded responses."""

    def __init__(self, model: str, row_sha256: str, responses: ResponseFiles) -> None:
        self._model = model
        self._row = row_sha256
        self._responses = responses

    @property
    def name(self) -> str:
        """The model asked for."""
        return self._model

    async def complete(self, request: StructuredRequest) -> Completion:
        """The recorded reply to this very request; see `ChatModel.complete` for what it raises."""
        body = _body(request, self._model)
        id_ = request_id(self._row, body)
        line = self._responses.find(id_)
        if line is None:
            raise LLMUnavailable(self._absent(id_))
        reply = _reply(line)
        if reply.refused:
            raise LLMRefused("the chat model declined to judge the answer")
        if reply.cut_off:
            raise LLMTruncated("the chat model's reply was cut off")
        return Completion(
            text=reply.text,
            value=value_of(reply, request),
            requested_model=self._model,
            returned_model=reply.model or "",
            system_fingerprint=reply.system_fingerprint,
            output_mode=_DIALECT.mode,
            usage=usage_of(reply, body),
            requests=1,
            latency_ms=0.0,
        )

    async def aclose(self) -> None:
        """Nothing to release."""

    def _absent(self, id_: RequestId) -> str:
        ways = self._responses.ways_of(id_.row)
        if not ways:
            return "the files of responses hold none to this row"
        if id_.way not in ways:
            return (
                "the response is to another version of the request (the model, the prompt or its parameters have changed "
                "since); write the requests again"
            )
        return (
            "the files hold no response to this request, only to another one about the row (its question has changed)"
        )


def _body(request: StructuredRequest, model: str) -> Body:
    return _DIALECT.body(request, model=model, max_tokens=request.max_tokens, repair=())


def _reply(line: Mapping[str, Any]) -> ReplyBody:
    """The completion in a line of the responses.

    Raises:
        LLMUnavailable: The batch or the endpoint failed at it.
        LLMUnparseable: What is there is no chat completion.
    """
    error, response = line.get("error"), line.get("response")
    if error:
        raise LLMUnavailable(f"the batch has no answer to the request ({_code(error)})")
    if not isinstance(response, dict):
        raise LLMUnparseable("the recorded line holds no response")
    status, body = response.get("status_code"), response.get("body")
    if status != 200:
        shown = status if isinstance(status, int) else "none"
        raise LLMUnavailable(f"the chat model's endpoint failed at the request (status {shown})")
    if isinstance(body, dict) and body.get("error"):
        raise LLMUnavailable("the chat model's endpoint reported an error under status 200")
    try:
        return ReplyBody.model_validate(body)
    except ValidationError as invalid:
        raise LLMUnparseable("the recorded response is no chat completion") from invalid


def _code(error: object) -> str:
    """The error's code where it is one; a message is never passed on, as it may quote what was sent."""
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else "no reason given"
