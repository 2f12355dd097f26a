"""The candidates of a file as interviews, so that grading, review, contest, reports and deletion are what they always are.

Ids follow from the screening and the candidate's key: a file that is taken again, or a run that goes on after it was
stopped, finds what is there and adds what is missing.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from app.grading.precheck import precheck
from app.interviews.gradable import ending_of, grade_request
from app.interviews.models import (
    Answer,
    Ending,
    Entry,
    Interview,
    Kind,
    Mode,
    Part,
    Script,
    State,
)
from app.interviews.turn_class import TurnClass
from app.screening.preview import RecordedAnswer
from app.screening.screening import Screening
from rubric.bank import Bank

CHANNEL = "file"
_ID_DIGITS = 16


@dataclass(frozen=True, slots=True)
class FileCandidate:
    """One person of a file, with at least one answer."""

    key: str
    name: str
    answers: tuple[RecordedAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of the answers of a file.

    Attributes:
        new, changed, same: Answers that are new, that take the place of an earlier text, that were there already.
        erased: Candidates who were deleted before, and stay so.
        closed: Candidates whose interviews take no answers: invited, withdrawn, or for people to grade.
    """

    candidates: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    erased: int = 0
    closed: int = 0

    def __add__(self, other: "Taken") -> "Taken":
        """Both in sum."""
        return Taken(
            candidates=self.candidates + other.candidates,
            new=self.new + other.new,
            changed=self.changed + other.changed,
            same=self.same + other.same,
            erased=self.erased + other.erased,
            closed=self.closed + other.closed,
        )


def by_person(answers: Iterable[RecordedAnswer]) -> Iterator[FileCandidate]:
    """The answers person by person; those of one person stand together."""
    for key, own in groupby(answers, key=lambda answer: answer.candidate):
        given = tuple(own)
        yield FileCandidate(key, given[0].name, given)


def interview_id(screening_id: str, candidate: str) -> str:
    """The id of a candidate's interview, always the same."""
    told = hashlib.sha256(f"{screening_id}\n{candidate}".encode()).hexdigest()
    return f"iv-{told[:_ID_DIGITS]}"


def new_interview(screening: Screening, candidate: FileCandidate, at: datetime) -> Interview:
    """A finished interview of that person, without its answers."""
    return Interview(
        id=interview_id(screening.id, candidate.key),
        bank=screening.bank,
        mode=Mode.ASSESSMENT,
        language=screening.language,
        plan=screening.policy.questions,
        state=State.FINISHED,
        created_at=at,
        finished_at=at,
        label=candidate.name,
    )


def with_answers(
    interview: Interview, bank: Bank, answers: Sequence[RecordedAnswer], at: datetime
) -> tuple[Interview, tuple[Answer, ...]]:
    """The interview with these answers, and those of them that are new or changed.

    A text that differs from the one that is there is the answer's next revision; the earlier one stays.
    """
    script = Script(bank, interview.plan, interview.language)
    fresh: list[Answer] = []
    for given in answers:
        known = interview.answer_to(given.question_id)
        if known is not None and text_of(known) == given.text:
            continue
        part = Part(number=0, text=given.text, revision=known.revision + 1 if known else 0, replaced=given.replaced)
        answer = Answer(
            id=f"{interview.id}.{given.question_id}",
            question_id=given.question_id,
            parts=(part,),
            ending=Ending.ANSWERED,
            revision=part.revision,
            opened_at=known.opened_at if known else at,
            final_at=at,
        )
        answer = replace(answer, ending=ending_of(precheck(grade_request(interview, script, answer))))
        entries = _entries(interview, script, given, is_change=known is not None, at=at)
        interview = replace(interview, transcript=(*interview.transcript, *entries)).with_answer(answer)
        fresh.append(answer)
    return interview, tuple(fresh)


def text_of(answer: Answer) -> str:
    """What was answered, as a file has it: in one part."""
    return "\n\n".join(part.text for part in answer.parts if part.text)


def _entries(
    interview: Interview, script: Script, given: RecordedAnswer, *, is_change: bool, at: datetime
) -> tuple[Entry, ...]:
    """The question, unless it was answered before, and what was answered."""
    seq, id_ = len(interview.transcript), given.question_id
    asked = Entry(
        seq=seq,
        by_candidate=False,
        kind=Kind.QUESTION,
        text=script.text(id_),
        at=at,
        question_id=id_,
        number=script.number(id_),
    )
    digest = hashlib.sha256(f"{seq}\n{given.text}".encode()).hexdigest()[:_ID_DIGITS]
    reply = Entry(
        seq=seq if is_change else seq + 1,
        by_candidate=True,
        kind=Kind.REPLY,
        text=given.text,
        at=at,
        question_id=id_,
        number=script.number(id_),
        message_id=f"{id_}:{digest}",
        channel=CHANNEL,
        replaced=given.replaced,
        turn=TurnClass.CORRECTION if is_change else TurnClass.ANSWER,
    )
    return (reply,) if is_change else (asked, reply)
