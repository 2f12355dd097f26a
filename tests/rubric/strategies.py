"""Arbitrary banks, with the texts that break formats: markup, markers, formulas, line breaks."""

from hypothesis import strategies as st

from rubric.bank import Band, Bank, Question, QuestionTranslation, Section, SkipPolicy, Term
from rubric.criteria import Criterion

ONE_LINERS = [
    "- a", "1. b", "2) c", "# d", "=SUM(A1)", "'=x", "''y", "@me", "+1", "-1", "yes", "null", "12", "*a* `b` <c>", "a \\* b",
    "back\\", "[x]: y", "e #", "a|b;c", 'say "x", y', "“q” ‘r’", "a\u00a0b", "•z", "~", "3.5 GB", "a: b", "&amp;", "\u200bx",
    "---", "x\ty", "{{ a }}", "===", "C#", "😀", "::", "!x", "1.", "-", "<!-- x -->", "```", "* * *", "_ _ _", "> q", "\\",
]  # fmt: skip
_NASTY = st.sampled_from(
    [*ONE_LINERS, "a\nb", "a\n\n  b", "a\n- b", "a\n# b", "_x0041_", "a\u2028b", "x\n===", "x\n1. y"]
)
_FREE = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")), min_size=1, max_size=30)
texts = (_NASTY | _FREE).map(str.strip).filter(bool)
ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,12}", fullmatch=True)
languages = st.sampled_from(["de", "pt-BR", "no"])
_maybe = st.none() | texts

criteria = st.builds(
    Criterion,
    text=texts,
    weight=st.integers(1, 1000),
    must_have=st.booleans(),
    translations=st.dictionaries(languages, texts, max_size=2),
)
questions = st.builds(
    Question,
    text=texts,
    criteria=st.lists(criteria, max_size=4).map(tuple),
    follow_up=_maybe,
    clarification=_maybe,
    terms=st.lists(st.builds(Term, term=texts, gloss=texts), max_size=2).map(tuple),
    offer_related=st.booleans(),
    explain_code=st.booleans(),
    skip=st.sampled_from(SkipPolicy),
    time_limit_s=st.none() | st.integers(1, 86_400),
    tags=st.lists(texts, max_size=2).map(tuple),
    translations=st.dictionaries(
        languages, st.builds(QuestionTranslation, text=texts, follow_up=_maybe, clarification=_maybe), max_size=2
    ),
)
sections = st.builds(
    Section,
    title=texts,
    questions=st.lists(questions, min_size=1, max_size=3).map(tuple),
    translations=st.dictionaries(languages, texts, max_size=2),
)
bands = st.lists(st.integers(0, 100), unique=True, max_size=4).map(
    lambda minimums: tuple(Band(name=f"band {minimum}", minimum=minimum) for minimum in sorted(minimums))
)
banks = st.builds(
    Bank,
    name=st.just("storage"),
    sections=st.lists(sections, min_size=1, max_size=3).map(tuple),
    title=st.just("") | texts,
    language=st.sampled_from(["en", "de", "zh-Hant"]),
    bands=bands,
    minimum_completeness=st.integers(0, 100),
)

_plain_questions = st.builds(
    Question,
    text=texts,
    criteria=st.lists(st.builds(Criterion, text=texts), max_size=4).map(tuple),
)
plain_banks = st.builds(
    Bank,
    name=st.just("storage"),
    sections=st.lists(
        st.builds(Section, title=texts, questions=st.lists(_plain_questions, min_size=1, max_size=3).map(tuple)),
        min_size=1,
        max_size=3,
    ).map(tuple),
)
"""Banks of nothing but titles, questions and criteria."""
