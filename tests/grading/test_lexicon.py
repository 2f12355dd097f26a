"""Which words carry content, deny, count or turn a statement round."""

import pytest

from app.grading.lexicon import content_stems, denials, is_keyword_list, numbers, opposed, stem


@pytest.mark.parametrize("form", ["partitions", "partitioned", "partitioning", "Partition"])
def test_forms_of_a_word_share_a_stem(form: str) -> None:
    assert stem(form) == stem("partition")


def test_stop_words_carry_no_content() -> None:
    assert content_stems("What would you use it for?") == frozenset()


@pytest.mark.parametrize(
    ("text", "cues"),
    [
        ("It doesn't support SQL.", 1),
        ("roles instead \t of keys", 1),
        ("It doesn’t support SQL.", 1),
        ("You cannot avoid partitioning.", 2),
        ("There is no need to, it is a waste of time.", 3),
        ("It supports SQL.", 0),
    ],
)
def test_cues_of_denial_are_counted(text: str, cues: int) -> None:
    assert denials(text) == cues


def test_numbers_have_units_and_names_with_digits_are_no_numbers() -> None:
    assert numbers("S3 moves it after 30 days, at 5%") == {("30", stem("days")), ("5", "%")}


@pytest.mark.parametrize(
    ("criterion", "said", "times"),
    [
        ("Offset pagination is slow", "offset paging stays fast", 1),
        ("Compress the columns", "leave them uncompressed", 1),
        ("Slow for deep pages", "slow on deep pages, fast on others", 0),
        ("Store raw data", "keep the raw files", 0),
    ],
)
def test_words_turned_into_their_opposite_are_counted(criterion: str, said: str, times: int) -> None:
    assert opposed(criterion, said) == times


def test_a_list_of_names_is_told_from_a_terse_answer() -> None:
    assert is_keyword_list("S3, Glue, Crawlers, Redshift, ETL, Athena, Lambda")
    assert not is_keyword_list("raw/ on S3 -> crawler -> Glue job -> Parquet, partitioned by dt")
    assert not is_keyword_list("S3 for raw files, Glue for jobs, Athena for SQL, Redshift, EMR")
