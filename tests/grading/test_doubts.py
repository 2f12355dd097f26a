"""Answers that the local reading can't judge although it has words for them: code, and what it never saw the like of."""

from dataclasses import replace

import pytest

from app.grading.doubts import CODE_NOT_READ, UNFAMILIAR, is_code
from app.grading.encodings import InlineRubrics
from app.grading.head import Head, load_head
from app.grading.ledger import fuse
from app.grading.outcome import Critique, Flag
from app.grading.semantic import SemanticReader
from rubric.criteria import Verdict
from tests.fakes import HashEmbedder
from tests.grading.test_semantic import GOOD, asked

CODE = """```python
def water(garden):
    for bed in garden.beds:
        bed.water(litres=10)
```"""
BARE = "SELECT bed, sum(litres)\nFROM watering\nWHERE month = 'July'\nGROUP BY bed;"


@pytest.mark.parametrize("text", [CODE, BARE, "import garden\ngarden.water()", f"Like this:\n{CODE}"])
def test_code_is_told_from_prose(text: str) -> None:
    assert is_code(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        GOOD,
        "- Mulch.\n- Lavender.\n- Water in the morning; never at noon.",
        f"I would loop over the beds and water each with ten litres.\nThen I check the soil with my finger.\nAfter that I wait "
        f"a week.\nThe script does it:\nI run it every morning.\n{CODE}",
        "Redshift: a warehouse.\nDynamoDB: a key-value store.",
    ],
)
def test_prose_with_some_code_or_colons_is_prose(text: str) -> None:
    assert not is_code(text)


def calibrated_reader(head: Head) -> SemanticReader:
    embedder = HashEmbedder()
    fitted = replace(head, file=head.file.model_copy(update={"embedder_sha256": embedder.fingerprint}))
    return SemanticReader(embedder, InlineRubrics(embedder), fitted)


async def test_code_is_left_open_for_a_person() -> None:
    reading = await calibrated_reader(load_head()).read(asked(CODE))
    assert {criterion.verdict for criterion in reading.criteria} == {Verdict.UNKNOWN}
    assert Flag.CODE in reading.flags
    assert CODE_NOT_READ in reading.review_reasons


async def test_what_is_unlike_all_that_was_calibrated_on_is_left_open() -> None:
    head = load_head()
    narrow = replace(head, file=head.file.model_copy(update={"far_beyond": 0.01}))
    reading = await calibrated_reader(narrow).read(asked(GOOD))
    assert {criterion.verdict for criterion in reading.criteria} == {Verdict.UNKNOWN}
    assert Flag.UNFAMILIAR in reading.flags
    assert UNFAMILIAR in reading.review_reasons


async def test_a_critique_that_judged_the_answer_settles_such_doubts() -> None:
    request = asked(CODE)
    reading = await calibrated_reader(load_head()).read(request)
    assert CODE_NOT_READ in fuse(request, reading, None).review_reasons
    assert CODE_NOT_READ not in fuse(request, reading, Critique(status="done")).review_reasons
