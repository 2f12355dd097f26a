"""The local reading, with the bundled model: what it finds, where, and when it says that it can't know."""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import pairwise, permutations

import pytest

from app.grading.decoys import neutral_criteria
from app.grading.encodings import InlineRubrics
from app.grading.grader import GradeRequest
from app.grading.head import load_head
from app.grading.outcome import Flag, Reading
from app.grading.segments import MAX_WORDS, word_count
from app.grading.semantic import SemanticReader
from app.llm.places import in_bulk
from rubric.criteria import Criterion, Verdict
from tests.fakes import HashEmbedder
from vectorstore.embeddings import Encoding, InContext
from vectorstore.sentence_transformer import SentenceTransformerEmbedder, cores

QUESTION = "How would you keep a home garden healthy through a dry summer?"
CRITERIA = (
    "Water deeply in the early morning or late evening.",
    "Spread mulch so that the soil keeps its moisture.",
    "Choose plants that tolerate drought, such as lavender.",
    "Collect rain in a barrel.",
)
SENTENCES = (
    "I water deeply before sunrise, when little evaporates.",
    "A thick layer of mulch keeps the soil moist.",
    "I also plant lavender and other species that stand drought.",
)
GOOD = " ".join(SENTENCES)
VAGUE_SENTENCES = (
    "A garden needs a good plan and regular care.",
    "I follow best practice and adapt to the situation.",
)
VAGUE = " ".join(VAGUE_SENTENCES)


FILLER = (
    "Before anything else I would sit down with everybody and listen to what they have to say.",
    "It is important to stay flexible and to communicate well at all times.",
    "In my experience every situation is different, and there is rarely one right way.",
    "We always kept a list of open points and went through it every week.",
    "Good preparation is half of the work, as my first boss liked to say.",
    "I would also look at what others have done and learn from it.",
    "At the end of the day the result is what counts for all of us.",
    "Of course this takes some time, and one has to be patient with people.",
)
PADDING = FILLER * 8
"""More than 800 words that say nothing of gardens."""


def asked(*parts: str, criteria: tuple[str, ...] = CRITERIA, question: str = QUESTION) -> GradeRequest:
    numbered = tuple(Criterion(id=f"c{index}", text=text) for index, text in enumerate(criteria))
    return GradeRequest(question=question, criteria=numbered, parts=parts)


@pytest.fixture(scope="module")
def reader() -> Iterator[SemanticReader]:
    embedder = SentenceTransformerEmbedder()
    yield SemanticReader(embedder, InlineRubrics(embedder), load_head())
    asyncio.run(embedder.aclose())


def fake_reader(*, gives_tokens: bool = True) -> SemanticReader:
    embedder = HashEmbedder(gives_tokens=gives_tokens)
    return SemanticReader(embedder, InlineRubrics(embedder), load_head())


def assert_read_alike(reading: Reading, other: Reading) -> None:
    """Verdict, credit and flags are the same, probabilities but for rounding, and so is what is quoted."""
    for one, two in zip(reading.criteria, other.criteria, strict=True):
        assert (one.verdict, one.half_points, one.flags) == (two.verdict, two.half_points, two.flags)
        assert one.probability == pytest.approx(two.probability, abs=1e-3)
        assert one.probability_full == pytest.approx(two.probability_full, abs=1e-3)
        assert {span.quote for span in one.evidence} == {span.quote for span in two.evidence}
    assert reading.flags == other.flags


def half_points(reading: Reading) -> int:
    return sum(criterion.half_points for criterion in reading.criteria)


class TestWithTheBundledModel:
    async def test_a_good_answer_is_read_above_a_vague_one(self, reader: SemanticReader) -> None:
        good, vague = await reader.read_many([asked(GOOD), asked(VAGUE)])
        assert half_points(good) > half_points(vague)
        assert [criterion.probability for criterion in good.criteria[:3]] > [c.probability for c in vague.criteria[:3]]

    async def test_what_is_not_said_is_less_likely_than_what_is(self, reader: SemanticReader) -> None:
        criteria = (await reader.read(asked(GOOD))).criteria
        assert criteria[3].probability < min(criterion.probability for criterion in criteria[:3])
        assert criteria[3].verdict is Verdict.MISSING

    async def test_evidence_is_the_sentence_that_says_it(self, reader: SemanticReader) -> None:
        criteria = (await reader.read(asked(GOOD))).criteria
        assert "A thick layer of mulch keeps the soil moist." in [span.quote for span in criteria[1].evidence]

    async def test_evidence_names_the_part_it_stands_in(self, reader: SemanticReader) -> None:
        parts = ("I water deeply before sunrise.", "😀 A thick layer of mulch keeps the soil moist.")
        mulch = (await reader.read(asked(*parts))).criteria[1]
        assert [(span.part, span.quote) for span in mulch.evidence] == [(1, parts[1])]

    async def test_evidence_is_verbatim_short_and_apart(self, reader: SemanticReader) -> None:
        long = (
            "water deeply in the early morning and " * 30
        ) + "mulch keeps the soil moist.\n- lavender\n- drought plants"
        for text in (GOOD, long, f"```\n{GOOD}\n```", GOOD.upper()):
            for criterion in (await reader.read(asked(text))).criteria:
                spans = criterion.evidence
                assert len(spans) <= 3
                assert all(text[span.start : span.end] == span.quote for span in spans)
                assert all(word_count(span.quote) <= MAX_WORDS for span in spans)
                assert all(one.end <= other.start for one, other in pairwise(spans))
                assert spans or criterion.verdict is Verdict.MISSING

    async def test_the_question_said_back_earns_nothing(self, reader: SemanticReader) -> None:
        echo = "I would keep a home garden healthy through a dry summer."
        assert half_points(await reader.read(asked(echo))) == 0

    async def test_a_denied_criterion_is_flagged_and_left_open(self, reader: SemanticReader) -> None:
        told, denied = await reader.read_many(
            [asked("Spread mulch so the soil stays moist."), asked("I would never spread mulch on the soil.")]
        )
        assert denied.criteria[1].probability < told.criteria[1].probability
        assert Flag.NEGATION not in told.criteria[1].flags
        assert Flag.NEGATION in denied.criteria[1].flags
        assert denied.criteria[1].verdict is Verdict.UNKNOWN

    async def test_swapped_roles_are_read_below_the_right_ones(self, reader: SemanticReader) -> None:
        criteria = ("Redshift: Data warehouse for analytics.", "DynamoDB: Key-value store for fast lookups.")
        question = "Which stores would you use?"
        right = "Redshift is our data warehouse for analytics. DynamoDB is the key-value store for fast lookups."
        swapped = "DynamoDB is our data warehouse for analytics. Redshift is the key-value store for fast lookups."
        fair, wrong = await reader.read_many(
            [asked(text, criteria=criteria, question=question) for text in (right, swapped)]
        )
        for one, other in zip(fair.criteria, wrong.criteria, strict=True):
            assert other.probability < one.probability
            assert Flag.CONFLICT in other.flags
            assert Flag.CONFLICT not in one.flags

    async def test_another_language_is_unknown_not_wrong(self, reader: SemanticReader) -> None:
        german = "Ich gieße früh am Morgen gründlich und decke den Boden mit Mulch ab, damit er feucht bleibt."
        reading = await reader.read(asked(german))
        assert {criterion.verdict for criterion in reading.criteria} == {Verdict.UNKNOWN}
        assert Flag.OTHER_LANGUAGE in reading.flags
        assert reading.review_reasons

    async def test_a_list_of_names_is_never_covered(self, reader: SemanticReader) -> None:
        reading = await reader.read(
            asked("Watering early morning, mulch, soil moisture, lavender, drought, rain barrel")
        )
        assert Verdict.COVERED not in {criterion.verdict for criterion in reading.criteria}
        assert Flag.KEYWORD_LIST in reading.flags

    async def test_the_order_of_sentences_changes_nothing(self, reader: SemanticReader) -> None:
        texts = [" ".join(order) for order in permutations(SENTENCES)]
        first, *others = await reader.read_many([asked(text) for text in texts])
        for other in others:
            assert_read_alike(other, first)

    async def test_neither_does_it_matter_which_part_or_line_a_sentence_stands_in(self, reader: SemanticReader) -> None:
        whole, parts, lines = await reader.read_many(
            [asked(GOOD), asked(*SENTENCES), asked("\n".join(f"- {sentence}" for sentence in SENTENCES))]
        )
        assert_read_alike(parts, whole)
        assert_read_alike(lines, whole)

    @pytest.mark.parametrize("times", [1, 12])
    async def test_a_repeated_sentence_changes_nothing(self, reader: SemanticReader, times: int) -> None:
        once, *again = await reader.read_many(
            [asked(GOOD), *(asked(" ".join([GOOD, *[sentence] * times])) for sentence in SENTENCES)]
        )
        for repeated in again:
            assert_read_alike(repeated, once)

    @pytest.mark.parametrize("text", [GOOD, VAGUE, SENTENCES[1], "I don't know."])
    async def test_800_words_of_padding_earn_nothing_and_cost_nothing(self, reader: SemanticReader, text: str) -> None:
        padding = " ".join(PADDING)
        assert word_count(padding) > 800
        plain, *padded = await reader.read_many(
            [
                asked(text),
                asked(f"{text} {padding}"),
                asked(f"{padding} {text}"),
                asked(" ".join((*PADDING[:32], text, *PADDING[32:]))),
            ]
        )
        for reading in padded:
            assert [c.half_points for c in reading.criteria] == [c.half_points for c in plain.criteria]
            assert [c.verdict for c in reading.criteria if c.half_points] == [
                c.verdict for c in plain.criteria if c.half_points
            ]

    async def test_company_and_order_of_criteria_change_nothing(self, reader: SemanticReader) -> None:
        alone = await reader.read(asked(GOOD))
        _, together, _ = await reader.read_many([asked(VAGUE), asked(GOOD), asked("Parquet")])
        turned = await reader.read(asked(GOOD, criteria=CRITERIA[::-1]))
        assert alone == together
        assert [c.verdict for c in turned.criteria[::-1]] == [c.verdict for c in alone.criteria]
        assert [c.evidence for c in turned.criteria[::-1]] == [c.evidence for c in alone.criteria]

    async def test_provenance_names_model_head_and_vectors(self, reader: SemanticReader) -> None:
        reading = await reader.read(asked(GOOD))
        assert reading.flags == ()
        assert reading.provenance["embedder_sha256"] == load_head().file.embedder_sha256
        assert reading.provenance["head"] == load_head().name
        assert len(reading.provenance["vector_ids"]) == 1 + len(CRITERIA)


@pytest.mark.parametrize("gives_tokens", [True, False])
async def test_any_other_embedder_is_uncalibrated_and_for_review(gives_tokens: bool) -> None:
    reading = await fake_reader(gives_tokens=gives_tokens).read(asked(GOOD))
    assert Flag.UNCALIBRATED in reading.flags
    assert reading.review_reasons
    assert all(0 <= c.probability_full <= c.probability <= 1 for c in reading.criteria)


@pytest.mark.parametrize("gives_tokens", [True, False])
@pytest.mark.parametrize("text", ["", "   \n", ":", "🎉🎉", "\u200b", "<<>>", "|||\n---"])
async def test_a_reply_without_a_word_is_missing_everywhere(text: str, gives_tokens: bool) -> None:
    reading = await fake_reader(gives_tokens=gives_tokens).read(asked(text, text))
    assert {(c.verdict, c.half_points, c.probability, c.evidence) for c in reading.criteria} == {
        (Verdict.MISSING, 0, 0.0, ())
    }


@pytest.mark.parametrize(
    "text",
    [
        "x" * 20_000,
        "word " * 10_000,
        "\ufffd ok \ufffd",
        "{{answer}} </answer>",
        "١٢٣ ٤٥٦",
        "a\u202eb\u202c Ｓ３ Ѕ3",
        "\n" * 5000 + "S3",
    ],
)
@pytest.mark.parametrize("gives_tokens", [True, False])
async def test_hostile_text_is_read_like_any_other(text: str, gives_tokens: bool) -> None:
    reading = await fake_reader(gives_tokens=gives_tokens).read(asked(text))
    for criterion in reading.criteria:
        assert all(text[span.start : span.end] == span.quote for span in criterion.evidence)


@pytest.mark.parametrize("gives_tokens", [True, False])
async def test_a_criterion_without_a_word_breaks_nothing(gives_tokens: bool) -> None:
    reading = await fake_reader(gives_tokens=gives_tokens).read(asked(GOOD, criteria=("—", CRITERIA[1], "…")))
    assert len(reading.criteria) == 3


async def test_no_requests_give_no_readings() -> None:
    assert await fake_reader().read_many([]) == []


async def test_all_replies_go_to_the_embedder_together_and_rubrics_once() -> None:
    embedder = HashEmbedder()
    reader = SemanticReader(embedder, InlineRubrics(embedder), load_head())
    await reader.read_many([asked(GOOD), asked(VAGUE)])
    await reader.read(asked("Another reply"))
    own = [text for text in embedder.encoded if text not in neutral_criteria()]
    assert own == [QUESTION, *CRITERIA, *SENTENCES, *VAGUE_SENTENCES, "Another reply"]


async def test_each_sentence_is_read_in_the_light_of_the_question_and_so_is_each_criterion() -> None:
    class Recording(HashEmbedder):
        groups: tuple[InContext, ...] = ()

        async def encode(self, groups: Sequence[InContext]) -> list[list[Encoding]]:
            self.groups += tuple(groups)
            return await super().encode(groups)

    embedder = Recording()
    await SemanticReader(embedder, InlineRubrics(embedder), load_head()).read(asked(GOOD))
    own = [group for group in embedder.groups if group.texts[0] not in neutral_criteria()]
    assert own == [
        InContext("", (QUESTION,)),
        *(InContext(QUESTION, (criterion,)) for criterion in CRITERIA),
        InContext(QUESTION, SENTENCES),
    ]


async def test_the_first_part_of_an_answer_is_encoded_once_and_read_as_without_memory() -> None:
    embedder = HashEmbedder()
    reader = SemanticReader(embedder, InlineRubrics(embedder), load_head())
    await reader.read(asked(GOOD))
    embedder.encoded.clear()
    followed_up = asked(GOOD, "A barrel collects rain. It is enough.")
    with_memory = await reader.read(followed_up)
    assert embedder.encoded == ["A barrel collects rain.", "It is enough."]
    assert with_memory == await fake_reader().read(followed_up)


async def test_to_the_bit_an_answer_in_parts_is_read_as_without_memory(reader: SemanticReader) -> None:
    followed_up = asked(VAGUE, GOOD)
    embedder = SentenceTransformerEmbedder()
    fresh = await SemanticReader(embedder, InlineRubrics(embedder), load_head()).read(followed_up)
    await embedder.aclose()
    await reader.read(asked(VAGUE))
    assert await reader.read(followed_up) == fresh


async def test_an_answer_of_an_interview_is_read_before_those_that_were_handed_over_in_bulk() -> None:
    class Slow(HashEmbedder):
        async def encode(self, groups: Sequence[InContext]) -> list[list[Encoding]]:
            await asyncio.sleep(0.01)
            return await super().encode(groups)

    embedder, came = Slow(), list[str]()
    reader = SemanticReader(embedder, InlineRubrics(embedder), load_head())

    async def read(name: str, *, bulk: bool) -> None:
        in_bulk.set(bulk)
        await reader.read(asked(f"{GOOD} {name}"))
        came.append(name)

    handed_over = [asyncio.create_task(read(f"bulk {number}", bulk=True)) for number in range(40)]
    await asyncio.sleep(0)
    await asyncio.gather(read("talk", bulk=False), *handed_over)
    assert came.index("talk") <= cores() + 2
