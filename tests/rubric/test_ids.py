"""What did not change keeps its id from version to version."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubric.bank import Bank, Question
from rubric.bank_file import load_bank
from rubric.errors import RubricError
from rubric.ids import ids_of, with_ids, without_ids
from tests.builders import SHIPPED_BANK, a_bank, a_bank_of, a_question, a_section
from tests.rubric.strategies import banks, plain_banks

WHICH = a_question("Which services?", "S3: objects.", "RDS: rows.", "Redshift: columns.")
WHY = a_question("Why?", "It’s cheap.", "It lasts.")


def ids_by_text(bank: Bank) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for question in bank.questions():
        found.setdefault(question.text, []).append(question.id)
        for criterion in question.criteria:
            found.setdefault(criterion.text, []).append(criterion.id)
    return {text: sorted(ids) for text, ids in found.items()}


def changed(before: Bank, after: Bank) -> set[str]:
    """Texts of `after` that have an id they did not have in `before`."""
    known = ids_by_text(before)
    return {text for text, ids in ids_by_text(after).items() if known.get(text) != ids}


def test_an_edited_criterion_gets_a_new_id_and_its_siblings_keep_theirs() -> None:
    before = with_ids(a_bank_of(WHICH, WHY), None)
    edited = a_question("Which services?", "S3: objects.", "RDS: relational rows.", "Redshift: columns.")
    after = with_ids(a_bank_of(edited, WHY), before)
    assert changed(before, after) == {"RDS: relational rows."}
    assert not set(ids_by_text(after)["RDS: relational rows."]) & set(ids_of(before.questions()))


def test_an_edited_question_gets_a_new_id_and_its_criteria_keep_theirs() -> None:
    before = with_ids(a_bank_of(WHICH, WHY), None)
    after = with_ids(a_bank_of(replace(WHICH, text="Which services have you used?"), WHY), before)
    assert changed(before, after) == {"Which services have you used?"}


def test_new_questions_and_criteria_leave_the_others_as_they_were() -> None:
    before = with_ids(a_bank_of(WHICH, WHY), None)
    longer = a_question("Which services?", "Kinesis: streams.", *[criterion.text for criterion in WHICH.criteria])
    after = with_ids(a_bank_of(a_question("How?", "Well."), longer, WHY), before)
    assert changed(before, after) == {"How?", "Well.", "Kinesis: streams."}


def test_a_criterion_moved_to_another_question_keeps_its_id() -> None:
    before = with_ids(a_bank_of(WHICH, WHY), None)
    after = with_ids(a_bank_of(a_question("Which services?", "S3: objects.", "RDS: rows."),
                               a_question("Why?", "It’s cheap.", "It lasts.", "Redshift: columns.")), before)  # fmt: skip
    assert changed(before, after) == set()


def test_case_spacing_and_style_of_quotes_make_no_other_words() -> None:
    before = with_ids(a_bank_of(WHY), None)
    after = with_ids(a_bank_of(a_question("WHY?", "It's  cheap.", "it lasts.")), before)
    assert ids_of(after.questions()) == ids_of(before.questions())


def test_two_questions_with_one_wording_are_told_apart_by_their_criteria() -> None:
    first, second = a_question("Why?", "It lasts."), a_question("Why?", "It scales.")
    before = with_ids(a_bank_of(first, second), None)
    after = with_ids(a_bank_of(second, first), before)
    assert [question.id for question in after.questions()] == [question.id for question in before.questions()][::-1]


def test_given_ids_stand_even_against_the_version_before() -> None:
    before = with_ids(a_bank_of(WHICH, WHY), None)
    taken = next(before.questions()).id
    after = with_ids(a_bank_of(WHICH, replace(WHY, id=taken)), before)
    ids = [question.id for question in after.questions()]
    assert ids[1] == taken
    assert ids[0] != taken


def test_one_id_given_twice_is_refused() -> None:
    with pytest.raises(RubricError, match="the id 'a' is given twice"):
        with_ids(a_bank_of(replace(WHICH, id="a"), replace(WHY, id="a")), None)


def test_moved_sections_of_the_shipped_bank_keep_every_id() -> None:
    before = with_ids(load_bank(SHIPPED_BANK), None)
    after = with_ids(without_ids(replace(before, sections=before.sections[::-1])), before)
    assert ids_by_text(after) == ids_by_text(before)


def test_editing_any_one_criterion_of_the_shipped_bank_changes_no_other_id() -> None:
    before = with_ids(load_bank(SHIPPED_BANK), None)
    plain = without_ids(before)
    for s, section in enumerate(plain.sections):
        edited_question = section.questions[0]
        criteria = (replace(edited_question.criteria[0], text="Something else."), *edited_question.criteria[1:])
        edited = replace(section, questions=(replace(edited_question, criteria=criteria), *section.questions[1:]))
        after = with_ids(replace(plain, sections=(*plain.sections[:s], edited, *plain.sections[s + 1 :])), before)
        assert changed(before, after) == {"Something else."}


@given(bank=banks)
def test_every_id_is_there_and_unique_and_the_same_each_time(bank: Bank) -> None:
    ids = ids_of(with_ids(bank, None).questions())
    assert all(ids)
    assert len(set(ids)) == len(ids)
    assert ids == ids_of(with_ids(bank, None).questions())


@given(bank=plain_banks)
def test_importing_the_same_words_again_changes_no_id(bank: Bank) -> None:
    before = with_ids(bank, None)
    assert with_ids(before, None) == before
    assert with_ids(without_ids(before), before) == before


@given(bank=plain_banks, data=st.data())
def test_reordering_moves_ids_with_their_words(bank: Bank, data: st.DataObject) -> None:
    before = with_ids(bank, None)
    sections = tuple(
        replace(section, questions=tuple(data.draw(st.permutations(section.questions))))
        for section in data.draw(st.permutations(bank.sections))
    )
    after = with_ids(replace(bank, sections=sections), before)
    assert ids_by_text(after) == ids_by_text(before)


@given(bank=plain_banks, other=plain_banks)
def test_ids_stay_unique_whatever_the_version_before_was(bank: Bank, other: Bank) -> None:
    ids = ids_of(with_ids(bank, with_ids(other, None)).questions())
    assert all(ids)
    assert len(set(ids)) == len(ids)


@given(bank=plain_banks, data=st.data())
def test_an_added_question_changes_no_id(bank: Bank, data: st.DataObject) -> None:
    before = with_ids(bank, None)
    added: Question = a_question("A question nobody asked before?", "An answer nobody gave before.")
    at = data.draw(st.integers(0, len(bank.sections)))
    after = with_ids(a_bank(*bank.sections[:at], a_section("New", added), *bank.sections[at:]), before)
    assert changed(before, after) == {added.text, added.criteria[0].text}
