"""How a reply is cut into what can be quoted."""

from hypothesis import given
from hypothesis import strategies as st

from app.grading.segments import MAX_WORDS, Segment, clauses, segments, word_count


def quoted(text: str) -> list[str]:
    return [text[place.start : place.end] for place in segments(text)]


def test_sentences_bullets_and_lines_stand_by_themselves() -> None:
    text = "Raw files land in S3. Then Glue runs!\n- first item\n  2) second item\ndf.write()"
    assert quoted(text) == ["Raw files land in S3.", "Then Glue runs!", "first item", "second item", "df.write()"]


def test_abbreviations_and_decimals_do_not_end_a_sentence() -> None:
    assert quoted("I use e.g. S3 and 3.5 GB of RAM, etc. in all.") == ["I use e.g. S3 and 3.5 GB of RAM, etc. in all."]


def test_semicolons_and_dashes_part_clauses() -> None:
    assert quoted("Glue crawls; Athena reads — quickly") == ["Glue crawls", "Athena reads", "quickly"]


def test_sentences_of_scripts_without_spaces_are_parted() -> None:
    assert quoted("数据存在S3。然后用Glue处理。") == ["数据存在S3。", "然后用Glue处理。"]


def test_a_sentence_of_more_than_forty_words_is_cut_where_it_pauses() -> None:
    text = " ".join(["one two three four five,"] * 12)
    found = quoted(text)
    assert all(word_count(piece) <= MAX_WORDS for piece in found)
    assert all(piece.startswith("one") and piece.endswith("five") for piece in found)


def test_a_text_without_a_letter_or_digit_has_no_segments() -> None:
    assert segments(" \n:-) … 🎉 ") == []


def test_clauses_keep_short_pieces_with_what_precedes() -> None:
    text = "I would cap the size, and sort, but never skip the review"
    places = clauses(text, Segment(0, len(text)))
    assert [text[place.start : place.end] for place in places] == [
        "I would cap the size",
        "and sort, but never skip the review",
    ]


@given(
    st.text(max_size=400) | st.lists(st.sampled_from(["word", "a.", "e.g.", "\n", " ", "- ", "；", ","])).map("".join)
)
def test_segments_are_in_order_apart_trimmed_and_short(text: str) -> None:
    end = 0
    for place in segments(text):
        piece = text[place.start : place.end]
        assert end <= place.start < place.end
        assert piece == piece.strip()
        assert word_count(piece) <= MAX_WORDS
        end = place.end


# Work that grows with the square of the length takes minutes on these: a hung run is the failure.
LONG = 100_000


def test_a_reply_of_white_space_between_two_words_is_cut_quickly() -> None:
    text = "first" + " " * LONG + "last"
    assert quoted(text) == ["first", "last"]
    assert clauses(text, Segment(0, len(text))) == [Segment(0, len(text))]


def test_long_white_space_before_a_conjunction_is_a_pause_all_the_same() -> None:
    text = "one two three four" + " " * 400 + "because five six seven eight"
    assert quoted(text) == ["one two three four", "because five six seven eight"]
    assert len(clauses(text, Segment(0, len(text)))) == 2
