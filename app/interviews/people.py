"""What people are asked to settle, and how a candidate reaches them."""

from dataclasses import replace
from datetime import datetime

from app.grading.normalise import words
from app.grading.phrases import STOP_WORDS
from app.interviews import wording
from app.interviews.models import Interview, Mode, Request, RequestKind, Script
from app.interviews.transcript import fixed_text

MATCHES_FROM = 0.6
"""Share of the content words of an approved question that a candidate's question holds to be the same one."""


def ask_people(
    interview: Interview,
    kind: RequestKind,
    at: datetime,
    *,
    text: str = "",
    question_id: str = "",
    criterion_id: str = "",
) -> Interview:
    """The interview with something for people to settle; practice asks nobody."""
    if interview.mode is Mode.PRACTICE:
        return interview
    request = Request(
        id=f"{interview.id}.r{len(interview.requests) + 1}",
        kind=kind,
        text=text,
        at=at,
        question_id=question_id or interview.current or "",
        criterion_id=criterion_id,
    )
    return replace(interview, requests=(*interview.requests, request))


def contact(interview: Interview, script: Script) -> str:
    """How a person is reached, as the bank's information sheet says it, or in fixed words."""
    practice = interview.mode is Mode.PRACTICE
    usual = wording.PERSON_CONTACT_PRACTICE if practice else wording.PERSON_CONTACT
    return script.sheet.contact or fixed_text(interview, usual)


def approved_answer(script: Script, text: str) -> str | None:
    """The answer that may be given to a question about the job; None where none is approved for it."""
    asked = _content(text)
    best, share = None, 0.0
    for approved in script.sheet.answers:
        for question in approved.questions:
            wanted = _content(question)
            found = len(wanted & asked) / len(wanted) if wanted else 0.0
            if found > share:
                best, share = approved.answer, found
    return best if share >= MATCHES_FROM else None


def _content(text: str) -> set[str]:
    return {word.removesuffix("s") for word in words(text) if word not in STOP_WORDS}
