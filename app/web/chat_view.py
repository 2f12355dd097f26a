"""What the candidate's page shows: the transcript as turns, the open question, and what can be done now."""

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.interviews import clock, wording
from app.interviews.models import (
    Command,
    Ending,
    Entry,
    GradeRecord,
    Interview,
    Kind,
    Mode,
    Request,
    RequestKind,
    Script,
    Standing,
    State,
    Step,
    standing,
)
from app.interviews.turn_class import TurnClass
from app.locale.catalogue import translated
from app.reports.report import QuestionReport, Report, build_report
from app.web.introductions import introduced_once
from app.web.languages import Languages, languages_of
from app.web.marked_text import Block, blocks
from app.web.own_answers import OwnAnswer, can_change, own_answers
from app.web.report_view import Found, found_in, question_views
from app.web.study import StudySection, study
from app.web.words import COMMANDS, REQUESTS

QUIET_COMMANDS = (
    (Command.REPEAT, "Repeat"),
    (Command.CLARIFY, "Clarify"),
    (Command.SKIP, "Skip"),
    (Command.PAUSE, "Pause"),
    (Command.PERSON, "Ask a person"),
    (Command.DECLINE, "A person grades it"),
    (Command.STOP, "Stop"),
)
_OF_NO_QUESTION = frozenset({Command.PERSON, Command.DECLINE, Command.STOP})
_TYPED = {
    TurnClass.SKIP: Command.SKIP,
    TurnClass.STOP: Command.STOP,
    TurnClass.DECLINES_MACHINE: Command.DECLINE,
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of what is said; `is_bank` where the bank says it, in its own language."""

    text: str
    is_bank: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One line of the transcript as it is shown.

    Attributes:
        text: Viva's words, or what the candidate chose; a reply stands in `blocks`.
        number: The question's number, 0 where none is meant.
        is_open: The question that is being answered; it stays in view.
        marks: In practice, the answer that ends with this line.
        changes: The question whose answer ends with this line, where it can be changed now; else empty.
        pieces: Viva's words again, cut where the bank's begin and end.
    """

    entry: Entry
    text: str
    pieces: tuple[Piece, ...] = ()
    number: int = 0
    blocks: tuple[Block, ...] = ()
    is_open: bool = False
    marks: QuestionReport | None = None
    changes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One part of the progress line: done, now, or to come."""

    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatView:
    """Everything the chat page needs.

    Attributes:
        nonce: Delivery id of the next thing sent; a form sent twice is one delivery.
        draft: The text in the composer.
        error: Why the last thing sent was not taken; empty when it was.
        announce: What a screen reader is told once.
        languages: Of Viva's words and of the bank's.
        confirm: The command whose confirmation is awaited, if any.
        changing: The question whose answer is being changed in the composer; empty while the open one is answered.
        contesting: The question whose answer could not be contested with what stands in `draft`.
        now: The server's clock.
    """

    link: str
    interview: Interview
    script: Script
    standing: Standing
    languages: Languages
    turns: tuple[Turn, ...]
    progress: tuple[Segment, ...]
    waiting: bool
    limit: int
    draft: str = ""
    error: str = ""
    announce: str = ""
    confirm: Command | None = None
    report: Report | None = None
    changing: str = ""
    contesting: str = ""
    now: datetime
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(18))

    @property
    def seen(self) -> int:
        """The last entry that this page shows: what is sent from it answers nothing that was asked later."""
        return len(self.interview.transcript) - 1

    @property
    def is_practice(self) -> bool:
        """Whether this is practice."""
        return self.interview.mode is Mode.PRACTICE

    @property
    def result(self) -> Found | None:
        """In practice, what was found in all answers so far."""
        if self.report is None:
            return None
        views = question_views(self.report, self.interview)
        return found_in(self.report.questions, awaited=sum(view.awaits_grade for view in views))

    @property
    def study(self) -> tuple[StudySection, ...]:
        """In practice, what to study next."""
        return study(self.report) if self.report is not None else ()

    @property
    def requests(self) -> tuple[Request, ...]:
        """What the candidate asked of people."""
        return tuple(request for request in self.interview.requests if request.kind in REQUESTS)

    def contests(self, question_id: str) -> tuple[Request, ...]:
        """The second looks that were asked for at that answer."""
        asked = (request for request in self.interview.requests if request.kind is RequestKind.CONTEST)
        return tuple(request for request in asked if request.question_id == question_id)

    @property
    def asked_erasure(self) -> bool:
        """Whether the candidate wants it erased."""
        return any(request.kind is RequestKind.ERASE for request in self.interview.requests)

    @property
    def is_following_up(self) -> bool:
        """Whether the open thing is a follow-up."""
        answer = self.interview.answer_to(self.interview.current) if self.interview.current else None
        return answer is not None and answer.followed_up

    @property
    def received(self) -> int:
        """Questions whose answer is final and has text."""
        return sum(answer.is_final and bool(answer.parts) for answer in self.interview.answers)

    @property
    def commands(self) -> tuple[tuple[Command, str], ...]:
        """What can be chosen instead of answering, always in this order."""
        offered = [command for command in QUIET_COMMANDS if self._offers(command[0])]
        return tuple((command, translated(name, self.languages.page)) for command, name in offered)

    def _offers(self, command: Command) -> bool:
        if command is Command.DECLINE:
            return self.interview.automated and not self.is_practice
        return self.interview.state is State.ASKING or command in _OF_NO_QUESTION

    @property
    def about_declining(self) -> str:
        """What is said before a person is asked to grade."""
        return translated(wording.DECLINE_CONFIRM, self.languages.page)

    @property
    def is_collecting(self) -> bool:
        """Whether the open answer comes in several messages and is not complete."""
        answer = self.interview.answer_to(self.interview.current) if self.interview.current else None
        return answer is not None and answer.collecting is not None

    @property
    def deadline(self) -> datetime | None:
        """When the time for the open question is up; None without a limit."""
        return clock.deadline(self.interview, self.script)

    @property
    def open_at(self) -> str:
        """What is asked now: what was typed for something else may not fit it."""
        return f"{self.interview.current or ''} {'again' if self.is_following_up else ''}".strip()

    @property
    def timed_out(self) -> str:
        """The ids of the questions whose answer is what was typed when the time was up, spaces between."""
        return " ".join(a.question_id for a in self.interview.answers if a.ending is Ending.TIMED_OUT)

    @property
    def last_received(self) -> str:
        """The delivery id of the newest reply, so that a page can tell that its own has arrived."""
        mine = (entry.message_id for entry in reversed(self.interview.transcript) if entry.kind is Kind.REPLY)
        return next(mine, "")

    @property
    def is_live(self) -> bool:
        """Whether anything on the page may still change by itself."""
        if not self.interview.is_over:
            return True
        return self.report is not None and not self.report.is_settled

    @property
    def own(self) -> tuple[OwnAnswer, ...]:
        """The candidate's answers as they stand."""
        return own_answers(self.interview, self.script)

    @property
    def changed(self) -> OwnAnswer | None:
        """The answer that is being changed."""
        return next((own for own in self.own if own.question_id == self.changing), None)

    @property
    def progress_words(self) -> str:
        """The progress line in words."""
        done, total = self.standing.done, self.standing.total
        if not self.standing.number:
            return translated("Progress: {done} of {total} questions done", self.languages.page, done=done, total=total)
        return translated(
            "Progress: {done} done, question {number} in progress, {to_come} to come",
            self.languages.page,
            done=done,
            number=self.standing.number,
            to_come=total - done - 1,
        )


def chat_view(
    link: str,
    step: Step,
    *,
    limit: int,
    now: datetime,
    draft: str = "",
    error: str = "",
    changing: str = "",
    contesting: str = "",
    grades: Mapping[str, GradeRecord] | None = None,
    languages: Languages | None = None,
) -> ChatView:
    """The view of an interview as it stands.

    Args:
        link: The candidate's link token, for the addresses on the page.
        step: As the service gives it.
        limit: Longest reply, in characters.
        now: The server's clock.
        draft: Text to put into the composer.
        error: Why the last thing sent was not taken.
        changing: The question whose answer is to be changed; ignored where that can't be.
        contesting: The question whose answer could not be contested.
        grades: In practice, the newest grade by question id; None shows no marks.
        languages: Those of the page where they are not the interview's: before consent nothing is settled.
    """
    interview, script = step.interview, step.script
    changing = changing if can_change(interview, changing) else ""
    show_marks = interview.mode is Mode.PRACTICE and interview.automated and grades is not None
    report = build_report(interview, script, grades or {}, now=interview.created_at) if show_marks else None
    return ChatView(
        link=link,
        interview=interview,
        script=script,
        standing=standing(interview, script),
        languages=languages or languages_of(interview),
        turns=_turns(interview, script, report, changing),
        progress=_progress(interview),
        waiting=step.waiting,
        limit=limit,
        draft=draft,
        error=error,
        announce=announcement(step),
        confirm=None if changing else _confirm(interview),
        report=report,
        changing=changing,
        contesting=contesting,
        now=now,
    )


def announcement(step: Step) -> str:
    """What Viva says with this step, each with its number, in one text for the status region."""
    language = languages_of(step.interview).page
    if step.waiting:
        return translated("One moment. Your answer is stored.", language)
    numbers = {e.question_id: e.number for e in step.interview.transcript if e.kind is Kind.QUESTION}
    said = []
    for entry in step.said:
        number = numbers.get(entry.question_id, 0)
        if entry.kind is Kind.QUESTION:
            values = {"number": entry.number, "total": len(step.interview.plan), "text": entry.text}
            said.append(translated("Question {number} of {total}. {text}", language, **values))
        elif entry.kind is Kind.FOLLOW_UP:
            said.append(translated("Follow-up to question {number}. {text}", language, number=number, text=entry.text))
        elif entry.kind is not Kind.SECTION:
            said.append(entry.text)
    return " ".join(said)


def _turns(interview: Interview, script: Script, report: Report | None, changing: str) -> tuple[Turn, ...]:
    last_said = _last_lines(interview)
    graded = {q.id: q for q in report.questions} if report else {}
    opened = max(
        (e.seq for e in interview.transcript if e.kind is Kind.QUESTION and e.question_id == interview.current),
        default=-1,
    )
    numbers = {e.question_id: e.number for e in interview.transcript if e.kind is Kind.QUESTION}
    turns = []
    for entry in introduced_once(interview.transcript):
        ended = last_said.get(entry.seq, "")
        turns.append(
            Turn(
                entry=entry,
                text=_chosen(entry, interview) if entry.kind is Kind.COMMAND else entry.text,
                pieces=_pieces(entry, script),
                number=entry.number or numbers.get(entry.question_id, 0),
                blocks=blocks(entry.text) if entry.kind is Kind.REPLY else (),
                is_open=entry.seq == opened and not interview.is_over and not changing,
                marks=graded.get(ended) if _has_parts(interview, ended) else None,
                changes=ended if can_change(interview, ended) else "",
            )
        )
    return tuple(turns)


def _chosen(entry: Entry, interview: Interview) -> str:
    return translated(COMMANDS[Command(entry.text)], languages_of(interview).page)


def _pieces(entry: Entry, script: Script) -> tuple[Piece, ...]:
    if entry.kind in {Kind.SECTION, Kind.QUESTION}:
        return (Piece(entry.text, is_bank=True),)
    known = sorted({text for text in _bank_texts(entry, script) if text}, key=len, reverse=True)
    if not known:
        return (Piece(entry.text),)
    cut = re.split(f"({'|'.join(map(re.escape, known))})", entry.text)
    return tuple(Piece(text, is_bank=place % 2 == 1) for place, text in enumerate(cut) if text)


def _bank_texts(entry: Entry, script: Script) -> Iterator[str]:
    """What the bank and its information sheet may contribute to something that Viva says."""
    sheet = script.sheet
    yield from (sheet.contact, sheet.job, sheet.company, *sheet.notices)
    if entry.question_id:
        question = script.question(entry.question_id)
        yield from (script.text(question.id), script.follow_up(question.id) or "")
        yield script.clarification(question.id) or ""
        yield from (term.gloss for term in question.terms)


def _last_lines(interview: Interview) -> dict[int, str]:
    """The candidate's last line on each question whose answer is final, by seq."""
    final = {answer.question_id for answer in interview.answers if answer.is_final}
    last: dict[str, int] = {}
    for entry in interview.transcript:
        if entry.by_candidate and entry.question_id in final:
            last[entry.question_id] = entry.seq
    return {seq: question_id for question_id, seq in last.items()}


def _has_parts(interview: Interview, question_id: str) -> bool:
    answer = interview.answer_to(question_id)
    return answer is not None and bool(answer.parts)


def _progress(interview: Interview) -> tuple[Segment, ...]:
    def state(question_id: str) -> str:
        if question_id == interview.current:
            return "now"
        answer = interview.answer_to(question_id)
        return "done" if answer is not None and answer.is_final else "next"

    return tuple(Segment(state=state(question_id)) for question_id in interview.plan)


def _confirm(interview: Interview) -> Command | None:
    """The confirmation that Viva's last line asks for."""
    if interview.state not in {State.ASKING, State.REVIEWING} or len(interview.transcript) < 2:
        return None
    asked, said = interview.transcript[-2:]
    if said.by_candidate or said.kind is not Kind.ASIDE or not asked.by_candidate:
        return None
    wanted = Command(asked.text) if asked.kind is Kind.COMMAND else _TYPED.get(asked.turn or TurnClass.ANSWER)
    if wanted is Command.STOP:
        return wanted if interview.stop_asked else None
    if wanted is Command.SKIP:
        return wanted if interview.skip_asked else None
    is_offered = asked.kind is Kind.REPLY and interview.automated and interview.mode is Mode.ASSESSMENT
    return wanted if wanted is Command.DECLINE and is_offered else None
