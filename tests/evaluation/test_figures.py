"""Figures of agreement: the libraries' values, intervals over questions, and what does not exist says why."""

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from app.evaluation import agreement
from app.evaluation.columns import Columns, columns
from app.evaluation.figures import MEASURES, Measure, by_name, figures
from tests.evaluation.comparisons import a_grade, a_labelled, a_whole, pair


def many(questions: int = 12, answers: int = 5, seed: int = 3) -> Columns:
    """Answers whose grader errs at random, with ties and with probabilities of many values."""
    random = np.random.default_rng(seed)
    pairs = []
    for question in range(questions):
        for _ in range(answers):
            person = random.integers(0, 3, size=3)
            grader = np.clip(person + random.integers(-1, 2, size=3), 0, 2)
            chances = np.clip(grader / 2 + random.normal(0, 0.2, size=3), 0, 1).round(2)
            labelled = a_labelled(*person.tolist(), question=f"Question {question}?")
            pairs.append(pair(labelled, a_grade(*grader.tolist(), chances=chances.tolist())))
    return columns(pairs)


def repeated(found: Columns, times: list[int]) -> Columns:
    """The columns with each question's rows as often as told, every copy under its question's number."""

    def of(kind: str, names: tuple[str, ...]) -> dict[str, Any]:
        rows = np.repeat(np.arange(len(getattr(found, kind))), np.array(times)[getattr(found, kind)])
        return {name: getattr(found, name)[rows] for name in (kind, *names)}

    return Columns(
        questions=found.questions,
        **of("criterion_question", ("person", "grader")),
        **of("decision_question", ("truth", "decided", "probability")),
        **of("answer_question", ("person_score", "score", "low", "high", "impression")),
    )


@pytest.mark.parametrize(
    "measure",
    [measure for measure in MEASURES if measure.name not in {"impression", "within_question"}],
    ids=lambda measure: measure.name,
)
def test_a_draw_of_questions_gives_what_the_library_gives_on_the_drawn_answers(measure: Measure) -> None:
    found = many()
    times = np.random.default_rng(5).multinomial(found.questions, [1 / found.questions] * found.questions).tolist()
    drawn = np.array([[1.0] * found.questions, times])
    expected = [measure.value(found), measure.value(repeated(found, times))]
    assert measure.resampled(found, drawn) == pytest.approx(expected)


def test_the_mean_r_within_questions_counts_a_question_as_often_as_it_is_drawn() -> None:
    found = many()
    [measure] = [measure for measure in MEASURES if measure.name == "within_question"]
    of_each = agreement.within_each(found)
    times = np.arange(found.questions, dtype=float)
    assert measure.value(found) == pytest.approx(of_each.mean())
    assert measure.resampled(found, times[None, :]) == pytest.approx([np.average(of_each, weights=times)])


def test_intervals_hold_their_figure_and_are_the_same_each_time() -> None:
    found = many()
    told = figures(found)
    assert told == figures(found)
    assert all(f.low <= f.value <= f.high for f in told if f.value is not None and f.low is not None and f.high)
    assert by_name(told)["qwk"].value == cohen_kappa_score(found.person, found.grader, weights="quadratic")
    assert (by_name(told)["qwk"].low or 0) < (by_name(told)["qwk"].high or 0)


def test_a_perfect_grader_has_every_ideal() -> None:
    found = columns(
        [
            pair(a_labelled(*credits_, question=question), a_grade(*credits_, chances=[half / 2 for half in credits_]))
            for question in ("One?", "Two?")
            for credits_ in ((0, 0), (0, 2), (2, 2))
        ]
    )
    told = [figure for figure in figures(found) if figure.ideal is not None and figure.name != "impression"]
    assert [figure.value for figure in told] == pytest.approx([figure.ideal for figure in told], abs=1e-9)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("qwk", "same credit"),
        ("auc", "credit everywhere"),
        ("macro_f1", "credit everywhere"),
        ("pearson", "people gave every answer the same score"),
        ("within_question", "no question has 3 answers"),
        ("impression", "nobody said"),
    ],
)
def test_a_figure_that_does_not_exist_says_why(name: str, reason: str) -> None:
    found = columns([pair(a_labelled(2, 2), a_grade(2, 2)) for _ in range(3)])
    figure = by_name(figures(found))[name]
    assert (figure.value, figure.low, figure.high) == (None, None, None)
    assert reason in figure.undefined


def test_no_answers_at_all_leave_every_figure_undefined() -> None:
    assert all(figure.value is None and figure.undefined for figure in figures(columns([])))


def test_one_question_has_figures_and_no_intervals() -> None:
    found = many(questions=1)
    assert all(figure.low is None for figure in figures(found))
    assert by_name(figures(found))["qwk"].value is not None


def test_labels_that_only_say_correct_or_not_give_two_way_figures_alone() -> None:
    found = columns(
        [pair(a_whole("So.", correct=correct), a_grade(half)) for correct, half in ((True, 2), (False, 1), (False, 2))]
    )
    told = by_name(figures(found, with_intervals=False))
    assert told["qwk"].undefined == "no criterion is marked with 0, ½ or 1"
    assert told["rmse"].undefined == "no answer has a score by people"
    # Half a credit is not yet correct, so the second answer is decided rightly and the third wrongly.
    assert found.decided.tolist() == [True, False, True]
    assert told["macro_f1"].value == pytest.approx(2 / 3)


def test_of_several_references_the_best_reached_one_counts() -> None:
    best = pair(a_whole("So.", "Thus.", score=1.0), a_grade(0, texts=["So."]), a_grade(2, texts=["Thus."]))
    assert ([mark.text for mark in best.marks], best.score, best.person_score) == (["Thus."], 1.0, 1.0)
