"""The candidate's own copy of the talk as plain text, in practice with the feedback on each answer."""

from collections.abc import Iterator

from app.interviews.models import Kind
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
        yield f"[{turn.entry.at:%Y-%m-%d %H:%M} UTC] {'You' if turn.entry.by_candidate else 'Viva'}: {text}"
        if turn.marks is not None:
            yield _feedback(question_view(turn.marks, view.interview))
    if view.interview.is_over and view.result is not None:
        yield f"Overall: {view.result.words}"


def _feedback(question: QuestionView) -> str:
    if question.graded is None:
        return f"Feedback on question {question.report.number}: none yet."
    head = f"Feedback on question {question.report.number}: {question.tally.words}"
    return "\n".join([head, *(f"- {line.to_learner}: {line.grade.text}" for line in question.lines)])
