"""Rows judged through files: the requests of a batch are written out, its responses are graded from."""

from collections.abc import Callable
from dataclasses import dataclass

from app.grading.answer_grader import AnswerGrader
from app.grading.critique import Critic
from app.grading.grader import GradeRequest
from app.grading.outcome import Outcome, Reading
from app.llm.batch_file import Body, RequestId, ResponseFiles, request_line
from app.llm.recorded_chat import RecordedChat, WritingChat
from app.screening.rows import AnyRow


class RequestWriter:
    """Writes the requests of rows, each once.

    Attributes:
        size: Bytes written so far.
    """

    def __init__(self, grader: AnswerGrader, model: str, write: Callable[[bytes], object]) -> None:
        self._grader = grader
        self._model = model
        self._write = write
        self._written: set[RequestId] = set()
        self.size = 0

    @property
    def requests(self) -> int:
        """How many were written."""
        return len(self._written)

    async def complete(self, row: AnyRow, request: GradeRequest, reading: Reading) -> Outcome:
        """The outcome as it stands without the critique, whose requests are written."""
        chat = WritingChat(self._model, row.sha256, self._put)
        return await self._grader.judged_by(Critic(chat)).complete(request, reading)

    def _put(self, id_: RequestId, body: Body) -> None:
        # A row that stands twice in the input, to the byte, is asked about once.
        if id_ not in self._written:
            self._written.add(id_)
            line = request_line(id_, body)
            self.size += len(line)
            self._write(line)


@dataclass(frozen=True, slots=True)
class ResponseGrader:
    """Grades rows from recorded responses."""

    grader: AnswerGrader
    model: str
    responses: ResponseFiles

    async def complete(self, row: AnyRow, request: GradeRequest, reading: Reading) -> Outcome:
        """The outcome, its critique from the row's response; failed where there is none that can be used."""
        chat = RecordedChat(self.model, row.sha256, self.responses)
        return await self.grader.judged_by(Critic(chat)).complete(request, reading)
