"""Requests and responses in files, in the format of OpenAI's Batch API: one JSON object a line, in any order.

A request's `custom_id` is made of hashes alone: of the row it belongs to, of the way of asking (model, prompt,
parameters), and of the whole body. So a response is taken for the very request it answers and for no other.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import InvalidInput

URL = "/v1/chat/completions"
MOST_REQUESTS = 50_000
MOST_BYTES = 200_000_000
_ROW, _WAY, _BODY = 16, 8, 24
_ID = re.compile(rf"viva-([0-9a-f]{{{_ROW}}})-([0-9a-f]{{{_WAY}}})-([0-9a-f]{{{_BODY}}})\Z")

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RequestId:
    """A request's `custom_id`, taken apart: leading hex digits of three sha256 digests.

    Attributes:
        row: Of the row as it stands in the input.
        way: Of what requests of all rows share: the model, the system message, the parameters.
        body: Of the whole request.
    """

    row: str
    way: str
    body: str

    def __str__(self) -> str:
        return f"viva-{self.row}-{self.way}-{self.body}"


def request_id(row_sha256: str, body: Body) -> RequestId:
    """The id of a request.

    Args:
        row_sha256: Hex digest of the row.
        body: Of a chat completion request, its first message the system's.
    """
    apart = {"messages", "response_format", "max_tokens", "max_completion_tokens"}
    way = {**{key: value for key, value in body.items() if key not in apart}, "system": body["messages"][0]}
    return RequestId(row_sha256[:_ROW], _digest(way)[:_WAY], _digest(body)[:_BODY])


def parsed_id(custom_id: object) -> RequestId | None:
    """The parts of an id that Viva made; None for any other."""
    found = _ID.match(custom_id) if isinstance(custom_id, str) else None
    return RequestId(*found.groups()) if found else None


def request_line(id_: RequestId, body: Body) -> bytes:
    """A request as a line of the file."""
    line = {"custom_id": str(id_), "method": "POST", "url": URL, "body": body}
    return json.dumps(line, separators=(",", ":"), allow_nan=False).encode() + b"\n"


class ResponseFiles:
    """The responses of several files by request; of several to one request the first that succeeded counts.

    Attributes:
        unread: What could not be read, as "file, line 7"; a response there belongs to nobody.
        strangers: Responses to requests that Viva did not make.
    """

    def __init__(self) -> None:
        self.unread: list[str] = []
        self.strangers = 0
        self._lines: dict[RequestId, bytes] = {}
        self._rows: dict[str, set[str]] = {}

    @classmethod
    def read(cls, paths: Iterable[Path]) -> "ResponseFiles":
        """The responses of these files.

        Raises:
            InvalidInput: One cannot be opened.
        """
        responses = cls()
        for path in paths:
            try:
                with path.open("rb") as stream:
                    responses._add(path.name, stream)
            except OSError as error:
                raise InvalidInput(
                    f"The responses {path} cannot be read ({error.strerror}); check --batch-in."
                ) from error
        return responses

    def __len__(self) -> int:
        return len(self._lines)

    def find(self, id_: RequestId) -> Mapping[str, Any] | None:
        """The line that answers a request; None where there is none."""
        line = self._lines.get(id_)
        return None if line is None else _object(line)

    def ways_of(self, row: str) -> frozenset[str]:
        """The ways of asking in which a row was asked about."""
        return frozenset(self._rows.get(row, ()))

    def _add(self, name: str, lines: Iterator[bytes] | Iterable[bytes]) -> None:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            value = _object(line)
            if value is None:
                self.unread.append(f"{name}, line {number}")
                continue
            id_ = parsed_id(value.get("custom_id"))
            if id_ is None:
                self.strangers += 1
                continue
            self._rows.setdefault(id_.row, set()).add(id_.way)
            if id_ not in self._lines or (_succeeded(value) and not _succeeded(_object(self._lines[id_]) or {})):
                self._lines[id_] = line


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _succeeded(value: Mapping[str, Any]) -> bool:
    response = value.get("response")
    return not value.get("error") and isinstance(response, dict) and response.get("status_code") == 200


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
