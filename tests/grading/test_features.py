"""What is measured of each sentence of a reply against each criterion."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.grading.encodings import in_question
from app.grading.features import FEATURES, SEGMENT_FEATURES, Matrix, measure, measure_segments
from app.grading.segments import segments
from app.grading.views import RubricView, view_reply, view_rubric
from tests.fakes import HashEmbedder
from vectorstore.embeddings import InContext

DIMENSIONS = 512
"""So many that words that are not the same are hardly alike."""
QUESTION = "How would you keep a garden healthy?"
CRITERIA = ("Spread mulch that keeps moisture.", "Barrel: collect rain.", "Hose: water by hand for 20 minutes.")
SENTENCES = (
    "I spread mulch.",
    "A barrel may collect rain.",
    "Never water by hand for 30 minutes, but keep a hose.",
    "A healthy garden needs a plan.",
    "Moisture, rain and mulch are raw materials.",
)
COLUMNS = {feature.name: column for column, feature in enumerate(FEATURES)}
WHOLE = ("role_swap",)
"""Measured of a reply as a whole, since a swap shows only in what several sentences say of several things."""


async def rubric(*criteria: str) -> RubricView:
    encoded = await HashEmbedder(dimensions=DIMENSIONS).encode(in_question(QUESTION, criteria))
    question, *others = [found for [found] in encoded]
    return view_rubric(QUESTION, criteria, question, others)


async def measured(text: str, *criteria: str) -> Matrix:
    """Features of a reply's segments, shape (k, s, len(FEATURES))."""
    places = segments(text)
    [encodings] = await HashEmbedder(dimensions=DIMENSIONS).encode(
        [InContext(QUESTION, tuple(text[place.start : place.end] for place in places))]
    )
    return measure(await rubric(*(criteria or CRITERIA)), view_reply(text, places, encodings)).features


async def value(name: str, text: str, criterion: str) -> float:
    return float((await measured(text, criterion))[0, :, COLUMNS[name]].max())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(said=st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=6))
async def test_a_sentence_is_measured_the_same_alone_and_in_any_company(said: list[str]) -> None:
    together = await measured(" ".join(said))
    by_itself = [column for name, column in COLUMNS.items() if name not in WHOLE]
    assert together.shape == (len(CRITERIA), len(said), len(FEATURES))
    for place, sentence in enumerate(said):
        alone = await measured(sentence)
        np.testing.assert_allclose(together[:, place, by_itself], alone[:, 0, by_itself], atol=1e-5)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(said=st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=6), seed=st.randoms())
async def test_order_and_repetition_leave_every_measure_as_it_was(said: list[str], seed: object) -> None:
    turned = [*said, said[0]]
    seed.shuffle(turned)  # type: ignore[attr-defined]  # hypothesis annotates its randoms as nothing
    one, other = await measured(" ".join(said)), await measured(" ".join(turned))
    for place, sentence in enumerate(turned):
        np.testing.assert_allclose(other[:, place], one[:, said.index(sentence)], atol=1e-5)


async def test_a_misspelt_word_reaches_its_criterion_further_than_another_word() -> None:
    right, misspelt, other = [
        await value("late_interaction", f"I would use {word}.", "Use evaporation.")
        for word in ("evaporation", "evaportaion", "bicycles")
    ]
    assert right > misspelt > other


async def test_words_of_the_question_reach_little() -> None:
    own, echoed = [
        await value("late_interaction", text, "A healthy garden has mulch.") for text in ("Mulch.", "Healthy garden.")
    ]
    assert own > echoed


async def test_what_the_question_had_not_said_is_new() -> None:
    assert await value("new_in_segment", CRITERIA[0], CRITERIA[0]) > 0.5
    assert await value("new_in_segment", "A healthy garden.", CRITERIA[0]) < 0.2


async def test_what_is_new_but_beside_the_criterion_counts_little() -> None:
    assert await value("new_in_segment", "Lavender.", CRITERIA[0]) < 0.2


async def test_a_denial_counts_in_its_own_sentence_only() -> None:
    found = await measured("I never spread mulch. I collect rain.")
    assert found[:, :, COLUMNS["denial_in_segment"]].tolist() == [[1, 0]] * len(CRITERIA)
    assert found[0, 0, COLUMNS["denial_aligned"]] > 0
    assert not found[:, 1, COLUMNS["denial_aligned"]].any()


@pytest.mark.parametrize(
    ("said", "clashes"), [("Water for 30 minutes.", 1), ("Water for 20 minutes.", 0), ("Water it.", 0)]
)
async def test_another_value_for_the_same_unit_is_a_conflict(said: str, clashes: int) -> None:
    assert await value("number_conflict", said, CRITERIA[2]) == clashes


async def test_without_token_vectors_sentence_vectors_are_all_that_is_measured() -> None:
    embedder = HashEmbedder(dimensions=DIMENSIONS, gives_tokens=False)
    question, *criteria = [found for [found] in await embedder.encode(in_question(QUESTION, CRITERIA))]
    vectors = await embedder.embed(SENTENCES)
    found = measure_segments(view_rubric(QUESTION, CRITERIA, question, criteria), vectors)
    used = [COLUMNS[name] for name in SEGMENT_FEATURES]
    assert found.features.shape == (len(CRITERIA), len(SENTENCES), len(FEATURES))
    assert found.features[:, :, used].any(axis=(0, 1)).all()
    assert not np.delete(found.features, used, axis=2).any()
    np.testing.assert_allclose(found.features[1, :, COLUMNS["segment_cosine"]], vectors @ criteria[1].vector, atol=1e-6)
