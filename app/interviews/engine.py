"""How an interview goes on: pure transitions from one value to the next.

No clock, no store, no model: what came in stands in the message, what the local reading found in the reading.
A follow-up is decided from the local reading alone, so that candidates are treated alike whether a model is up or not.
"""

from dataclasses import replace
from datetime import datetime

from app.errors import OutOfTurn
from app.grading.grader import GradeRequest
from app.grading.outcome import Reading, StopReason
from app.grading.precheck import names_short_criterion, precheck
from app.interviews import wording
from app.interviews.models import (
    Answer,
    Command,
    Ending,
    Entry,
    Interview,
    Kind,
    Message,
    Mode,
    Part,
    Script,
    State,
)
from app.interviews.turns import as_command, asked_term, is_no, occurs
from rubric.bank import SkipPolicy
from rubric.criteria import Verdict
from rubric.scoring import FULL

CLARIFICATIONS = 2
"""How often a question is clarified before the candidate is asked to answer under assumptions."""


def disclose(interview: Interview, script: Script) -> Interview:
    """The interview with its first messages: who asks, what for, who decides; then the information sheet's notices."""
    text = wording.DISCLOSURE_PRACTICE if interview.mode is Mode.PRACTICE else wording.DISCLOSURE
    title = script.bank.title or script.bank.name
    about = text.format(questions=wording.questions(len(interview.plan)), title=title)
    sheet = script.sheet
    for said in (about, sheet.job, sheet.company, *sheet.notices):
        if said:
            interview = _say(interview, Kind.DISCLOSURE, said, interview.created_at)
    return interview


def receive(interview: Interview, script: Script, message: Message, *, text: str, replaced: int) -> Interview:
    """The interview with this delivery in its transcript and, for a command, what follows from it.

    A reply becomes a part of the open answer and is left `pending`: `apply` goes on once it was read.

    Args:
        interview: Has no pending reply.
        script: Its questions.
        message: Not in the transcript yet.
        text: The message's text as it can be stored.
        replaced: Characters of it that became U+FFFD.

    Raises:
        OutOfTurn: The interview is over, or not at a point where that can be done, or it asked something new since
            the candidate last looked.
    """
    if interview.is_over:
        raise OutOfTurn("This interview is finished; its answers can be read but not changed.")
    if _is_stale(interview, message):
        raise OutOfTurn(
            "The interview went on meanwhile, maybe in another window. Nothing was sent; please look at the newest question."
        )
    command = message.command or _typed(interview, script, text)
    interview = _hear(interview, message, Kind.COMMAND if message.command else Kind.REPLY, text, replaced)
    if command is not None:
        return _obey(interview, script, command, message.at)
    if interview.state is State.CONSENT or interview.current is None:
        raise OutOfTurn("Please agree to the interview first; no question was asked yet.")
    gloss = _gloss(interview, script, text)
    if gloss is not None:
        return _say(interview, Kind.ASIDE, gloss, message.at)
    if interview.state is State.PAUSED:
        interview = _say(interview, Kind.ASIDE, wording.WENT_ON, message.at)
    answer = _open_answer(interview)
    if not (answer.related_offered and is_no(text)):
        # A plain "no" to "anything related?" adds nothing to the "I don't know" before it.
        part = Part(number=len(answer.parts), text=text, replaced=replaced)
        interview = interview.with_answer(replace(answer, parts=(*answer.parts, part)))
    return replace(interview, state=State.ASKING, stop_asked=False, skip_asked=False, pending=message.id)


def apply(interview: Interview, script: Script, reading: Reading | None, at: datetime) -> Interview:
    """The interview after its pending reply was read: a follow-up, the next question or the end.

    Args:
        interview: Has a pending reply.
        script: Its questions.
        reading: Of the whole open answer; None when it could not be read or is not to be.
        at: When.
    """
    interview = replace(interview, pending=None)
    answer = _open_answer(interview)
    question = script.question(answer.question_id)
    stopped = reading.stopped if reading else None
    if reading is None:
        return _conclude(interview, script, Ending.ANSWERED, at)
    if answer.followed_up:
        return _conclude(interview, script, _ending(stopped), at)
    if stopped is StopReason.DONT_KNOW:
        if question.offer_related and not answer.related_offered:
            interview = interview.with_answer(replace(answer, related_offered=True, followed_up=True))
            return _say(interview, Kind.FOLLOW_UP, wording.RELATED, at, answer.question_id)
        return _conclude(interview, script, Ending.DONT_KNOW, at)
    if stopped in {StopReason.BLANK, StopReason.NO_CONTENT}:
        return _follow_up(interview, answer, wording.NOTHING_READ, at)
    if stopped is StopReason.ECHO or _reaches_less_than_half(reading, [c.weight for c in question.criteria]):
        return _follow_up(interview, answer, script.follow_up(question.id) or wording.FOLLOW_UP, at)
    return _conclude(interview, script, Ending.ANSWERED, at)


def grade_request(interview: Interview, script: Script, answer: Answer) -> GradeRequest:
    """What a grader is given of this answer: the question, its criteria and the parts, nothing of the person."""
    question = script.question(answer.question_id)
    return GradeRequest(
        question=question.text,
        criteria=question.criteria,
        parts=tuple(part.text for part in answer.parts),
        question_id=question.id,
        bank=interview.bank,
        language=interview.language,
        replaced_characters=sum(part.replaced for part in answer.parts),
    )


def newly_final(before: Interview, after: Interview) -> tuple[Answer, ...]:
    """Answers with at least one part that became final between the two, where grading by machine was not declined."""
    if not after.automated or after.state is State.WITHDRAWN:
        return ()
    known = {answer.id for answer in before.answers if answer.is_final}
    return tuple(answer for answer in after.answers if answer.is_final and answer.parts and answer.id not in known)


def _ending(stopped: StopReason | None) -> Ending:
    if stopped is StopReason.DONT_KNOW:
        return Ending.DONT_KNOW
    if stopped in {StopReason.BLANK, StopReason.NO_CONTENT}:
        return Ending.BLANK
    return Ending.ANSWERED


def _reaches_less_than_half(reading: Reading, weights: list[int]) -> bool:
    # What is unknown counts nothing here: its estimate would spare an answer off the subject the follow-up.
    lines = zip(reading.criteria, weights, strict=True)
    earned = sum(line.half_points * weight for line, weight in lines if line.verdict is not Verdict.UNKNOWN)
    return earned * 2 < FULL * sum(weights)


def _typed(interview: Interview, script: Script, text: str) -> Command | None:
    """The command in words that this reply is; none where a criterion of the question asks for just these words."""
    command = as_command(text)
    if interview.state is State.CONSENT:
        return command if command in {Command.PERSON, Command.STOP} else None
    if command is None or (command is Command.RESUME and interview.state is not State.PAUSED):
        return None
    answer = _open_answer(interview)
    request = grade_request(interview, script, answer)
    return None if names_short_criterion(text, request) else command


def _obey(interview: Interview, script: Script, command: Command, at: datetime) -> Interview:
    if interview.state is State.CONSENT:
        return _agree(interview, script, command, at)
    interview = replace(interview, stop_asked=False)
    match command:
        case Command.REPEAT:
            return _repeat(interview, script, at)
        case Command.CLARIFY:
            return _clarify(interview, script, at)
        case Command.SKIP:
            return _skip(interview, script, at)
        case Command.PAUSE:
            return _say(replace(interview, state=State.PAUSED), Kind.ASIDE, wording.PAUSED, at)
        case Command.RESUME:
            return _resume(interview, script, at)
        case Command.PERSON:
            paused = replace(interview, state=State.PAUSED, hand_over=True)
            return _say(paused, Kind.ASIDE, _person(interview, script), at)
        case Command.STOP:
            return _say(replace(interview, stop_asked=True), Kind.ASIDE, wording.STOP_CONFIRM, at)
        case Command.SUBMIT:
            return _submit_early(interview, at)
        case Command.WITHDRAW:
            ended = replace(interview, state=State.WITHDRAWN, current=None, finished_at=at)
            return _say(ended, Kind.CLOSING, wording.WITHDRAWN, at)
        case Command.CONSENT | Command.DECLINE:
            raise OutOfTurn("You have agreed to this interview already.")


def _agree(interview: Interview, script: Script, command: Command, at: datetime) -> Interview:
    if command is Command.WITHDRAW or (command is Command.STOP and interview.stop_asked):
        ended = replace(interview, state=State.WITHDRAWN, finished_at=at)
        return _say(ended, Kind.CLOSING, wording.WITHDRAWN, at)
    if command is Command.PERSON:
        return _say(replace(interview, hand_over=True), Kind.ASIDE, _person(interview, script), at)
    if command is Command.STOP:
        return _say(replace(interview, stop_asked=True), Kind.ASIDE, wording.STOP_BEFORE, at)
    if command not in {Command.CONSENT, Command.DECLINE}:
        raise OutOfTurn("Please agree to the interview first; no question was asked yet.")
    automated = command is Command.CONSENT
    begun = replace(interview, state=State.ASKING, automated=automated, consented_at=at, queue=interview.plan)
    begun = _say(begun, Kind.ASIDE, wording.CONSENTED if automated else wording.DECLINED, at)
    return _ask_next(begun, script, at)


def _person(interview: Interview, script: Script) -> str:
    """What is said to who asks for a person; in practice nobody is told of it."""
    practice, before = interview.mode is Mode.PRACTICE, interview.state is State.CONSENT
    contact = script.sheet.contact or (wording.PERSON_CONTACT_PRACTICE if practice else wording.PERSON_CONTACT)
    if practice:
        text = wording.PERSON_BEFORE_PRACTICE if before else wording.PERSON_PRACTICE
    else:
        text = wording.PERSON_BEFORE if before else wording.PERSON
    return text.format(contact=contact)


def _repeat(interview: Interview, script: Script, at: datetime) -> Interview:
    question_id = _current(interview)
    asked = [script.text(question_id)]
    asked += [
        entry.text
        for entry in interview.transcript
        if entry.kind is Kind.FOLLOW_UP and entry.question_id == question_id
    ]
    text = wording.REPEAT.format(question="\n\n".join(asked))
    return _say(interview, Kind.ASIDE, text, at, question_id=question_id)


def _clarify(interview: Interview, script: Script, at: datetime) -> Interview:
    question_id = _current(interview)
    prepared = script.clarification(question_id)
    if prepared is None:
        text = wording.CLARIFY_NONE
    elif interview.clarified < CLARIFICATIONS:
        text = prepared
    else:
        text = wording.CLARIFY_AGAIN
    interview = replace(interview, clarified=interview.clarified + 1)
    return _say(interview, Kind.ASIDE, text, at, question_id=question_id)


def _gloss(interview: Interview, script: Script, text: str) -> str | None:
    """What is said to the question what a word means; None where it is not about a word of the open question."""
    term = asked_term(text)
    if term is None:
        return None
    question = script.question(_current(interview))
    for free in question.terms:
        if free.term.casefold() == term:
            return wording.CLARIFY_TERM.format(term=free.term, gloss=free.gloss)
    asked = (question.text, script.text(question.id))
    return wording.CLARIFY_TERM_NONE if any(occurs(term, said) for said in asked) else None


def _skip(interview: Interview, script: Script, at: datetime) -> Interview:
    answer = _open_answer(interview)
    question = script.question(answer.question_id)
    interview = replace(interview, state=State.ASKING)
    if answer.parts:
        # Nothing more is said to the follow-up; what was said before it decides how the answer ends.
        return _conclude(interview, script, _ending(precheck(grade_request(interview, script, answer))), at)
    if question.skip is SkipPolicy.NEVER:
        return _say(interview, Kind.ASIDE, wording.SKIP_NEVER, at)
    if not interview.skip_asked:
        return _say(replace(interview, skip_asked=True), Kind.ASIDE, wording.SKIP_CONFIRM, at)
    if question.skip is SkipPolicy.RETURN and question.id not in interview.returned and interview.queue:
        interview = replace(
            interview, returned=(*interview.returned, question.id), queue=(*interview.queue, question.id)
        )
        return _ask_next(_say(interview, Kind.ASIDE, wording.SKIPPED_RETURN, at), script, at)
    return _conclude(interview, script, Ending.SKIPPED, at)


def _resume(interview: Interview, script: Script, at: datetime) -> Interview:
    if interview.state is not State.PAUSED:
        return interview
    question_id = _current(interview)
    text = wording.RESUMED.format(number=script.number(question_id), question=script.text(question_id))
    return _say(replace(interview, state=State.ASKING), Kind.ASIDE, text, at, question_id=question_id)


def _submit_early(interview: Interview, at: datetime) -> Interview:
    answer = _open_answer(interview)
    if answer.parts:
        interview = interview.with_answer(replace(answer, ending=Ending.INTERRUPTED, final_at=at))
    for known in interview.answers:
        if known.question_id in interview.queue:
            # It was skipped once and is not offered again now.
            interview = interview.with_answer(replace(known, ending=Ending.SKIPPED, final_at=at))
    interview = replace(interview, state=State.FINISHED, current=None, finished_at=at)
    return _say(interview, Kind.CLOSING, wording.CLOSING_EARLY, at)


def _follow_up(interview: Interview, answer: Answer, text: str, at: datetime) -> Interview:
    interview = interview.with_answer(replace(answer, followed_up=True))
    return _say(interview, Kind.FOLLOW_UP, text, at, question_id=answer.question_id)


def _conclude(interview: Interview, script: Script, ending: Ending, at: datetime) -> Interview:
    """Close the open answer, acknowledge it in the same words for all, and go on."""
    answer = _open_answer(interview)
    interview = interview.with_answer(replace(answer, ending=ending, final_at=at))
    last = not interview.queue
    if ending is Ending.SKIPPED:
        text = wording.SKIPPED_LAST if last else wording.SKIPPED
    else:
        text = wording.LAST if last else wording.NEXT
    return _ask_next(_say(interview, Kind.ASIDE, text, at), script, at)


def _ask_next(interview: Interview, script: Script, at: datetime) -> Interview:
    if not interview.queue:
        ended = replace(interview, state=State.FINISHED, current=None, finished_at=at)
        closing = wording.CLOSING_PRACTICE if interview.mode is Mode.PRACTICE else wording.CLOSING
        return _say(ended, Kind.CLOSING, closing, at)
    question_id, *rest = interview.queue
    title = script.section_title(question_id)
    previous = interview.current
    if previous is None or script.section_title(previous) != title:
        interview = _say(interview, Kind.SECTION, title, at, question_id=question_id)
    interview = replace(
        interview, current=question_id, queue=tuple(rest), skip_asked=False, stop_asked=False, clarified=0
    )
    if interview.answer_to(question_id) is None:
        answer = Answer(id=f"{interview.id}.{question_id}", question_id=question_id, opened_at=at)
        interview = interview.with_answer(answer)
    else:
        interview = _say(interview, Kind.ASIDE, wording.RETURNED, at)
    return _say(interview, Kind.QUESTION, script.text(question_id), at, question_id, script.number(question_id))


def _is_stale(interview: Interview, message: Message) -> bool:
    """Whether a question or follow-up was asked since the candidate wrote this."""
    if message.seen is None or message.command not in {None, Command.SKIP, Command.SUBMIT}:
        return False
    fresh = interview.transcript[max(message.seen + 1, 0) :]
    return any(entry.kind in {Kind.QUESTION, Kind.FOLLOW_UP} for entry in fresh)


def _current(interview: Interview) -> str:
    if interview.current is None:
        raise OutOfTurn("No question is open.")
    return interview.current


def _open_answer(interview: Interview) -> Answer:
    answer = interview.answer_to(_current(interview))
    if answer is None or answer.is_final:
        raise OutOfTurn("No question is open.")
    return answer


def _hear(interview: Interview, message: Message, kind: Kind, text: str, replaced: int) -> Interview:
    said = text if kind is Kind.REPLY else str(message.command)
    entry = Entry(
        seq=len(interview.transcript),
        by_candidate=True,
        kind=kind,
        text=said,
        at=message.at,
        question_id=interview.current or "",
        message_id=message.id,
        channel=message.channel,
        replaced=replaced,
    )
    return replace(interview, transcript=(*interview.transcript, entry))


def _say(
    interview: Interview, kind: Kind, text: str, at: datetime, question_id: str = "", number: int = 0
) -> Interview:
    entry = Entry(
        seq=len(interview.transcript),
        by_candidate=False,
        kind=kind,
        text=text,
        at=at,
        question_id=question_id,
        number=number,
    )
    return replace(interview, transcript=(*interview.transcript, entry))
