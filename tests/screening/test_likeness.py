"""Answers that are nearly the same in their wording are shown to people in groups."""

from fractions import Fraction

from app.screening.examples.make import answers_csv
from app.screening.likeness import FEWEST_WORDS, alike
from tests.screening.values import looked_through

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


def test_the_copy_in_the_example_is_found() -> None:
    lines = answers_csv().splitlines()
    own = [line for line in lines[1:] if line.startswith(("p003", "p017"))]
    assert len(own) == 20
    texts: dict[str, dict[str, str]] = {}
    for number, line in enumerate(own):
        texts.setdefault(line[:4], {})[f"q{number % 10}"] = line.split(",", 2)[2]
    assert {member.candidate for group in alike(texts) for member in group.members} == {"p003", "p017"}


def test_texts_come_as_a_file_has_them() -> None:
    found = looked_through(f'candidate,question,answer\np1,store,"{COPIED}"\np2,store,"{COPIED}"\n')
    texts: dict[str, dict[str, str]] = {}
    for answer in found.answers:
        texts.setdefault(answer.candidate, {})[answer.question_id] = answer.text
    assert len(alike(texts)) == 1
