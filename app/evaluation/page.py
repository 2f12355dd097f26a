"""The evaluation as one self-contained page: nothing is loaded, nothing runs, what candidates wrote is escaped.

Every plot stands beside its numbers in a table. The style sheet and the icons are those of the web pages, read as
files and put into the page.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from app.evaluation.evaluation import Accepted, Disagreement, Evaluation
from app.evaluation.figures import undefined
from app.evaluation.resampling import LEVEL, RESAMPLES
from app.grading.outcome import Evidence
from rubric.scoring import FULL

LONGEST_SHOWN = 4000
"""Code points of an answer that are shown."""
SHOWN_QUESTIONS = 15
TABLE_STEPS = 10
UNITS = {
    "criteria": ("criterion", "criteria"),
    "decisions": ("decision", "decisions"),
    "answers": ("answer", "answers"),
}
CREDITS = {-1: "less than 1", 0: "0", 1: "½", 2: "1"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of an answer; `is_evidence` where the grader points at it."""

    text: str
    is_evidence: bool


def as_html(evaluation: Evaluation) -> str:
    """The page, ending in a line break."""
    return _environment().get_template("evaluation.html").render(
        e=evaluation,
        styles=_styles(),
        sprite=_sprite(),
        level=LEVEL,
        resamples=RESAMPLES,
        shown_questions=SHOWN_QUESTIONS,
        error_top=_top(evaluation.curve),
        curve_steps=_steps(evaluation.curve),
        pairs=[
            (figure, accepted)
            for figure, accepted in zip(evaluation.all_figures, evaluation.accepted_figures, strict=True)
            if figure.value is not None
        ],
        undefined=undefined(evaluation.all_figures),
    ) + "\n"  # fmt: skip


def pieces(text: str, evidence: Sequence[Evidence]) -> tuple[Piece, ...]:
    """The answer cut where evidence begins and ends; spans that are not verbatim are left out."""
    shown = text[:LONGEST_SHOWN]
    found: list[Piece] = []
    at = 0
    for span in sorted(evidence, key=lambda span: span.start):
        end = min(span.end, len(shown))
        if text[span.start : span.end] == span.quote and at <= span.start < end:
            found += [Piece(shown[at : span.start], False), Piece(shown[span.start : end], True)]
            at = end
    found.append(Piece(shown[at:], False))
    return tuple(piece for piece in found if piece.text)


def _top(curve: Sequence[Accepted]) -> float:
    """The upper end of the curve's axis: the next fifth above all of it, so that its quarters are whole percents."""
    highest = max((point.wrong or 0.0 for point in curve), default=0.0)
    return max(math.ceil(highest * 5 - 1e-9) / 5, 0.2)


def _steps(curve: Sequence[Accepted]) -> list[Accepted]:
    """About one point a tenth of the answers, for the table."""
    wanted = [place / TABLE_STEPS for place in range(1, TABLE_STEPS + 1)]
    nearest = [min(curve, key=lambda point: abs(point.share - share)) for share in wanted]
    return list(dict.fromkeys(nearest))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("app.evaluation", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        share=lambda value: "–" if value is None else f"{100 * value:.0f}%",
        decimal=lambda value: "–" if value is None else f"{value:.2f}",
        credit=lambda half_points: CREDITS[half_points],
        unit=lambda count, unit: f"{count:,} {UNITS[unit][count != 1]}",
        px=lambda value: f"{value:.1f}",
    )
    environment.globals.update(pieces=pieces, cut=_cut, full=FULL)
    return environment


def _cut(each: Disagreement) -> int:
    """How many code points of the answer are not shown."""
    return max(len(each.compared.answer.answer) - LONGEST_SHOWN, 0)


@cache
def _styles() -> Markup:
    texts = [
        files("app.web").joinpath("static", "viva.css").read_text("utf-8"),
        files("app.evaluation").joinpath("templates", "evaluation.css").read_text("utf-8"),
    ]
    return Markup("\n".join(texts))  # noqa: S704 - our own files


@cache
def _sprite() -> Markup:
    return Markup(files("app.web").joinpath("templates", "_sprite.html").read_text("utf-8"))  # noqa: S704 - our own file
