"""From marked answers to figures, end to end on a small set."""

from pathlib import Path

import numpy as np
import pytest

from app.evaluation.heads import Data, columns_of, fit_without
from app.evaluation.held_out import held_out_by_bank, held_out_by_question
from app.evaluation.labelled import Labelled
from app.evaluation.measure_reading import main, read_all
from app.evaluation.measured import measure_all
from app.evaluation.reading_figures import figures
from app.grading.features import TOKEN_FEATURES
from tests.fakes import HashEmbedder

TOPICS = (
    "mulch",
    "lavender",
    "barrel",
    "shade",
    "compost",
    "clover",
    "gravel",
    "hedge",
    "pond",
    "fence",
    "bench",
    "path",
)
COLUMNS = columns_of(TOKEN_FEATURES)


def marked() -> list[Labelled]:
    """Answers of three banks that name one criterion's word or none, and whole answers to twelve questions."""
    found = []
    for place, topic in enumerate(TOPICS):
        other = TOPICS[(place + 1) % len(TOPICS)]
        for style, said, half_points in (("strong", topic, 2), ("vague", "nothing", 0)):
            answer = f"First I thought about {said} for a while."
            criteria = (f"Bring {topic} home.", f"Bring {other} home.")
            found.append(
                Labelled(
                    data_set="banks",
                    group=f"bank{place % 3}",
                    question="What do you do?",
                    criteria=criteria,
                    is_reference=False,
                    half_points=(half_points, 0),
                    answer=answer,
                    style=style,
                    evidence={0: f"about {topic}"} if half_points else {},
                )
            )
            found.append(
                Labelled(
                    data_set="school",
                    group=f"school:{place}",
                    question="What do you do?",
                    criteria=criteria[:1],
                    is_reference=True,
                    half_points=(half_points,),
                    answer=answer,
                )
            )
    return found


@pytest.fixture
async def data() -> Data:
    answers = marked()
    return Data(answers, await measure_all(answers, HashEmbedder()))


async def test_thresholds_come_from_the_marked_criteria(data: Data) -> None:
    assert data.set_names[data.home] == "banks"


async def test_every_bank_is_judged_by_a_fit_without_it(data: Data) -> None:
    half, full = held_out_by_bank(data, COLUMNS)
    at_home = data.sets == data.home
    assert not np.isnan(half[at_home]).any()
    assert np.isnan(half[~at_home]).all()
    assert (full[at_home] <= half[at_home]).all()
    credited = data.half_points >= 1
    assert half[at_home & credited].min() > half[at_home & ~credited].max()


async def test_questions_are_held_out_whole(data: Data) -> None:
    scores, decided, by_cosine = held_out_by_question(data, COLUMNS, data.set_names.index("school"), seed=0)
    truth = data.half_points[data.sets == data.set_names.index("school")] == 2
    assert (decided == truth).all()
    assert scores[truth].min() > scores[~truth].max()
    assert by_cosine.shape == decided.shape


async def test_a_reading_is_measured_against_marks_and_quotes(data: Data) -> None:
    embedder = HashEmbedder()
    answers = [answer for answer in marked() if not answer.is_reference]
    told = dict(figures(await read_all(answers, embedder, fit_without(data, "bank0", embedder))))
    assert told["answers"] == "24"
    assert told["strong answers scoring above every vague one of the same question"] is not None
    assert float(told["criterion AUC"]) > 0.9


def test_a_missing_file_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.jsonl")]) == 2
    assert "none.jsonl" in capsys.readouterr().err
