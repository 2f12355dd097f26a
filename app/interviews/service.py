"""The use case: one interview, from its first message to its last grade.

What a candidate sends is stored before anything is made of it. A reply without its reading, or an answer without its
grade, is work still to do: `recover` takes it up after a restart.
"""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol
from weakref import WeakValueDictionary

import structlog

from app.access.tokens import link_digest, new_link
from app.banks.catalogue import BankVersion
from app.errors import AlreadyReceived, InvalidInput, NotFound, OutOfTurn
from app.grading.answer_grader import unread
from app.grading.grader import BankRef, GradeRequest
from app.grading.normalise import clean
from app.grading.outcome import DECISION, Graded, Outcome, Reading, Ungraded
from app.interviews import clock, engine, wording
from app.interviews.models import (
    Answer,
    GradeRecord,
    Interview,
    JobRequest,
    Kind,
    Message,
    Mode,
    Script,
    State,
    Step,
    grade_wanted,
)
from app.interviews.non_answers import for_people
from app.interviews.store import Draft, InterviewStore, InterviewSummary, Link, Place
from app.interviews.turn_class import IS_ANSWER, Classified, TurnClass
from app.interviews.watch import Watch
from app.telemetry import turns
from rubric.bank import Bank
from rubric.information import InformationSheet
from vectorstore.errors import VectorStoreError

_log = structlog.get_logger(__name__)

LONGEST_DELIVERY_ID = 200
_MAYBE_AN_ANSWER = Classified(TurnClass.ANSWER, 0.0)
SCRIPTS_KEPT = 64
"""Bank versions kept parsed in memory."""


class Reader(Protocol):
    """The grader's steps that an interview needs one by one."""

    async def read(self, request: GradeRequest) -> Reading:
        """The local reading.

        Raises:
            VectorStoreError: The embedder or the vectors are not there.
        """
        ...

    def provisional(self, request: GradeRequest, reading: Reading) -> Graded:
        """The grade as far as the reading carries it, its critique pending where one follows."""
        ...

    async def complete(self, request: GradeRequest, reading: Reading) -> Graded:
        """The grade with its critique, done or failed."""
        ...

    def wants_critique(self, reading: Reading) -> bool:
        """Whether a model is configured and the answer was not stopped before it."""
        ...


class Gathering(Protocol):
    """Reads answers that nobody waits for."""

    async def read(self, request: GradeRequest) -> Reading:
        """The local reading; raises VectorStoreError."""
        ...


class TurnReader(Protocol):
    """Tells what a typed reply is."""

    def certain(self, text: str, *, question: str, said: Sequence[str]) -> Classified | None:
        """What it surely is, told at once; None where that takes a closer look.

        Args:
            text: The reply.
            question: The open question as it was asked.
            said: What Viva said last.
        """
        ...

    async def classify(self, text: str, *, question: str, said: Sequence[str]) -> Classified:
        """What it is by all there is to tell by; never raises for a model that is not there."""
        ...


class Versions(Protocol):
    """The bank versions that interviews are held from."""

    async def get(self, name: str, version: int | None = None) -> BankVersion:
        """A version of a bank, by default the newest.

        Raises:
            NotFound: There is none.
        """
        ...

    async def information(self, name: str) -> InformationSheet:
        """What may be quoted about the job of a bank."""
        ...


class InterviewService:
    """Opens interviews, takes what candidates send, and keeps the grades coming.

    Args:
        store: Where everything is kept.
        versions: The banks.
        reader: Reads and grades answers.
        turns: Tells what a reply is.
        clock: Aware UTC now.
        max_answer_chars: Longest reply, in code points.
        patience_s: How long a turn waits for a model that is still loading before it answers "one moment".
        quiet_s: Seconds of quiet after which an answer that came in several messages is taken as complete.
        link_lasts: How long a candidate's link opens its interview; None is for ever.
        is_sampled: Whether an answer is drawn for the audit, kept with its grades.
        forget: Called with the id of an interview that is gone, to remove what of it lies outside the store.
        gathering: Reads the answers of jobs; the reader itself where None.
    """

    def __init__(
        self,
        store: InterviewStore,
        versions: Versions,
        reader: Reader,
        turns: TurnReader,
        *,
        clock: Callable[[], datetime],
        max_answer_chars: int,
        patience_s: float,
        quiet_s: float,
        link_lasts: timedelta | None = None,
        is_sampled: Callable[[GradeRequest], bool] = lambda _: False,
        forget: Callable[[str], None] = lambda _: None,
        gathering: Gathering | None = None,
    ) -> None:
        self._store = store
        self._versions = versions
        self._reader = reader
        self._gathering: Gathering = gathering or reader
        self._turns = turns
        self._clock = clock
        self._max_answer_chars = max_answer_chars
        self._patience_s = patience_s
        self._quiet_s = quiet_s
        self._link_lasts = link_lasts
        self._is_sampled = is_sampled
        self._forget = forget
        self.watch = Watch(store.pulses)
        """Tells open pages when there is something new."""
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._readings: dict[str, asyncio.Task[Interview]] = {}
        self._banks: OrderedDict[BankRef, Bank] = OrderedDict()

    async def open(
        self, *, bank: str, mode: Mode, sections: Sequence[str] = (), limit: int | None = None, label: str = ""
    ) -> tuple[Interview, str]:
        """A new interview with its disclosure, and the candidate's link token (kept nowhere but with the candidate).

        Args:
            bank: Name; its newest version is used.
            mode: Assessment or practice.
            sections: Titles of the sections to ask; all when empty.
            limit: Ask only the first so many questions, at least 1.
            label: What the hiring team calls the candidate.

        Raises:
            NotFound: No such bank or section.
            InvalidInput: The limit is below 1.
        """
        found = await self._versions.get(bank)
        content = found.bank
        plan = _plan(content, sections, limit)
        interview = Interview(
            id=f"iv-{secrets.token_hex(8)}",
            bank=found.ref,
            mode=mode,
            language=content.language,
            plan=plan,
            state=State.CONSENT,
            created_at=self._clock(),
            label=clean(label.strip()).text,
        )
        script = Script(content, plan, interview.language, await self._versions.information(bank))
        interview = engine.disclose(interview, script)
        link = new_link()
        expires_at = None if self._link_lasts is None else interview.created_at + self._link_lasts
        await self._store.create(interview, link_sha256=link_digest(link), link_expires_at=expires_at)
        return interview, link

    async def find(self, link: str) -> Interview:
        """The interview that a candidate's link opens.

        Raises:
            NotFound: None.
            LinkClosed: It has expired, or was withdrawn.
        """
        return await self._store.load(await self._store.find(link_digest(link), at=self._clock()))

    async def step(self, interview_id: str) -> Step:
        """Where the interview stands; a stored reply that was not read yet is read now.

        Raises:
            NotFound: There is no such interview.
        """
        interview = await self._store.load(interview_id)
        return await self._settle(interview, since=len(interview.transcript))

    async def submit(self, message: Message) -> Step:
        """Take a reply or a command. A delivery that came before changes nothing and gives the same step.

        Raises:
            NotFound: There is no such interview.
            InvalidInput: The reply is longer than the limit, or the delivery has no usable id; nothing was stored.
            OutOfTurn: The interview is not at a point where that can be done.
        """
        kind = "reply" if message.command is None else message.command.value
        with turns.taken(interview=message.interview_id, channel=message.channel, kind=kind) as turn:
            step = await self._submitted(message, turn)
            turn.waits = step.waiting
            return step

    async def _submitted(self, message: Message, turn: turns.Turn) -> Step:
        text = clean(message.text)
        if not 0 < len(message.id) <= LONGEST_DELIVERY_ID or not message.id.isprintable():
            raise InvalidInput(f"A delivery's id has 1 to {LONGEST_DELIVERY_ID} printable characters.")
        async with self._lock(message.interview_id):
            interview = await self._store.load(message.interview_id)
            turn.mode = interview.mode.value
            self._bounded(text.text)
            if not interview.has(message.channel, message.id):
                interview = await self._take(interview, message, text.text, text.replaced)
        since = next(
            entry.seq + 1
            for entry in interview.transcript
            if entry.message_id == message.id and entry.channel == message.channel
        )
        return await self._settle(interview, since=since)

    async def _take(self, before: Interview, message: Message, text: str, replaced: int) -> Interview:
        if before.pending is not None:
            raise OutOfTurn(wording.ONE_MOMENT)
        script = await self.script(before)
        if message.command is not None and clock.is_up(before, script, self._clock()):
            before = await self._ticked(before, script)
        self._bounded("".join(entry.text for entry in engine.unread_messages(before)) + text)
        turn = await self._taken_for(before, script, message, text) if message.command is None else None
        turn = turn or _MAYBE_AN_ANSWER
        if message.command is not None or turn.turn not in IS_ANSWER:
            script = await self.briefed(before)
        after = engine.receive(before, script, message, text=text, replaced=replaced, turn=turn)
        jobs = [grade_wanted(answer) for answer in engine.newly_final(before, after)]
        try:
            stored = await self._store.record_message(after, then=jobs)
        except AlreadyReceived:
            stored = await self._store.load(message.interview_id)
            if not stored.has(message.channel, message.id):
                raise
            return stored
        return stored

    async def _taken_for(self, before: Interview, script: Script, message: Message, text: str) -> Classified | None:
        """What a reply surely is; looked at closely where nothing of it is read later on."""
        asked = _asked(before, script)
        if message.more or message.revises or clock.is_up(before, script, message.at):
            return await self._turns.classify(text, **asked)
        return self._turns.certain(text, **asked)

    async def _settle(self, interview: Interview, *, since: int) -> Step:
        """The step, after waiting a moment for the reading of a pending reply."""
        script = await self.script(interview)
        if interview.state is State.ASKING and interview.pending is None:
            interview = await self._ticked(interview, script)
        if interview.pending is not None:
            reading = self._readings.get(interview.id)
            if reading is None or reading.done():
                reading = asyncio.create_task(self._read_pending(interview))
                self._readings[interview.id] = reading
                reading.add_done_callback(partial(self._forget_reading, interview.id))
            done, _ = await asyncio.wait({reading}, timeout=self._patience_s)
            interview = reading.result() if done else await self._store.load(interview.id)
        return Step(interview=interview, script=script, since=since, waiting=interview.pending is not None)

    async def _ticked(self, before: Interview, script: Script) -> Interview:
        """The interview as the clock has it: its time is up, or the quiet after several messages has lasted."""
        now = self._clock()
        quiet_until = clock.quiet_until(before, self._quiet_s)
        if quiet_until is not None and now >= quiet_until:
            return await self._stored(before, engine.complete(before))
        draft = await self._store.draft(before.id) if clock.is_up(before, script, now) else None
        after = engine.tick(before, script, draft.text if draft else "", now)
        if after is before:
            return before
        jobs = [grade_wanted(answer) for answer in engine.newly_final(before, after)]
        return await self._stored(before, after, jobs, forget_draft=bool(jobs) or after.current != before.current)

    async def _stored(
        self, before: Interview, after: Interview, jobs: Sequence[JobRequest] = (), *, forget_draft: bool = False
    ) -> Interview:
        """The interview as it is stored now: after this change, or after another that came first."""
        try:
            stored = await self._store.record_turn(after, grade=None, then=jobs, forget_draft=forget_draft)
        except AlreadyReceived:
            return await self._store.load(before.id)
        return stored

    async def briefed(self, interview: Interview) -> Script:
        """The script with what may be said about the job, which no answer needs."""
        return replace(await self.script(interview), sheet=await self._versions.information(interview.bank.name))

    def _forget_reading(self, interview_id: str, reading: asyncio.Task[Interview]) -> None:
        if self._readings.get(interview_id) is reading:
            del self._readings[interview_id]

    async def _read_pending(self, before: Interview) -> Interview:
        """The interview after its pending reply was read; what is stored counts where another was faster."""
        # Not the lock of deliveries: one that comes meanwhile must be told to wait, not be kept for the next question.
        async with self._lock(f"read {before.id}"):
            while True:
                stored = await self._read_once(before)
                # Something else changed meanwhile (the language, the time allowed): what was read is read again.
                if stored.pending is None or stored.pending != before.pending or stored.version == before.version:
                    return stored
                before = stored

    async def _read_once(self, before: Interview) -> Interview:
        if before.pending is None or before.current is None:
            return before
        script = await self.script(before)
        said = before.entry_of(before.pending).text
        turn = await self._turns.classify(said, **_asked(before, script))
        if turn.turn not in IS_ANSWER:
            script = await self.briefed(before)
        whole = engine.gathered(before)
        answer = whole.answer_to(before.current)
        if answer is None:
            raise LookupError(f"interview {before.id} has a pending reply and no open answer")
        request = engine.grade_request(whole, script, answer)
        outcome, reading = await self._read(request, self._reader) if before.automated else (None, None)
        after = engine.apply(before, script, reading, self._clock(), turn)
        grade = None
        jobs: list[JobRequest] = []
        for final in engine.newly_final(before, after):
            if outcome is not None and engine.grade_request(after, script, final) == request:
                grade = self._grade(final, request, outcome, reading)
                jobs += [grade_wanted(final)] if _is_open(outcome) else []
            else:
                jobs.append(grade_wanted(final))
        try:
            stored = await self._store.record_turn(after, grade=grade, then=jobs)
        except AlreadyReceived:
            # Read before, by another task or process, changed otherwise, or deleted.
            return await self._store.load(before.id)
        return stored

    async def _read(self, request: GradeRequest, reader: Gathering) -> tuple[Outcome, Reading | None]:
        try:
            reading = await reader.read(request)
        except VectorStoreError as error:
            return unread(request, error), None
        return self._reader.provisional(request, reading), reading

    async def complete_grade(self, answer_id: str) -> bool:
        """Bring an answer's grade forward: its reading where that is missing, then its critique.

        Returns:
            False when it is worth another try later: the embedder or the model is not there.
        """
        async with self._lock(f"grade {answer_id}"):
            return await self._complete_grade(answer_id)

    async def _complete_grade(self, answer_id: str) -> bool:
        try:
            interview, answer = await self._store.answer(answer_id)
        except NotFound:
            return True
        if not answer.is_final or not interview.automated or interview.state is State.WITHDRAWN:
            return True
        newest = await self._store.newest_grade(answer_id)
        # What was graded again with a newer bank is completed with that one.
        asked = replace(interview, bank=(newest.bank if newest else None) or interview.bank)
        request = engine.grade_request(asked, await self.script(asked), answer)
        reading = newest.reading if newest and newest.answer_revision == answer.revision else None
        if newest is None or reading is None:
            outcome, reading = await self._read(request, self._gathering)
            if newest is None or reading is not None:
                await self._store.record_grade(self._grade(answer, request, outcome, reading))
            if reading is None:
                return False
            newest = None
        elif not _is_open(newest.outcome):
            return True
        if not self._reader.wants_critique(reading):
            return True
        graded = await self._reader.complete(request, reading)
        if newest is None or not _failed_alike(newest.outcome, graded):
            await self._store.record_grade(self._grade(answer, request, graded, reading))
        return not _is_open(graded) or graded.critique is None or not graded.critique.retry

    async def complete_pending(self) -> tuple[int, int]:
        """Complete every open grade now.

        Returns:
            How many were completed and how many are still open.
        """
        await self.recover()
        tried = [answer.id for answer in await self._store.incomplete() if await self._can_go_on(answer)]
        for answer_id in tried:
            await self.complete_grade(answer_id)
        still_open = {answer.id for answer in await self._store.incomplete()}
        left = sum(answer_id in still_open for answer_id in tried)
        return len(tried) - left, left

    async def _can_go_on(self, answer: Answer) -> bool:
        newest = await self._store.newest_grade(answer.id)
        return newest is None or newest.reading is None or self._reader.wants_critique(newest.reading)

    async def recover(self) -> int:
        """Read every stored reply that was not read; gives their number."""
        unread = await self._store.unread()
        for interview_id in unread:
            try:
                await self._read_pending(await self._store.load(interview_id))
            except NotFound:
                continue  # deleted meanwhile
            except Exception:  # noqa: BLE001 (one that cannot be read must not keep the others unread: it is logged)
                _log.exception("a stored reply could not be read", interview=interview_id)
        return len(unread)

    async def close(self) -> None:
        """Stop reading; what is unread stays stored and is taken up by the next start."""
        readings = list(self._readings.values())
        for reading in readings:
            reading.cancel()
        await asyncio.gather(*readings, return_exceptions=True)

    async def grades(self, interview_id: str) -> dict[str, GradeRecord]:
        """The newest grade of each graded question, by question id."""
        interview = await self._store.load(interview_id)
        question = {answer.id: answer.question_id for answer in interview.answers}
        return {question[grade.answer_id]: grade for grade in await self._store.grades(interview_id)}

    async def summaries(self, *, limit: int | None = None, after: Place | None = None) -> Sequence[InterviewSummary]:
        """Interviews, newest first; at most so many, after that place."""
        return await self._store.summaries(limit=limit, after=after)

    async def draft(self, interview_id: str) -> Draft | None:
        """What the candidate typed and has not sent."""
        return await self._store.draft(interview_id)

    async def save_draft(self, interview_id: str, text: str, *, seen: int | None = None) -> datetime:
        """Keep what the candidate has typed so far; gives the time of saving.

        Args:
            interview_id: Whose draft it is.
            text: All of it; blank forgets it.
            seen: The last entry its page had shown: what was typed before the newest reply or question is let go. None
                keeps it.

        Raises:
            InvalidInput: It is longer than a reply may be.
            NotFound: There is no such interview.
            OutOfTurn: The interview is over.
        """
        kept = clean(text).text
        async with self._lock(interview_id):
            interview = await self._store.load(interview_id)
            self._bounded(kept)
            if interview.is_over:
                raise OutOfTurn(wording.NOTHING_KEPT)
            now = self._clock()
            reply = next((entry for entry in reversed(interview.transcript) if entry.kind is Kind.REPLY), None)
            newest = max((e.seq for e in interview.transcript if e.kind in {Kind.REPLY, Kind.QUESTION}), default=-1)
            # A draft on its way when its text was sent is none, nor is one for a question that was left meanwhile.
            if (seen is not None and seen < newest) or (reply is not None and kept == reply.text):
                return now
            await self._store.save_draft(interview_id, Draft(kept, now) if kept else None)
            return now

    def _bounded(self, text: str) -> None:
        length, limit = len(text), self._max_answer_chars
        if length > limit:
            raise InvalidInput(wording.TOO_LONG, length=length, limit=limit)

    async def link(self, interview_id: str) -> Link:
        """What became of the candidate's link.

        Raises:
            NotFound: There is no such interview.
        """
        return await self._store.link(interview_id)

    async def revoke_link(self, interview_id: str) -> None:
        """Let the candidate's link open nothing from now on.

        Raises:
            NotFound: There is no such interview.
        """
        await self._store.revoke_link(interview_id, at=self._clock())

    async def delete(self, interview_id: str, reason: str) -> None:
        """Remove an interview with all that came of it; a tombstone (id, time, reason) stays.

        Raises:
            NotFound: There is no such interview.
        """
        async with self._lock(interview_id):
            await self._store.delete(interview_id, reason=clean(reason).text, at=self._clock())
            self._forget(interview_id)

    def _grade(self, answer: Answer, request: GradeRequest, outcome: Outcome, reading: Reading | None) -> GradeRecord:
        return GradeRecord(
            id=f"gr-{secrets.token_hex(8)}",
            answer_id=answer.id,
            answer_revision=answer.revision,
            created_at=self._clock(),
            outcome=for_people(answer, outcome),
            reading=reading,
            audit_sample=self._is_sampled(request),
        )

    def _lock(self, interview_id: str) -> asyncio.Lock:
        return self._locks.setdefault(interview_id, asyncio.Lock())

    async def script(self, interview: Interview) -> Script:
        """The questions of an interview."""
        ref = interview.bank
        bank = self._banks.get(ref)
        if bank is None:
            bank = (await self._versions.get(ref.name, ref.version)).bank
            self._banks[ref] = bank
            while len(self._banks) > SCRIPTS_KEPT:
                self._banks.popitem(last=False)
        self._banks.move_to_end(ref)
        return Script(bank, interview.plan, interview.language)


def _asked(interview: Interview, script: Script) -> Any:  # noqa: ANN401 - keyword arguments of a `TurnReader`
    """The open question, and what Viva said since the candidate's last word."""
    said: list[str] = []
    for entry in reversed(interview.transcript):
        if entry.by_candidate and said:
            break
        if not entry.by_candidate:
            said.append(entry.text)
    question = script.text(interview.current) if interview.current is not None else ""
    return {"question": question, "said": tuple(reversed(said))}


def _is_open(outcome: Outcome) -> bool:
    """Whether a machine has yet to add to it; nothing is awaited where a person decided."""
    if DECISION in outcome.provenance:
        return False
    if isinstance(outcome, Ungraded):
        return True
    return outcome.critique is not None and outcome.critique.status in {"pending", "failed"}


def _failed_alike(before: Outcome, after: Graded) -> bool:
    """Whether another try failed for the same reason: no news, so nothing is stored again."""
    if isinstance(before, Ungraded) or before.critique is None or after.critique is None:
        return False
    return (
        before.critique.status == after.critique.status == "failed" and before.critique.reason == after.critique.reason
    )


def _plan(bank: Bank, sections: Sequence[str], limit: int | None) -> tuple[str, ...]:
    titles = {section.title for section in bank.sections}
    for title in sections:
        if title not in titles:
            raise NotFound(f"The bank {bank.name} has no section “{title}”; it has: {', '.join(sorted(titles))}.")
    if limit is not None and limit < 1:
        raise InvalidInput(f"The number of questions is at least 1, not {limit}.")
    for question in bank.questions():
        if not question.criteria:
            raise InvalidInput(
                f"The bank {bank.name} has a question without criteria ({question.id}), so its answers can't be graded; "
                "add some and import it again."
            )
    chosen = [
        question.id
        for section in bank.sections
        if not sections or section.title in sections
        for question in section.questions
    ]
    return tuple(chosen[:limit])
