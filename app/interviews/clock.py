"""The time limit of the open question, by the server's clock; it stands still while the interview is paused."""

from dataclasses import replace
from datetime import datetime, timedelta

from app.interviews import wording
from app.interviews.models import Interview, Script, State
from app.interviews.transcript import tell

GRACE_S = 5
"""Seconds on the way that no candidate answers for."""
FOLLOW_UP_S = 60
"""Seconds that a follow-up leaves at least."""
WARNED_SHARE = 0.2
LEAST_WARNING_S = 30


def allowed_s(interview: Interview, script: Script) -> int | None:
    """Seconds that this candidate has for the open question; None without a limit."""
    if interview.current is None or not interview.extra_time:
        return None
    limit = script.question(interview.current).time_limit_s
    return None if limit is None else limit * interview.extra_time // 100


def deadline(interview: Interview, script: Script) -> datetime | None:
    """When the time for the open question is up; None without a limit, and while the clock stands still."""
    allowed = allowed_s(interview, script)
    if allowed is None or interview.current is None or interview.state is not State.ASKING:
        return None
    answer = interview.answer_to(interview.current)
    return None if answer is None else answer.opened_at + timedelta(seconds=allowed + answer.paused_s)


def is_up(interview: Interview, script: Script, at: datetime) -> bool:
    """Whether the time for the open question is over, with what a reply needs on its way."""
    ends = deadline(interview, script)
    return ends is not None and interview.pending is None and at >= ends + timedelta(seconds=GRACE_S)


def quiet_until(interview: Interview, quiet_s: float) -> datetime | None:
    """When an answer in several messages is complete by itself; None where nothing waits for more."""
    answer = interview.answer_to(interview.current) if interview.current is not None else None
    if answer is None or answer.collecting is None or interview.state is not State.ASKING:
        return None
    last = next(entry for entry in reversed(interview.transcript) if entry.by_candidate)
    return last.at + timedelta(seconds=quiet_s)


def warn(interview: Interview, script: Script, at: datetime) -> Interview:
    """The interview with the warning that its time is nearly up, once, when that is so."""
    ends, allowed = deadline(interview, script), allowed_s(interview, script)
    if ends is None or allowed is None or interview.current is None:
        return interview
    answer = interview.answer_to(interview.current)
    left_s = (ends - at).total_seconds()
    if answer is None or answer.warned or not 0 < left_s <= max(WARNED_SHARE * allowed, LEAST_WARNING_S):
        return interview
    interview = interview.with_answer(replace(answer, warned=True))
    # Masked for all, as it would tell who has more time.
    return tell(interview, wording.TIME_SOON, at, masked=True, span=wording.span(int(left_s)))


def reading_is_not_counted(interview: Interview, *, since: datetime, at: datetime) -> Interview:
    """The interview without what Viva took to read a reply on the candidate's clock."""
    answer = interview.answer_to(interview.current) if interview.current is not None else None
    if answer is None or interview.state is not State.ASKING:
        return interview
    return interview.with_answer(
        replace(answer, paused_s=answer.paused_s + max(round((at - since).total_seconds()), 0))
    )


def with_time_left(interview: Interview, script: Script, at: datetime) -> Interview:
    """The interview with time for its follow-up, the same least for everybody."""
    ends = deadline(interview, script)
    answer = interview.answer_to(interview.current) if interview.current is not None else None
    if ends is None or answer is None:
        return interview
    short_s = FOLLOW_UP_S - int((ends - at).total_seconds())
    return interview.with_answer(replace(answer, paused_s=answer.paused_s + short_s)) if short_s > 0 else interview


def stopped(interview: Interview, at: datetime) -> Interview:
    """The interview, paused; its clock stands still from now on."""
    if interview.state is State.PAUSED:
        return interview
    return replace(interview, state=State.PAUSED, paused_at=at)


def going_on(interview: Interview, at: datetime) -> Interview:
    """The interview, no longer paused; what the pause took is not counted."""
    if interview.state is not State.PAUSED:
        return interview
    since, current = interview.paused_at, interview.current
    interview = replace(interview, state=State.ASKING, paused_at=None)
    answer = interview.answer_to(current) if current is not None else None
    if answer is None or since is None:
        return interview
    return interview.with_answer(replace(answer, paused_s=answer.paused_s + round((at - since).total_seconds())))
