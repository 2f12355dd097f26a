"""Exemplars as a model sees them: those that bear on what it is asked, each cut to a line or two of the prompt."""

from collections.abc import Collection, Mapping, Sequence

from app.grading.exemplars import Exemplar
from app.grading.normalise import clean
from prompts.inputs import GradedExample

MAX_CHARS = 130
"""Of one example: excerpt, note and, where it is no criterion asked about, the criterion."""
MAX_NOTE_CHARS = 40
MAX_FOREIGN_CRITERION_CHARS = 60


def graded_examples(
    exemplars: Sequence[Exemplar], *, keys: Mapping[str, str], rubric: Collection[str]
) -> list[GradedExample]:
    """Those of the exemplars that bear on one request, in order; near criteria bear on every one.

    Args:
        exemplars: Chosen for the whole answer.
        keys: The opaque id of each criterion in this request, by its text.
        rubric: Texts of all the question's criteria; what is asked in another request is left to that one.
    """
    elsewhere = set(rubric) - keys.keys()
    return [
        _example(exemplar, keys.get(exemplar.criterion))
        for exemplar in exemplars
        if exemplar.criterion not in elsewhere
    ]


def _example(exemplar: Exemplar, key: str | None) -> GradedExample:
    criterion = key or _within(exemplar.criterion, MAX_FOREIGN_CRITERION_CHARS)
    note = _within(exemplar.note, MAX_NOTE_CHARS)
    excerpt = _within(exemplar.excerpt, MAX_CHARS - len(criterion) - len(note))
    return GradedExample(criterion=criterion, excerpt=excerpt, verdict=exemplar.verdict.value, note=note)


def _within(text: str, most: int) -> str:
    """The text on one line, cut at a word where it is longer than `most` characters."""
    text = " ".join(clean(text).text.split())
    return text if len(text) <= most else text[: most - 1].rpartition(" ")[0] + "…"
