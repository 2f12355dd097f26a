import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.grading.quotes import QuoteFinder

QUESTION = "How would you design a data pipeline using AWS Glue and S3?"
PARTS = (
    "We keep raw files in S3.\nCrawlers infer the schema,\tthen Glue jobs clean it.",
    "Later: “Redshift” — for the reports…",
)


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("Crawlers infer the schema", "Crawlers infer the schema"),
        ("crawlers infer the schema, then glue jobs", "Crawlers infer the schema,\tthen Glue jobs"),
        ("S3. Crawlers", "S3.\nCrawlers"),
        ('"Redshift" - for the reports', "Redshift” — for the reports"),
        ("“Crawlers infer the schema…”", "Crawlers infer the schema"),
        ("Ｃrawlers\u200b infer", "Crawlers infer"),
    ],
)
def test_a_quote_that_differs_in_form_only_leads_to_the_raw_text(quote: str, found: str) -> None:
    evidence = QuoteFinder(PARTS, QUESTION).find(quote)
    assert evidence is not None
    assert evidence.quote == found
    assert PARTS[evidence.part][evidence.start : evidence.end] == found


def test_evidence_names_the_part_it_stands_in() -> None:
    finder = QuoteFinder(PARTS, QUESTION)
    assert [getattr(finder.find(quote), "part", None) for quote in ("raw files", "for the reports")] == [0, 1]


@pytest.mark.parametrize(
    "quote",
    [
        "",
        "  …",
        ".",
        "Crawlers never infer the schema",
        "clean it. Later",
        "rawl",
        "he schema",
        "data pipeline using AWS Glue",
        "S3",
        "Glue",
    ],
)
def test_invented_cut_off_straddling_or_echoed_quotes_are_void(quote: str) -> None:
    assert QuoteFinder(PARTS, QUESTION).find(quote) is None


def test_scripts_without_spaces_have_no_word_boundaries_to_respect() -> None:
    evidence = QuoteFinder(("原始数据存放在对象存储里。",), "?").find("存放在对象存储")
    assert evidence is not None
    assert evidence.quote == "存放在对象存储"


def test_homoglyphs_and_direction_marks_stay_as_typed() -> None:
    answer = "Use \u202eRedshift\u202c and Ѕ3 and Ｓ３ buckets"
    evidence = QuoteFinder((answer,), "?").find("Redshift and Ѕ3 and S3 buckets")
    assert evidence is not None
    assert answer[evidence.start : evidence.end] == evidence.quote
    assert evidence.quote.endswith("Ѕ3 and Ｓ３ buckets")


def test_a_long_quote_is_shortened_to_forty_words() -> None:
    answer = " ".join(f"word{number}" for number in range(100))
    evidence = QuoteFinder((answer,), "?").find(answer)
    assert evidence is not None
    assert len(evidence.quote.split()) == 40
    assert answer[evidence.start : evidence.end] == evidence.quote


@given(st.text(), st.text())
def test_whatever_is_found_is_verbatim(answer: str, quote: str) -> None:
    evidence = QuoteFinder((answer,), "q").find(quote)
    assert evidence is None or answer[evidence.start : evidence.end] == evidence.quote


@given(st.lists(st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1), min_size=1))
def test_whole_words_of_an_answer_are_always_found_in_it(pieces: list[str]) -> None:
    answer = " ".join(pieces)
    words = answer.split()
    quote = " ".join(words[:15])
    found = QuoteFinder((answer,), "").find(quote)
    assert found is not None or not any(character.isalnum() for character in quote)
