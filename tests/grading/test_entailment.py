"""A second local opinion: what an entailment model may do to a reading, and what it may not."""

from collections.abc import Sequence
from dataclasses import replace

from app.grading.answer_grader import AnswerGrader
from app.grading.entailment import EntailedReader, recorded_inferences, weighed
from app.grading.grader import GradeRequest
from app.grading.outcome import CriterionReading, Evidence, Flag, Graded, Reading
from app.grading.record import to_record
from rubric.criteria import Criterion, Verdict
from tests.fakes import WordEntailment
from vectorstore.entailment import Inference, Pair
from vectorstore.errors import EntailmentUnavailable

ANSWER = "Mulch is spread indeed. I would never water. A barrel might help."
SAID, DENIED, OPEN = ANSWER[:23], ANSWER[24:44], ANSWER[45:]
CRITERION = "Spread mulch."


def request(count: int = 1) -> GradeRequest:
    criteria = tuple(Criterion(id=f"k{place}", text=CRITERION) for place in range(count))
    return GradeRequest(question="How do you keep a garden?", criteria=criteria, parts=(ANSWER,))


def read(
    verdict: Verdict, *quotes: str, half_points: int = 1, probability: float = 0.5, flags: tuple[Flag, ...] = ()
) -> CriterionReading:
    spans = tuple(Evidence(0, ANSWER.index(quote), ANSWER.index(quote) + len(quote), quote) for quote in quotes)
    return CriterionReading(
        criterion_id="k0",
        verdict=verdict,
        half_points=half_points,
        probability=probability,
        probability_full=probability / 2,
        evidence=spans,
        flags=flags,
    )


class FixedReader:
    """Reads every answer as it was told."""

    def __init__(self, *criteria: CriterionReading, flags: tuple[Flag, ...] = ()) -> None:
        numbered = tuple(replace(each, criterion_id=f"k{place}") for place, each in enumerate(criteria))
        self.reading = Reading(criteria=numbered, flags=flags, provenance={"embedder": "fixed"})

    async def read(self, request: GradeRequest) -> Reading:
        return self.reading

    async def read_many(self, requests: Sequence[GradeRequest]) -> list[Reading]:
        return [self.reading for _ in requests]


class LostEntailment(WordEntailment):
    """A model that is not there."""

    async def infer(self, pairs: Sequence[Pair]) -> list[Inference]:
        raise EntailmentUnavailable("there is no such model")


async def entailed(criterion: CriterionReading, flags: tuple[Flag, ...] = ()) -> tuple[CriterionReading, Reading]:
    reading = await EntailedReader(FixedReader(criterion, flags=flags), WordEntailment()).read(request())
    return reading.criteria[0], reading


async def test_contradicted_credit_is_left_open_with_at_most_half_a_point() -> None:
    criterion, _ = await entailed(read(Verdict.COVERED, DENIED, half_points=2, probability=0.9))
    assert (criterion.verdict, criterion.half_points) == (Verdict.UNKNOWN, 1)
    assert criterion.flags == (Flag.CONTRADICTED_LOCALLY,)


async def test_confirmed_open_verdict_is_settled_at_its_estimate() -> None:
    for estimate, verdict, half_points in ((2, Verdict.COVERED, 2), (1, Verdict.PARTIAL, 1), (0, Verdict.PARTIAL, 1)):
        before = read(Verdict.UNKNOWN, SAID, half_points=estimate)
        criterion, reading = await entailed(before)
        assert (criterion.verdict, criterion.half_points) == (verdict, half_points)
        assert criterion.probability > before.probability
        assert before.probability_full <= criterion.probability_full <= criterion.probability
        assert criterion.flags == (Flag.UNCALIBRATED,)
        assert reading.review_reasons == ()


async def test_what_is_neither_said_nor_denied_stays_as_it_was_read() -> None:
    for verdict in (Verdict.COVERED, Verdict.PARTIAL, Verdict.UNKNOWN):
        before = read(verdict, OPEN)
        assert (await entailed(before))[0] == before


async def test_confirmation_changes_nothing_that_was_settled() -> None:
    for verdict in (Verdict.COVERED, Verdict.PARTIAL):
        before = read(verdict, SAID)
        assert (await entailed(before))[0] == before


async def test_conflict_of_words_is_not_settled_by_a_confirmation() -> None:
    before = read(Verdict.UNKNOWN, SAID, flags=(Flag.NEGATION,))
    assert (await entailed(before))[0] == before


async def test_answer_that_says_both_is_contradicted() -> None:
    criterion, _ = await entailed(read(Verdict.UNKNOWN, SAID, DENIED))
    assert (criterion.verdict, criterion.flags) == (Verdict.UNKNOWN, (Flag.CONTRADICTED_LOCALLY,))


async def test_what_was_not_found_is_not_asked_about() -> None:
    entailment = WordEntailment()
    before = read(Verdict.MISSING, half_points=0, probability=0.1)
    reading = await EntailedReader(FixedReader(before), entailment).read(request())
    assert (entailment.asked, reading.provenance) == ([], {"embedder": "fixed"})


async def test_another_language_and_a_list_of_names_are_not_asked_about() -> None:
    for flag in (Flag.OTHER_LANGUAGE, Flag.KEYWORD_LIST):
        before = read(Verdict.UNKNOWN, SAID)
        assert (await entailed(before, (flag,)))[0] == before


async def test_all_spans_of_an_answer_go_in_one_call_and_come_back_to_their_criteria() -> None:
    entailment = WordEntailment()
    reader = EntailedReader(
        FixedReader(read(Verdict.UNKNOWN, SAID, OPEN), read(Verdict.COVERED, DENIED), read(Verdict.PARTIAL, OPEN)),
        entailment,
    )
    reading = await reader.read(request(3))
    assert [len(call) for call in entailment.asked] == [4]
    assert [each.verdict for each in reading.criteria] == [Verdict.PARTIAL, Verdict.UNKNOWN, Verdict.PARTIAL]


async def test_grade_names_the_model_and_keeps_what_it_inferred() -> None:
    reading = await EntailedReader(FixedReader(read(Verdict.COVERED, DENIED)), WordEntailment()).read(request())
    assert reading.provenance["entailment"] == "words"
    assert reading.provenance["entailment_sha256"] == WordEntailment.fingerprint
    kept = recorded_inferences(reading.provenance)
    assert kept == {"k0": [Inference(0.0008, 0.9932)]}
    assert weighed(FixedReader(read(Verdict.COVERED, DENIED)).reading, kept).criteria == reading.criteria


async def test_without_the_model_the_reading_stands_and_its_provenance_says_why() -> None:
    before = read(Verdict.COVERED, DENIED, half_points=2, probability=0.9)
    grader = AnswerGrader(EntailedReader(FixedReader(before), LostEntailment()))
    grade = await grader.grade(request())
    assert isinstance(grade, Graded)
    assert grade.criteria[0].verdict is Verdict.COVERED
    assert not grade.needs_review
    record = to_record(grade, grade_id="g1", row_id=None)
    assert record["provenance"]["entailment"] == "words"
    assert record["provenance"]["entailment_error"] == "there is no such model"
    assert "entailment_sha256" not in record["provenance"]
