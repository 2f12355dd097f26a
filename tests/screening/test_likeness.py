"""Answers that are nearly the same in their wording are shown to people in groups."""

import csv
import io
from fractions import Fraction

from app.screening.examples.make import answers_csv
from app.screening.likeness import FEWEST_WORDS, alike, pairs

COPIED = (
    "Raw files land in one bucket and stay there untouched, a nightly job cleans them, and analysts read the result "
    "from the warehouse once the checks have passed."
)
OWN = (
    "I would begin with a crawler for the schema, transform with a scheduled script, and keep the cleaned rows in "
    "columnar files so that queries stay cheap for everybody."
)


def test_a_copy_with_a_few_words_changed_is_shown_beside_the_first() -> None:
    found = alike(
        {
            "p1": {"store": COPIED},
            "p2": {"store": OWN},
            "p3": {"store": COPIED.replace("analysts read", "people read") + " That is it."},
        }
    )
    (group,) = found
    assert [member.candidate for member in group.members] == ["p1", "p3"]
    assert group.members[0].share == 1
    assert Fraction(1, 2) <= group.members[1].share < 1


def test_case_and_punctuation_make_no_other_text() -> None:
    (group,) = alike({"p1": {"store": COPIED}, "p2": {"store": COPIED.upper().replace(",", " ,")}})
    assert group.members[1].share == 1


def test_answers_in_their_own_words_are_not_alike_nor_are_those_to_different_questions() -> None:
    assert alike({"p1": {"store": COPIED}, "p2": {"store": OWN}, "p3": {"move": COPIED}}) == ()


def test_short_answers_are_alike_by_chance_and_told_nobody() -> None:
    short = " ".join(["storage"] * (FEWEST_WORDS - 1))
    assert alike({"p1": {"store": short}, "p2": {"store": short}}) == ()


def test_a_text_that_went_round_is_one_group_however_many_have_it() -> None:
    (group,) = alike({f"p{number}": {"store": f"{COPIED} Best, {number}"} for number in range(500)})
    assert len(group.members) == 500


def test_a_phrase_that_everybody_uses_makes_nobody_alike() -> None:
    texts = {
        f"p{number}": {"store": "To answer how do you store raw data: " + " ".join(f"w{number}x{n}" for n in range(30))}
        for number in range(300)
    }
    assert alike(texts) == ()


def test_who_shares_most_answers_with_whom_is_told_first() -> None:
    texts: dict[str, dict[str, str]] = {}
    for row in csv.DictReader(io.StringIO(answers_csv())):
        texts.setdefault(row["candidate"], {})[row["question"]] = row["answer"]
    first, *_ = pairs(alike(texts))
    assert (first.first, first.second) == ("p003", "p017")
    assert first.answers > 5


def test_one_answer_alike_makes_no_pair() -> None:
    assert pairs(alike({"p1": {"store": COPIED, "move": OWN}, "p2": {"store": COPIED}})) == ()
