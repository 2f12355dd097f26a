"""How alike words are written."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.grading.spelling import Spellings

WORDS = st.lists(st.text(max_size=12), max_size=8)


def likeness(one: str, other: str) -> float:
    return float(Spellings([one]).likeness([other])[0, 0])


@pytest.mark.parametrize(
    ("meant", "written"),
    [
        ("evaporation", "evaportaion"),
        ("partition", "partitions"),
        ("warehouse", "werehouse"),
        ("snowflake", "snowflke"),
    ],
)
def test_a_misspelt_or_inflected_word_is_near_and_an_unrelated_one_far(meant: str, written: str) -> None:
    assert likeness(meant, written) > 0.5
    assert likeness(meant, "bicycle") < 0.2
    assert likeness(meant, "") == 0


def test_a_word_in_one_with_another_is_nearer_than_one_that_is_not() -> None:
    assert likeness("database", "databaseserver") > 0.4 > likeness("database", "webserver")


def test_an_empty_word_is_like_none_not_even_another() -> None:
    assert not Spellings(["", "mulch"]).likeness(["", "mulch"])[0].any()
    assert Spellings(["", "mulch"]).likeness(["", "mulch"])[1].tolist() == [0, 1]


def test_no_words_are_no_rows_or_columns() -> None:
    assert Spellings([]).likeness(["mulch"]).shape == (0, 1)
    assert Spellings(["mulch"]).likeness([]).shape == (1, 0)


def test_letters_that_no_own_word_has_still_part_words() -> None:
    """Trigrams foreign to all own words count as unshared, not as absent."""
    assert likeness("mulch", "mulch") == 1
    assert likeness("mulch", "mulching") < 1


@given(own=WORDS, others=WORDS)
def test_likeness_is_a_share_mutual_and_of_the_pair_alone(own: list[str], others: list[str]) -> None:
    found = Spellings(own).likeness(others)
    assert found.shape == (len(own), len(others))
    assert ((found >= 0) & (found <= 1)).all()
    np.testing.assert_array_equal(found, Spellings(others).likeness(own).T)
    for row, one in enumerate(own):
        for column, other in enumerate(others):
            assert found[row, column] == pytest.approx(likeness(one, other))
            if one == other:
                assert found[row, column] == bool(one)
