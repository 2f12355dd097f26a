"""A small bank and a driver, so that a test reads like the talk it describes."""

from collections.abc import Callable
from itertools import count

from app.grading.grader import GradeRequest
from app.interviews.models import Command, Entry, GradeRecord, Interview, Message, Mode, Step
from app.interviews.service import InterviewService
from app.interviews.store import InterviewStore
from rubric.bank import Bank, Question, Section, SkipPolicy, Term
from rubric.criteria import Criterion
from rubric.information import NO_INFORMATION, InformationSheet
from tests.interviews.fakes import Clock, InMemoryInterviewStore, OneBank, PhraseTurns, QuotingReader

STRONG = "Land raw files in object storage. Partition them by date."
VAGUE = "It depends on the situation, we always look at what the business needs first."


def a_lake_bank() -> Bank:
    """Three questions in two sections."""
    return Bank(
        name="lake",
        title="Data lakes",
        sections=(
            Section(
                title="Storage",
                questions=(
                    Question(
                        id="q1",
                        text="How would you store raw data?",
                        criteria=(
                            Criterion(id="c1", text="Land raw files in object storage"),
                            Criterion(id="c2", text="Partition them by date"),
                        ),
                        clarification="Assume files of a few megabytes.",
                        follow_up="What would you do next?",
                        terms=(Term(term="raw data", gloss="data as it arrives"),),
                        offer_related=True,
                    ),
                    Question(
                        id="q2",
                        text="How do you protect it?",
                        criteria=(Criterion(id="c3", text="Encrypt it at rest"),),
                        skip=SkipPolicy.RETURN,
                    ),
                ),
            ),
            Section(
                title="Querying",
                questions=(
                    Question(
                        id="q3",
                        text="How do people query it?",
                        criteria=(Criterion(id="c4", text="With an engine that reads files in place"),),
                        skip=SkipPolicy.NEVER,
                    ),
                ),
            ),
        ),
    )


class Talk:
    """One interview, driven as a candidate would."""

    def __init__(
        self,
        *,
        store: InterviewStore | None = None,
        reader: QuotingReader | None = None,
        mode: Mode = Mode.ASSESSMENT,
        patience_s: float = 5.0,
        quiet_s: float = 90.0,
        max_answer_chars: int = 6000,
        sheet: InformationSheet = NO_INFORMATION,
        bank: Bank | None = None,
        is_sampled: Callable[[GradeRequest], bool] = lambda _: False,
    ) -> None:
        self.store = store or InMemoryInterviewStore()
        self.reader = reader or QuotingReader()
        self.mode = mode
        self.id = ""
        self.link = ""
        self._deliveries = count(1)
        self.clock = Clock()
        self.service = InterviewService(
            self.store,
            OneBank(bank or a_lake_bank(), sheet),
            self.reader,
            PhraseTurns(),
            clock=self.clock,
            max_answer_chars=max_answer_chars,
            patience_s=patience_s,
            quiet_s=quiet_s,
            is_sampled=is_sampled,
        )

    async def open(self, *, sections: tuple[str, ...] = (), limit: int | None = None) -> Interview:
        interview, self.link = await self.service.open(bank="lake", mode=self.mode, sections=sections, limit=limit)
        self.id = interview.id
        return interview

    async def begin(self) -> Step:
        await self.open()
        return await self.do(Command.CONSENT)

    def message(
        self,
        text: str = "",
        command: Command | None = None,
        *,
        delivery: str | None = None,
        channel: str = "api",
        seen: int | None = None,
        more: bool = False,
        revises: str = "",
    ) -> Message:
        return Message(
            id=delivery or f"m{next(self._deliveries)}",
            interview_id=self.id,
            channel=channel,
            at=self.clock(),
            text=text,
            command=command,
            seen=seen,
            more=more,
            revises=revises,
        )

    async def say(self, text: str) -> Step:
        return await self.service.submit(self.message(text))

    async def do(self, command: Command) -> Step:
        return await self.service.submit(self.message(command=command))

    async def settled(self) -> Step:
        """Where it stands once nothing is being read."""
        step = await self.service.step(self.id)
        while step.waiting:
            step = await self.service.step(self.id)
        return step

    async def grade(self, question_id: str) -> GradeRecord:
        return (await self.service.grades(self.id))[question_id]


def said(step: Step) -> list[str]:
    """Viva's words in this step."""
    return [entry.text for entry in step.said]


def last(step: Step) -> Entry:
    """The last thing Viva said."""
    return step.said[-1]
