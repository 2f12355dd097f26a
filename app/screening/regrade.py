"""Stored grades made again and held beside what they were, before anything is kept."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from app.banks.catalogue import BankCatalogue, BankVersion
from app.errors import InvalidInput, NotFound
from app.grading.grader import BankRef, GradeRequest
from app.grading.outcome import DECISION, Graded, Outcome, Reading, Source
from app.grading.record import from_record
from app.grading.regrading import GradeChange, Regrader, as_record, compare
from app.interviews.graded_answers import GradedAnswer
from app.interviews.models import GradeRecord, Interview, Script
from app.reports.report import build_report
from app.screening.batch import request_of
from app.screening.output import DIGEST
from app.screening.rows import AnyRow, Row
from rubric.bank import Band
from vectorstore.errors import EmbedderUnavailable, VectorStoreError

_TOTALS = ("compared", "changed", "verdicts", "verdicts_changed", "scores_changed", "bands_changed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A stored grade that can be made again.

    Attributes:
        place: Where it stands, for people: of an interview, or of a row.
        request_then, request_now: What was graded, and what is asked now; `bands_` likewise.
        blind: Whether nobody may see yet what the machine gave.
        source: The stored grade of an interview; None for a row.
    """

    grade_id: str
    place: Mapping[str, Any]
    outcome: Graded
    request_then: GradeRequest
    request_now: GradeRequest
    bands_then: Sequence[Band] = ()
    bands_now: Sequence[Band] = ()
    blind: bool = False
    source: GradedAnswer | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A stored grade that stays as it is, and why."""

    grade_id: str
    place: Mapping[str, Any]
    why: str


@dataclass(frozen=True, slots=True)
class Made:
    """A grade made again."""

    known: Known
    outcome: Graded
    reading: Reading
    change: GradeChange


@dataclass(slots=True)
class Regrade:
    """Everything that was made again, and what was not."""

    made: list[Made] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    async def add(self, found: Known | Skipped, regrader: Regrader) -> None:
        """Make a grade again.

        Raises:
            EmbedderUnavailable: The model cannot be loaded or reached, so none of them can be made again.
        """
        if isinstance(found, Skipped):
            self.skipped.append(found)
            return
        try:
            outcome, reading = await regrader.again(found.outcome, found.request_then, found.request_now)
        except EmbedderUnavailable:
            raise
        except VectorStoreError as error:
            self.skipped.append(Skipped(found.grade_id, found.place, str(error)))
            return
        change = compare(found.outcome, outcome, then=found.bands_then, now=found.bands_now)
        self.made.append(Made(found, outcome, reading, change))

    def record(self, now: datetime) -> dict[str, Any]:
        """What changes, as plain values: pairs are then and now. What nobody may see yet is only counted."""
        changed = [one for one in self.made if one.change.is_change]
        shown = [one for one in changed if not one.known.blind]
        return {
            "totals": {**self._totals(), "skipped": len(self.skipped), "blind": len(changed) - len(shown)},
            "changes": [{"grade_id": one.known.grade_id, **one.known.place, **as_record(one.change)} for one in shown],
            "interviews": list(_interviews(self.made, now)),
            "skipped": [{"grade_id": one.grade_id, **one.place, "why": one.why} for one in self.skipped],
        }

    def _totals(self) -> dict[str, int]:
        counts = Counter[str]()
        for one in self.made:
            change = one.change
            counts["compared"] += 1
            counts["changed"] += change.is_change
            counts["verdicts"] += change.compared
            counts["verdicts_changed"] += len(change.criteria)
            counts["scores_changed"] += change.scores[0] != change.scores[1]
            counts["bands_changed"] += change.bands[0] != change.bands[1]
            counts["to_review_then"] += change.reviews[0]
            counts["to_review_now"] += change.reviews[1]
        return {name: counts[name] for name in (*_TOTALS, "to_review_then", "to_review_now")}


async def of_interviews(answers: AsyncIterator[GradedAnswer], banks: BankCatalogue) -> AsyncIterator[Known | Skipped]:
    """What of the grades of interviews can be made again, with the newest version of each bank."""
    newest: dict[str, BankVersion] = {}
    async for found in answers:
        name = found.version.name
        if name not in newest:
            newest[name] = await banks.get(name)
        yield _of_interview(found, newest[name])


async def of_rows(
    grades: Iterable[Mapping[str, Any]], rows: Iterator[AnyRow], banks: BankCatalogue
) -> AsyncIterator[Known | Skipped]:
    """What of a file of grades can be made again, given its rows; both in their order.

    Raises:
        InvalidInput: The grades are not those of these rows.
    """
    for number, record in enumerate(grades, start=1):
        row = next(rows, None)
        if row is None or record["provenance"].get(DIGEST) != row.sha256:
            raise InvalidInput(
                f"The grade in line {number} is not of that row of the input; give the input it was made of."
            )
        yield await _of_row(record, row, banks)


def _of_interview(found: GradedAnswer, newest: BankVersion) -> Known | Skipped:
    place = {"interview": found.interview.id, "question_id": found.answer.question_id}
    outcome, grade_id = found.grade.outcome, found.grade.id
    if (why := _stays(outcome)) is not None or not isinstance(outcome, Graded):
        return Skipped(grade_id, place, why or "")
    try:
        question = newest.bank.question(found.answer.question_id)
    except KeyError:
        return Skipped(
            grade_id, place, f"version {newest.version} of the bank {newest.name} does not have the question"
        )
    if not question.criteria:
        return Skipped(grade_id, place, f"the question has no criteria in version {newest.version} of {newest.name}")
    now = replace(found.request, question=question.text, criteria=question.criteria, bank=newest.ref)
    return Known(
        grade_id=grade_id,
        place=place,
        outcome=outcome,
        request_then=found.request,
        request_now=now,
        bands_then=found.version.bank.bands,
        bands_now=newest.bank.bands,
        blind=found.grade.audit_sample,
        source=found,
    )


async def _of_row(record: Mapping[str, Any], row: AnyRow, banks: BankCatalogue) -> Known | Skipped:
    place = {"id": row.id, "line": row.number}
    grade_id = str(record.get("grade_id"))
    try:
        outcome = from_record(record)
    except (KeyError, ValueError, TypeError):
        return Skipped(grade_id, place, "the grade can't be read")
    if (why := _stays(outcome)) is not None or not isinstance(outcome, Graded) or not isinstance(row, Row):
        return Skipped(grade_id, place, why or "")
    told = record["provenance"]

    async def then(bank: str, question_id: str) -> tuple[BankRef, Any]:
        version = await banks.get(bank, told.get("bank_version"))
        return version.ref, version.bank.question(question_id)

    async def now(bank: str, question_id: str) -> tuple[BankRef, Any]:
        version = await banks.get(bank)
        return version.ref, version.bank.question(question_id)

    try:
        asked_then, asked_now = await request_of(row, then), await request_of(row, now)
    except (NotFound, InvalidInput, KeyError):
        return Skipped(grade_id, place, "the bank does not have the question any more")
    bands: list[Sequence[Band]] = [
        (await banks.get(asked.bank.name, asked.bank.version)).bank.bands if asked.bank is not None else ()
        for asked in (asked_then, asked_now)
    ]
    return Known(
        grade_id=grade_id,
        place=place,
        outcome=outcome,
        request_then=asked_then,
        request_now=asked_now,
        bands_then=bands[0],
        bands_now=bands[1],
    )


def _stays(outcome: Outcome) -> str | None:
    """Why a grade is not made again; None where it can be."""
    if not isinstance(outcome, Graded):
        return f"it has no grade yet: {outcome.reason}"
    if DECISION in outcome.provenance or any(line.source is Source.PERSON for line in outcome.criteria):
        return "a person decided it"
    return None


def _interviews(made: Sequence[Made], now: datetime) -> Iterator[dict[str, Any]]:
    """Score and band of each interview with a change, as its report has them and would have them."""
    by_interview: dict[str, list[Made]] = {}
    for one in made:
        if one.known.source is not None:
            by_interview.setdefault(one.known.source.interview.id, []).append(one)
    for id_, members in by_interview.items():
        sources = [(one, one.known.source) for one in members if one.known.source is not None]
        if any(one.known.blind for one in members) or not any(one.change.is_change for one in members):
            continue
        interview, version = sources[0][1].interview, sources[0][1].version
        then = {source.answer.question_id: source.grade for _, source in sources}
        after = {source.answer.question_id: replace(source.grade, outcome=one.outcome) for one, source in sources}
        bank_now = replace(version.bank, bands=tuple(members[0].known.bands_now))
        pairs = [
            _standing(interview, Script(version.bank, interview.plan, interview.language), then, now),
            _standing(interview, Script(bank_now, interview.plan, interview.language), after, now),
        ]
        yield {
            "interview": id_,
            "score": [score for score, _ in pairs],
            "band": [band for _, band in pairs],
        }


def _standing(
    interview: Interview, script: Script, grades: Mapping[str, GradeRecord], now: datetime
) -> tuple[float | None, str | None]:
    report = build_report(interview, script, grades, now=now)
    score = report.overall.score
    band = report.call.band if report.call is not None else None
    return (round(float(score.value), 4) if score is not None else None, band.name if band is not None else None)
