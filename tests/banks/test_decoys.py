"""Decoys of a bank's questions come from its other sections, and from the pool where those are about the same."""

import numpy as np

from app.banks.decoys import BankDecoys
from app.banks.passages import passages_of
from app.errors import NotFound
from app.grading.decoys import neutral_criteria
from app.grading.grader import BankRef, GradeRequest
from rubric.bank import Bank
from tests.builders import a_bank, a_question, a_section
from tests.fakes import HashEmbedder, InMemoryVectorStore

REF = BankRef("storage", 1, "ab" * 32)
FOREIGN = ("Cuts dovetail joints.", "Fires glazed pottery twice.", "Quenches blades.", "Herds sheep with whistles.")
BANK = a_bank(
    a_section("Storage", a_question("Why object storage?", "Cheap object storage lasts.", id="q1")),
    a_section(
        "Crafts",
        a_question("Which crafts?", *FOREIGN, id="q2"),
        a_question("Why more storage?", "Why object storage lasts.", id="q3"),
    ),
)


async def decoys(bank: Bank | None, question_id: str = "q1") -> list[str]:
    """The candidates for a question, with the bank's vectors in the store."""
    embedder, store = HashEmbedder(), InMemoryVectorStore()
    passages = list(passages_of(BANK))
    await store.index(passages, await embedder.embed([passage.text for passage in passages]))

    async def find(ref: BankRef) -> Bank:
        assert ref == REF
        if bank is None:
            raise NotFound("it was deleted")
        return bank

    question = BANK.question(question_id)
    request = GradeRequest(
        question=question.text, criteria=question.criteria, parts=("x",), question_id=question_id, bank=REF
    )
    found = await BankDecoys(store, embedder, find).of(request)
    assert all(np.isclose(np.linalg.norm(decoy.vector), 1) for decoy in found)
    return [decoy.text for decoy in found]


async def test_they_are_criteria_of_another_section_that_are_about_something_else() -> None:
    found = await decoys(BANK)
    assert len(set(found)) == 3
    assert "Why object storage lasts." not in found
    assert set(found) & set(FOREIGN)


async def test_they_are_the_same_every_time() -> None:
    assert await decoys(BANK) == await decoys(BANK)


async def test_a_bank_of_one_section_takes_them_from_the_pool() -> None:
    assert set(await decoys(a_bank(BANK.sections[0]))) <= set(neutral_criteria())


async def test_a_bank_that_is_no_longer_there_takes_them_from_the_pool() -> None:
    assert set(await decoys(None)) <= set(neutral_criteria())
