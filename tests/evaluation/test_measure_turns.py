"""How well replies are told apart is counted right, and never told with their words."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from app.errors import InvalidInput
from app.evaluation import measure_turns
from app.evaluation.fit_turns import EXAMPLES, best_temperature, decided, fit_head
from app.evaluation.measure_turns import figures, markdown
from app.evaluation.turn_sets import read_turns
from app.interviews.turn_class import TurnClass
from app.interviews.turn_features import NAMES, measured
from app.interviews.turn_head import CUES_HEAD, DEFAULT_HEAD, load_head
from app.interviews.turn_rules import BY_CUES

A, C, S, E = TurnClass.ANSWER, TurnClass.CODE, TurnClass.SKIP, TurnClass.ECHO
DEVELOPMENT = Path(__file__).parents[1] / "interviews" / "turns" / "development.jsonl"


def test_figures_are_over_the_classes_that_people_gave() -> None:
    found = figures([A, A, A, S, S], [A, A, S, S, E])
    assert found.accuracy == 3 / 5
    assert found.by_class[A].precision == 1
    assert found.by_class[A].recall == 2 / 3
    assert found.by_class[S].f1 == 0.5
    assert found.macro_f1 == pytest.approx((0.8 + 0.5) / 2)


def test_content_that_was_lost_is_counted_and_content_taken_for_a_skip_apart() -> None:
    found = figures([A, C, C, S], [S, E, A, A])
    assert (found.misused, found.lost) == (1, 2)


def test_the_table_tells_counts_and_no_reply() -> None:
    text = markdown(figures([A, A, S], [A, S, S]))
    assert "| answer | 2 | 1.00 | 0.50 | 0.67 | answer 1, skip 1 |" in text


def test_a_file_is_measured_by_rules_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "set.jsonl"
    file.write_text('{"class": "skip", "question": "What is S3?", "text": "next please"}\n', encoding="utf-8")
    assert measure_turns.main([str(file), "--rules-only"]) == 0
    assert "macro-F1 1.000" in capsys.readouterr().out


@pytest.mark.parametrize("line", ["no json", '{"class": "nonsense", "question": "", "text": ""}', "[]", "{}"])
def test_a_line_that_is_no_labelled_reply_is_named(line: str, tmp_path: Path) -> None:
    file = tmp_path / "set.jsonl"
    file.write_text(f"\n{line}\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"set\.jsonl:2"):
        read_turns([file])


def test_a_set_that_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert measure_turns.main([str(tmp_path / "none.jsonl")]) == 2
    assert "can't be read" in capsys.readouterr().err


def test_the_shipped_heads_were_fitted_to_the_examples_as_they_are_now() -> None:
    turns = [each.turn for each in read_turns([EXAMPLES, DEVELOPMENT]) if each.turn is not TurnClass.EMPTY]
    for name in (DEFAULT_HEAD, CUES_HEAD):
        assert load_head(name).file.training["by_class"] == dict(sorted(Counter(map(str, turns)).items()))


def test_a_fit_tells_what_it_was_fitted_to() -> None:
    turns = [each for each in read_turns([EXAMPLES]) if each.turn in {A, S, TurnClass.REPEAT}]
    rows = np.stack([measured(each.text, question=each.question) for each in turns])
    head = fit_head("small", turns, rows, ("", ""))
    assert head["classes"] == ["answer", "repeat", "skip"]
    assert list(head["features"]) == list(NAMES)
    assert head["training"]["replies"] == len(turns)
    assert head["training"]["folds"]["macro-F1"] > 0.8


def test_a_temperature_makes_unsure_scores_less_sure() -> None:
    scores = np.array([[4.0, 0.0]] * 3)
    assert best_temperature(scores, [0, 0, 1]) > best_temperature(scores, [0, 0, 0])


def test_rules_come_before_scores() -> None:
    [turn] = [each for each in read_turns([EXAMPLES]) if each.text == "Skip"]
    scores = np.array([[9.0, 0.0]])
    [found] = decided([turn], scores, ["answer", "skip"], BY_CUES)
    assert found.turn is S
