"""The tools: each is one request to the API, so that its keys and scopes hold and there is no second way in.

A tool's docstring and the descriptions of its parameters are what an assistant reads of it.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Annotated, Any, Concatenate, ParamSpec, Protocol

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from app.errors import AppError
from app.mcp.records import Told, told

_ONE_SEGMENT = r"^[A-Za-z0-9_-][A-Za-z0-9._-]*$"
"""Of an address: nothing that would lead to another one."""
InterviewId = Annotated[str, Field(pattern=_ONE_SEGMENT, description="As list_interviews gives it, such as iv-12ab….")]
BankName = Annotated[str, Field(pattern=_ONE_SEGMENT, description="As list_banks gives it, such as aws_data_engineer.")]
P = ParamSpec("P")


class Api(Protocol):
    """A running server's API, asked with a key."""

    async def get(self, path: str, **query: str | int) -> Any:  # noqa: ANN401 - JSON values have no narrower type
        """What stands at a path; raises AppError."""
        ...

    async def post_once(self, path: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as above
        """The answer to a body, sent at most once; raises AppError."""
        ...


Tool = Callable[Concatenate["Tools", P], Awaitable[Told]]


def _tool(asked: Callable[Concatenate["Tools", P], Awaitable[Any]]) -> Tool[P]:
    """A tool that gives a record; what the API refuses is told to the assistant in the API's own sentence."""

    @wraps(asked)
    async def tool(self: "Tools", /, *args: P.args, **kwargs: P.kwargs) -> Told:
        try:
            return told(await asked(self, *args, **kwargs))
        except AppError as error:
            raise ToolError(str(error)) from error

    tool.__annotations__["return"] = Told
    return tool


class Tools:
    """What an assistant can do.

    Args:
        api: Where it is done.
    """

    def __init__(self, api: Api) -> None:
        self._api = api

    @_tool
    async def list_interviews(
        self,
        limit: Annotated[int, Field(ge=1, le=200, description="At most so many.")] = 50,
        cursor: Annotated[str | None, Field(description="`next` of the page before; left out for the first.")] = None,
    ) -> Any:  # noqa: ANN401 - as above
        """Interviews, newest first: id, candidate's label, bank, mode, state. Needs the scope interviews:read."""
        more = {} if cursor is None else {"cursor": cursor}
        return await self._api.get("interviews", limit=limit, **more)

    @_tool
    async def show_report(self, interview_id: InterviewId) -> Any:  # noqa: ANN401 - as above
        """An interview's report: scores with intervals, every verdict with its quote, what a person should look at.

        A score is no decision about a candidate: people make those. Needs the scope grades:read.
        """
        return await self._api.get(f"interviews/{interview_id}/report")

    @_tool
    async def show_grade(
        self,
        interview_id: InterviewId,
        question_id: Annotated[str, Field(description="As the report or the bank names it.")],
    ) -> Any:  # noqa: ANN401 - as above
        """The newest grade of one answer, criterion by criterion. Needs the scope grades:read."""
        grades: Mapping[str, Any] = await self._api.get(f"interviews/{interview_id}/grades")
        if question_id not in grades:
            graded = ", ".join(sorted(grades)) or "none yet"
            raise ToolError(f"There is no grade of the question {question_id}; graded are: {graded}.")
        return grades[question_id]

    @_tool
    async def list_banks(self) -> Any:  # noqa: ANN401 - as above
        """The question banks, each in its newest version. Needs the scope banks:read."""
        return await self._api.get("banks")

    @_tool
    async def show_bank(
        self,
        name: BankName,
        version: Annotated[int | None, Field(ge=1, description="By default the newest.")] = None,
    ) -> Any:  # noqa: ANN401 - as above
        """A question bank: sections, questions, criteria. Criteria are never for candidates. Needs banks:read."""
        which = {} if version is None else {"version": version}
        return await self._api.get(f"banks/{name}", **which)

    @_tool
    async def search_banks(
        self,
        text: Annotated[str, Field(min_length=1, description="What to look for.")],
        limit: Annotated[int, Field(ge=1, le=100, description="At most so many.")] = 10,
    ) -> Any:  # noqa: ANN401 - as above
        """The criteria of all banks that are nearest to a text. Needs the scope banks:read."""
        return await self._api.get("banks/search", q=text, limit=limit)

    @_tool
    async def list_screenings(self) -> Any:  # noqa: ANN401 - as above
        """The screenings, with bank, rules and state. Needs the scope screenings:read."""
        return await self._api.get("screenings")

    @_tool
    async def show_screening_progress(
        self,
        screening_id: Annotated[str, Field(pattern=_ONE_SEGMENT, description="As list_screenings gives it.")],
    ) -> Any:  # noqa: ANN401 - as above
        """How far the grading of a screening is, and what failed for which reason. Needs the scope screenings:read."""
        return await self._api.get(f"screenings/{screening_id}/progress")

    @_tool
    async def grade_bank_answer(
        self,
        bank: BankName,
        question_id: Annotated[str, Field(description="A question of that bank, by its id.")],
        answer: Annotated[str, Field(description="The answer, verbatim.")],
    ) -> Any:  # noqa: ANN401 - as above
        """Grade an answer to a bank's question. The grade is given, not kept. Needs the scope grades:write."""
        return await self._graded({"bank": bank, "question_id": question_id, "answer": answer})

    @_tool
    async def grade_answer(
        self,
        question: Annotated[str, Field(description="As it was asked.")],
        criteria: Annotated[list[str], Field(min_length=1, description="The points of a full answer, one each.")],
        answer: Annotated[str, Field(description="The answer, verbatim.")],
    ) -> Any:  # noqa: ANN401 - as above
        """Grade an answer by criteria of your own. The grade is given, not kept. Needs the scope grades:write."""
        return await self._graded({"question": question, "criteria": criteria, "answer": answer})

    async def _graded(self, row: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as above
        graded = await self._api.post_once("grade", {"rows": [{"id": "answer", **row}]})
        return graded["grades"][0]
