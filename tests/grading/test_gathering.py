"""Readings asked for one by one are made in blocks, and each still gets its own."""

import asyncio
from collections.abc import Sequence

import pytest

from app.grading.gathering import BLOCK, GatheringReader
from app.grading.grader import GradeRequest
from app.grading.outcome import Reading
from rubric.criteria import Criterion
from vectorstore.errors import EmbedderUnavailable, VectorsStale

CRITERIA = (Criterion(id="c1", text="Storage"),)


def asked(text: str) -> GradeRequest:
    return GradeRequest(question="What first?", criteria=CRITERIA, parts=(text,))


class Blocks:
    """A reader that gives the answer's text as the language, and waits while its gate is shut."""

    def __init__(self) -> None:
        self.blocks: list[list[str]] = []
        self.gate = asyncio.Event()

    async def read_many(self, requests: Sequence[GradeRequest]) -> list[Reading]:
        texts = [request.parts[0] for request in requests]
        self.blocks.append(texts)
        await self.gate.wait()
        if "down" in texts:
            raise EmbedderUnavailable("The model is not there.")
        if "stale" in texts:
            raise VectorsStale(("stale",))
        return [Reading(criteria=(), language=text) for text in texts]


async def test_a_single_answer_is_read_at_once() -> None:
    reader = Blocks()
    reader.gate.set()
    assert (await GatheringReader(reader).read(asked("one"))).language == "one"
    assert reader.blocks == [["one"]]


async def test_what_comes_while_blocks_are_under_way_is_read_together_and_in_bounds() -> None:
    reader = Blocks()
    gathering = GatheringReader(reader)
    readings = [asyncio.create_task(gathering.read(asked(str(number)))) for number in range(100)]
    while len(reader.blocks) < 2:
        await asyncio.sleep(0)
    reader.gate.set()
    assert [(await reading).language for reading in readings] == [str(number) for number in range(100)]
    assert sum(map(len, reader.blocks)) == 100
    assert max(map(len, reader.blocks)) == BLOCK


async def test_one_answer_that_cannot_be_read_does_not_take_its_block_along() -> None:
    reader = Blocks()
    reader.gate.set()
    gathering = GatheringReader(reader)
    found = await asyncio.gather(*(gathering.read(asked(text)) for text in ("a", "stale", "b")), return_exceptions=True)
    assert [one.language if isinstance(one, Reading) else type(one) for one in found] == ["a", VectorsStale, "b"]


async def test_without_the_model_everybody_is_told_so_and_later_ones_are_read_again() -> None:
    reader = Blocks()
    reader.gate.set()
    gathering = GatheringReader(reader)
    with pytest.raises(EmbedderUnavailable):
        await gathering.read(asked("down"))
    assert (await gathering.read(asked("up"))).language == "up"


async def test_who_gave_up_waiting_is_not_read_for() -> None:
    reader = Blocks()
    gathering = GatheringReader(reader)
    under_way = []
    for text in ("a", "b"):
        under_way.append(asyncio.create_task(gathering.read(asked(text))))
        while [text] not in reader.blocks:
            await asyncio.sleep(0)
    waiting = [asyncio.create_task(gathering.read(asked(text))) for text in ("c", "d")]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await asyncio.gather(waiting[0], return_exceptions=True)
    reader.gate.set()
    await asyncio.gather(*under_way, waiting[1])
    assert reader.blocks == [["a"], ["b"], ["d"]]
