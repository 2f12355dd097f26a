"""Readings of marked answers, and what is told of them."""

import pytest

from app.evaluation.labelled import Labelled
from app.evaluation.measure_reading import read_all
from app.evaluation.reading_figures import figures, grades, print_figures
from app.grading.head import load_head
from tests.evaluation.comparisons import a_labelled
from tests.fakes import HashEmbedder


def marked() -> list[Labelled]:
    """One answer with a claim, and one without."""
    return [
        a_labelled(2, 0, style="partial", answer="Water early in the morning, so that leaves dry."),
        a_labelled(0, 0, style="dont_know", answer="I don't know."),
    ]


async def test_an_answer_that_says_nothing_is_stopped_as_in_the_product() -> None:
    _, nothing = grades(await read_all(marked(), HashEmbedder(), load_head()))
    assert (nothing.score, nothing.low, nothing.high, nothing.is_accepted) == (0, 0, 0, True)


async def test_a_file_without_strong_answers_or_quotes_has_its_other_figures() -> None:
    told = dict(figures(await read_all(marked(), HashEmbedder(), load_head())))
    assert told["answers"] == "2"
    assert not any(name.startswith("strong") for name in told)
    assert told["mean credit, dont_know (1)"] == "0.000  marked 0.000  flagged 0.00"
    assert told["dont_know (1) against the mean of partial, " + told["mean credit, partial (1)"][:5]]


async def test_figures_stand_under_the_heading_of_what_they_are_about(capsys: pytest.CaptureFixture[str]) -> None:
    print_figures(await read_all(marked(), HashEmbedder(), load_head()))
    lines = capsys.readouterr().out.splitlines()
    start = lines.index(" Accepted share against error at five thresholds")
    assert all(line.startswith("  accepted: ") for line in lines[start + 1 : start + 6])
