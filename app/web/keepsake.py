"""The candidate's own copy of the talk as plain text, in practice with the feedback on each answer."""

from collections.abc import Iterator

from app.interviews.models import Kind
from app.locale.catalogue import translated
from app.web.chat_view import ChatView
from app.web.report_view import QuestionView, question_view


def copy_of(view: ChatView) -> str:
    """The whole talk, paragraphs apart, ending in a line break."""
    return "\n\n".join(_paragraphs(view)) + "\n"


def _paragraphs(view: ChatView) -> Iterator[str]:
    for turn in view.turns:
        if turn.entry.kind is Kind.SECTION:
            continue
        text = f"({turn.text})" if turn.entry.kind is Kind.COMMAND else turn.text
        who = translated("You", view.languages.page) if turn.entry.by_candidate else "Viva"
        yield f"[{turn.entry.at:%Y-%m-%d %H:%M} UTC] {who}: {text}"
        if turn.marks is not None:
            yield _feedback(question_view(turn.marks, view.interview), view.languages.page)
    if view.interview.is_over and view.result is not None:
        yield translated("Overall: {found}", view.languages.page, found=view.result.in_words(view.languages.page))


def _feedback(question: QuestionView, language: str) -> str:
    number = question.report.number
    if question.graded is None:
        return translated("Feedback on question {number}: none yet.", language, number=number)
    found = question.tally.in_words(language)
    head = translated("Feedback on question {number}: {found}", language, number=number, found=found)
    lines = (f"- {translated(line.to_learner, language)}: {line.grade.text}" for line in question.lines)
    return "\n".join([head, *lines])
