"""An evaluation: tables, curve, flags and the worst disagreements."""

import json

import jsonschema
import pytest

from app.evaluation.compared import Compared
from app.evaluation.evaluation import Evaluation, evaluate
from app.evaluation.export import as_json
from app.grading.outcome import Flag
from app.screening.schemas import schema
from tests.evaluation.comparisons import a_grade, a_labelled, a_whole, pair

DOUBT = ("A person should look.",)


def evaluated(*answers: Compared, ungraded: int = 0) -> Evaluation:
    return evaluate(answers, labelled="marked.jsonl", grades=None, ungraded=ungraded)


def test_the_matrix_counts_the_persons_credit_down_and_the_graders_across() -> None:
    found = evaluated(pair(a_labelled(0, 1, 2, 2), a_grade(0, 2, 2, 0)))
    assert found.matrix == ((1, 0, 0), (0, 0, 1), (1, 0, 1))


def test_accepting_goes_from_the_surest_answer_to_all() -> None:
    right = pair(a_labelled(2, 0), a_grade(2, 0))
    doubted = pair(a_labelled(2, 2), a_grade(0, 1, reasons=DOUBT))
    found = evaluated(doubted, right)
    assert [(point.share, point.wrong, point.far_off) for point in found.curve] == [(0.5, 0, 0), (1, 0.5, 0.25)]
    assert (found.operating.answers, found.operating.share, found.operating.wrong) == (1, 0.5, 0)


def test_nothing_accepted_has_no_share_of_wrong_criteria() -> None:
    found = evaluated(pair(a_labelled(2), a_grade(2, reasons=DOUBT)))
    assert (found.operating.answers, found.operating.wrong) == (0, None)


def test_the_worst_question_comes_first_and_bands_go_by_the_persons_score() -> None:
    good = pair(a_labelled(2, 2, question="Good?"), a_grade(2, 2))
    bad = pair(a_labelled(0, 0, question="Bad?"), a_grade(2, 2))
    found = evaluated(good, bad)
    assert [(row.name, row.wrong) for row in found.by_question] == [("Bad?", 1.0), ("Good?", 0.0)]
    assert [(row.name, row.person, row.grader) for row in found.by_band] == [
        ("0.00 to under 0.25", 0.0, 1.0),
        ("0.75 to 1.00", 1.0, 1.0),
    ]


def test_a_flag_is_compared_with_what_people_noted_or_with_whether_anything_was_wrong() -> None:
    noted = pair(a_labelled(0, flags=frozenset({"injection"})), a_grade(0, flags=(Flag.MANIPULATION,)))
    alarmed = pair(a_labelled(2), a_grade(2, flags=(Flag.MANIPULATION, Flag.UNCALIBRATED)))
    found = {row.flag: row for row in evaluated(noted, alarmed).flags}
    attack, uncalibrated = found["manipulation"], found["uncalibrated"]
    assert (attack.noted_as, attack.noted, attack.found, attack.others, attack.false_alarms) == (
        "injection",
        1,
        1,
        1,
        1,
    )
    assert (uncalibrated.noted_as, uncalibrated.others, uncalibrated.false_alarms) == ("", 2, 1)


def test_the_worst_disagreements_are_full_credits_that_nobody_would_have_looked_at() -> None:
    half_off = pair(a_labelled(1, id="half"), a_grade(2))
    reviewed = pair(a_labelled(0, id="reviewed"), a_grade(2, reasons=DOUBT))
    accepted = pair(a_labelled(0, id="accepted"), a_grade(2))
    found = evaluated(half_off, reviewed, accepted, pair(a_labelled(2), a_grade(2)))
    assert [each.compared.answer.id for each in found.worst] == ["accepted", "reviewed", "half"]


@pytest.mark.parametrize(
    "answers",
    [
        [pair(a_labelled(0, 1, 2, style="strong"), a_grade(2, 1, 0, reasons=DOUBT, flags=(Flag.CONFLICT,)))],
        [pair(a_whole("So.", correct=False), a_grade(2)), pair(a_whole("So.", correct=True), a_grade(2))],
        [pair(a_whole("So.", "Thus.", score=0.0), a_grade(1), a_grade(0))],
    ],
    ids=["criteria", "correct or not", "scored"],
)
def test_the_document_has_the_published_shape_and_no_number_that_is_none(answers: list[Compared]) -> None:
    text = as_json(evaluated(*answers, ungraded=2))
    jsonschema.validate(json.loads(text), schema("evaluation"))
    assert "NaN" not in text
    assert json.loads(text)["source"]["answers"] == len(answers) + 2
