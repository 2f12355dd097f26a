from hypothesis import given
from hypothesis import strategies as st

from app.grading.normalise import MAX_CLUSTER, _unicode_view, clean, folded, has_words, is_blank, view, words


@given(st.text(st.characters(codec=None, categories=None)))
def test_cleaning_replaces_one_for_one_and_makes_any_text_storable(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned.text) == len(text)
    assert "\0" not in cleaned.text
    cleaned.text.encode("utf-8")
    assert cleaned.replaced == sum(new != old for new, old in zip(cleaned.text, text, strict=True))
    assert clean(cleaned.text).replaced == 0


def test_cleaning_leaves_everything_else_alone() -> None:
    assert clean("a\0b\ud800c") == clean("a\0b\udfffc")
    assert clean("tab\tbell\x07 emoji 😀 \u202eRTL").replaced == 0


@given(st.text())
def test_every_folded_span_leads_back_into_the_original(text: str) -> None:
    folded = view(text)
    assert len(folded.text) == len(folded.starts) == len(folded.ends)
    for at in range(len(folded.text)):
        start, end = folded.original(at, at + 1)
        assert 0 <= start < end <= len(text)
    assert list(folded.starts) == sorted(folded.starts)


@given(st.text())
def test_folding_a_folded_text_changes_nothing(text: str) -> None:
    assert view(view(text).text).text == view(text).text


def test_what_only_looks_different_is_folded_alike() -> None:
    plain = view('"Red shift" - it\'s').text
    assert view("\u201cRed\n\u00a0 shift\u201d \u2014 it\u2019s").text == plain
    assert view("\u202eRed\u200b shift\u202c").text == "red shift"
    assert view("Ｓ３ caf\u0065\u0301").text == view("s3 caf\u00e9").text


def test_words_are_folded_and_keep_marks_of_any_script() -> None:
    assert words("Don\u2019t  LOAD, data-sets!") == ["dont", "load", "data", "sets"]
    assert words("मुझे नहीं पता।") == ["मुझे", "नहीं", "पता"]


def test_nothing_visible_is_blank() -> None:
    assert all(is_blank(text) for text in ("", "  \n\t\u00a0", "\u200b" * 50, "\ufeff", "\x07"))
    assert not any(is_blank(text) for text in (".", "a", "😀", "\ufffd"))


def test_emoji_and_punctuation_are_no_words() -> None:
    assert not any(has_words(text) for text in ("...", "👍🏽 1\ufe0f\u20e3", "🇩🇪", "¿?", "->"))
    assert all(has_words(text) for text in ("a", "3", "解", "हाँ"))


# Normalised in one piece these take minutes: a hung run is the failure.
STACKED = "x" + "\u0301\u0323" * 50_000


def test_a_letter_under_a_hundred_thousand_accents_is_folded_quickly_and_keeps_its_offsets() -> None:
    folded = view(STACKED + " tail")

    assert max(end - start for start, end in zip(folded.starts, folded.ends, strict=True)) == MAX_CLUSTER
    at = folded.text.index("tail")
    assert folded.original(at, at + 4) == (len(STACKED) + 1, len(STACKED) + 5)
    assert has_words(STACKED)
    assert not has_words(STACKED[1:])


def test_what_people_write_folds_in_one_piece() -> None:
    assert view("A\u030a\u0301").text == "\u01fb"


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_plain_ascii_is_folded_as_any_other_text(text: str) -> None:
    assert view(text) == _unicode_view(text)
    assert folded(text) == view(text).text
