"""The interview as a value: what was said, what was answered, and where it stands.

Everything here is frozen; `engine` makes the next value from the last one.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from app.grading.grader import BankRef
from app.grading.outcome import Outcome, Reading
from app.interviews.turn_class import TurnClass
from rubric.bank import Bank, Question
from rubric.information import NO_INFORMATION, InformationSheet


class Mode(StrEnum):
    """What an interview is for. The two are never mixed in one set of data."""

    ASSESSMENT = "assessment"
    PRACTICE = "practice"


class State(StrEnum):
    """Where an interview stands."""

    CONSENT = "consent"
    """Disclosed, not agreed to yet; no question was asked."""
    ASKING = "asking"
    PAUSED = "paused"
    REVIEWING = "reviewing"
    """Every question was asked; answers can be read and changed until the candidate submits them."""
    FINISHED = "finished"
    WITHDRAWN = "withdrawn"


class Command(StrEnum):
    """What a candidate can ask for instead of answering."""

    CONSENT = "consent"
    DECLINE = "decline"
    """Take the interview, or go on with it, but have a person grade it."""
    REPEAT = "repeat"
    CLARIFY = "clarify"
    SKIP = "skip"
    PAUSE = "pause"
    RESUME = "resume"
    PERSON = "person"
    STOP = "stop"
    DONE = "done"
    """The answer that came in several messages is complete."""
    SUBMIT = "submit"
    """Hand in; what was not asked stays not asked."""
    WITHDRAW = "withdraw"
    """End now; nothing is graded."""


class Kind(StrEnum):
    """What an entry of the transcript is."""

    DISCLOSURE = "disclosure"
    SECTION = "section"
    QUESTION = "question"
    FOLLOW_UP = "follow_up"
    ASIDE = "aside"
    """A fixed acknowledgement, repetition, clarification or notice."""
    REPLY = "reply"
    COMMAND = "command"
    CLOSING = "closing"


class Ending(StrEnum):
    """How an answer came to its end; the documented rule of each stands in `rubric.scoring`."""

    ANSWERED = "answered"
    BLANK = "blank"
    DONT_KNOW = "dont_know"
    SKIPPED = "skipped"
    DECLINED_TO_ANSWER = "declined_to_answer"
    """Skipped with the words that the candidate would rather not answer."""
    OFF_TOPIC = "off_topic"
    """The candidate stayed with something else after the question was put again twice."""
    UNGRADABLE = "ungradable"
    """Unreadable, and unreadable again: graded as far as it goes, and a person looks."""
    TIMED_OUT = "timed_out"
    """What was typed when the time was up."""
    INTERRUPTED = "interrupted"
    """Left open when the candidate ended the interview: graded as far as it goes."""


class RequestKind(StrEnum):
    """What a candidate wants of people, or people should know; each waits until somebody settles it."""

    PERSON = "person"
    HUMAN_GRADING = "human_grading"
    ACCOMMODATION = "accommodation"
    JOB_QUESTION = "job_question"
    CONTEST = "contest"
    ERASE = "erase"
    DISTRESS = "distress"
    ABUSE = "abuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Something for people to settle.

    Attributes:
        id: The interview's id and a number.
        text: In the candidate's words; empty where it was masked.
        question_id, criterion_id: What is contested; the question that was open else.
        settled_at, settled_by, note: Set once a person dealt with it.
    """

    id: str
    kind: RequestKind
    text: str
    at: datetime
    question_id: str = ""
    criterion_id: str = ""
    settled_at: datetime | None = None
    settled_by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One delivery from a candidate.

    Attributes:
        id: Of the delivery (form nonce, event id): unique within channel and interview, so a re-send is harmless.
        channel: "web", "api" or "terminal".
        text: The reply, verbatim; empty for a command.
        command: Set when it is no reply.
        more: Whether the reply goes on in another message: nothing is read until it is complete.
        revises: Id of the question whose earlier answer this reply takes the place of; empty for the open question.
        seen: `seq` of the last entry the candidate had before them: a reply from a window that was left behind is
            refused instead of being taken for an answer to a later question. None where the channel can't tell.
    """

    id: str
    interview_id: str
    channel: str
    at: datetime
    text: str = ""
    command: Command | None = None
    seen: int | None = None
    more: bool = False
    revises: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the transcript.

    Attributes:
        seq: 0, 1, 2 … within the interview.
        by_candidate: Whether the candidate said it; else Viva.
        number: The question's place in the plan, from 1; 0 where no question is meant.
        message_id, channel: The delivery it came by; empty for what Viva says.
        replaced: Characters that could not be stored and became U+FFFD.
        turn: What a reply was taken for; empty while it was not read, and for what is no reply.
        masked: Whether it holds what nobody who grades or decides should read.
    """

    seq: int
    by_candidate: bool
    kind: Kind
    text: str
    at: datetime
    question_id: str = ""
    number: int = 0
    message_id: str = ""
    channel: str = ""
    replaced: int = 0
    turn: TurnClass | None = None
    masked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One reply to a question or to its follow-up, number from 0; of a correction, the later ones are empty."""

    number: int
    text: str
    revision: int = 0
    replaced: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to one question.

    Attributes:
        ending: None while it is open.
        revision: Rises with any change to a part after it was final.
        put_again: How often the question was put again because a reply was no answer.
        collecting: `seq` of the first of several messages that are not complete yet.
        paused_s: Seconds that its clock stood still.
        warned: Whether the candidate was told that the time is nearly up.
    """

    id: str
    question_id: str
    parts: tuple[Part, ...] = ()
    ending: Ending | None = None
    revision: int = 0
    followed_up: bool = False
    related_offered: bool = False
    put_again: int = 0
    collecting: int | None = None
    paused_s: int = 0
    warned: bool = False
    opened_at: datetime
    final_at: datetime | None = None

    @property
    def is_final(self) -> bool:
        """Whether nothing more is awaited for it."""
        return self.ending is not None

    @property
    def has_text(self) -> bool:
        """Whether there is anything to grade."""
        return any(part.text for part in self.parts)


@dataclass(frozen=True, slots=True)
class Script:
    """The questions of one interview in the order they are asked, from one bank version, in one language."""

    bank: Bank
    question_ids: tuple[str, ...]
    language: str
    sheet: InformationSheet = NO_INFORMATION

    def question(self, question_id: str) -> Question:
        """The question of that id."""
        return self.bank.question(question_id)

    def text(self, question_id: str) -> str:
        """What is asked: the reviewed translation where there is one, else the original, word for word."""
        question = self.question(question_id)
        translation = question.translations.get(self.language)
        return translation.text if translation else question.text

    def follow_up(self, question_id: str) -> str | None:
        """The prepared follow-up in this language; None where the bank has none."""
        question = self.question(question_id)
        translation = question.translations.get(self.language)
        return (translation.follow_up if translation else None) or question.follow_up

    def clarification(self, question_id: str) -> str | None:
        """The prepared clarification in this language; None where the bank has none."""
        question = self.question(question_id)
        translation = question.translations.get(self.language)
        return (translation.clarification if translation else None) or question.clarification

    def number(self, question_id: str) -> int:
        """Its place, from 1."""
        return self.question_ids.index(question_id) + 1

    def section_title(self, question_id: str) -> str:
        """The title of the section it stands in."""
        section = self.bank.section_of(question_id)
        return section.translations.get(self.language, section.title)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interview:
    """One interview.

    Attributes:
        automated: False when the candidate asked that a person grade it: nothing is graded then.
        label: What the hiring team calls the candidate; never shown to graders.
        plan: Question ids still fixed at the start, in order.
        queue: Ids not asked yet, in order; a skipped question that may be returned to goes to its end.
        current: The question open now; None before consent and after the end.
        pending: The delivery whose reply is stored but not read yet; the next reply waits for it.
        interface: Language of everything that is not the bank's, as an ISO 639-1 code.
        stop_asked, skip_asked, clarified: What was already asked or given for the open question.
        returned: Questions that were skipped once and are offered again.
        hand_over: Whether the candidate asked for a person.
        boundaries: How often an insult was answered.
        extra_time: Percent of a question's time limit that the candidate has; 0 is no limit at all.
        plain_wording: Whether each question is followed by its prepared clarification, unasked.
        paused_at: When the clock was stopped.
        requests: What waits for people, or was settled by them.
        version: Rises with every stored change; guards against two writers.
    """

    id: str
    bank: BankRef
    mode: Mode
    language: str
    plan: tuple[str, ...]
    state: State
    created_at: datetime
    automated: bool = True
    label: str = ""
    queue: tuple[str, ...] = ()
    current: str | None = None
    pending: str | None = None
    stop_asked: bool = False
    skip_asked: bool = False
    clarified: int = 0
    returned: tuple[str, ...] = ()
    hand_over: bool = False
    interface: str = "en"
    boundaries: int = 0
    extra_time: int = 100
    plain_wording: bool = False
    paused_at: datetime | None = None
    requests: tuple[Request, ...] = ()
    consented_at: datetime | None = None
    finished_at: datetime | None = None
    version: int = 0
    answers: tuple[Answer, ...] = ()
    transcript: tuple[Entry, ...] = ()

    def has(self, channel: str, message_id: str) -> bool:
        """Whether that delivery is already in the transcript."""
        return any(entry.message_id == message_id and entry.channel == channel for entry in self.transcript)

    def answer_to(self, question_id: str) -> Answer | None:
        """The answer to that question, if one was opened."""
        return next((answer for answer in self.answers if answer.question_id == question_id), None)

    def with_answer(self, answer: Answer) -> "Interview":
        """This interview with that answer in place of its earlier value, or added."""
        others = tuple(known for known in self.answers if known.id != answer.id)
        if len(others) == len(self.answers):
            return replace(self, answers=(*self.answers, answer))
        return replace(self, answers=tuple(answer if known.id == answer.id else known for known in self.answers))

    def entry_of(self, message_id: str) -> Entry:
        """The candidate's entry that came by this delivery."""
        return next(e for e in reversed(self.transcript) if e.by_candidate and e.message_id == message_id)

    @property
    def is_over(self) -> bool:
        """Whether nothing more can be said in it."""
        return self.state in {State.FINISHED, State.WITHDRAWN}


class Queue(StrEnum):
    """How urgent a job is. Each queue has slots of its own, so that none waits for another."""

    LIVE = "live"
    """Answers of interviews that are held now."""
    BATCH = "batch"
    """Answers handed over in bulk; its partitions, such as screenings, take turns."""
    WORK = "work"
    """What nobody sits and waits for: deliveries, exports, indexing, clearing up."""


@dataclass(frozen=True, slots=True)
class JobRequest:
    """Work to be done later, named by ids alone: never candidate text.

    Attributes:
        kind: Which handler takes it.
        key: Two requests of one key are one job.
        ids: The handler's arguments.
        queue: How urgent it is.
        partition: Of the batch queue: whose turn it takes, such as a screening's id.
    """

    kind: str
    key: str
    ids: tuple[str, ...]
    queue: Queue = Queue.LIVE
    partition: str = ""


def grade_wanted(answer: Answer, *, screening_id: str | None = None) -> JobRequest:
    """The job that completes the grade of an answer: its reading where that is missing, then its critique.

    Args:
        answer: As it is now; each change of it is another job.
        screening_id: Where it was handed over in bulk.
    """
    key, ids = f"grade:{answer.id}:{answer.revision}", (answer.id,)
    if screening_id is None:
        return JobRequest("grade", key, ids)
    return JobRequest("grade", key, ids, Queue.BATCH, screening_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeRecord:
    """A stored grade of one answer; the newest is the one that counts, older ones stay.

    Attributes:
        reading: The local reading it rests on, so that a critique can be added without reading again; None if Ungraded.
        audit_sample: Whether the answer was drawn for the audit; nobody sees it beside what the machine gave.
    """

    id: str
    answer_id: str
    answer_revision: int
    created_at: datetime
    outcome: Outcome
    reading: Reading | None = None
    audit_sample: bool = False

    @property
    def bank(self) -> BankRef | None:
        """The bank version it was graded with, where it says: a newer one than the interview's after a regrade."""
        told = self.outcome.provenance
        if told.get("bank") is None:
            return None
        return BankRef(told["bank"], told["bank_version"], told["bank_sha256"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a channel shows next.

    Attributes:
        interview: As it stands now.
        script: Its questions.
        since: Entries of the transcript from this seq on are new with this step.
        waiting: The reply is stored and its reading is still under way (the model is loading): ask again shortly.
    """

    interview: Interview
    script: Script
    since: int = 0
    waiting: bool = False

    @property
    def said(self) -> tuple[Entry, ...]:
        """What Viva says with this step."""
        return tuple(entry for entry in self.interview.transcript[self.since :] if not entry.by_candidate)

    def since_last_delivery(self) -> "Step":
        """This step with all that Viva said since the candidate last sent something, however long ago."""
        delivered = (entry.seq for entry in self.interview.transcript if entry.by_candidate)
        return replace(self, since=max(delivered, default=-1) + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an interview stands, for progress lines: question `number` of `total`."""

    number: int
    total: int
    section: str
    done: int = 0


def standing(interview: Interview, script: Script) -> Standing:
    """The progress of an interview as its candidate sees it."""
    done = sum(answer.is_final for answer in interview.answers)
    if interview.current is None:
        return Standing(number=0, total=len(interview.plan), section="", done=done)
    return Standing(
        number=script.number(interview.current),
        total=len(interview.plan),
        section=script.section_title(interview.current),
        done=done,
    )
