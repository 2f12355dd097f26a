"""The grader of answers: pre-check, local reading, critique, fusion.

The steps can also be taken one by one, as an interview needs them: `read` within a turn, `provisional` for a ledger
shown at once, `complete` when the critique's turn has come.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from app.grading.critique import MOST_AT_ONCE, Critic
from app.grading.decoys import chosen
from app.grading.exemplars import Exemplar, Exemplars, ExemplarsUnavailable
from app.grading.grader import GradeRequest
from app.grading.ledger import decide, fuse
from app.grading.normalise import clean
from app.grading.outcome import CriterionReading, Critique, Flag, Graded, Outcome, Reading, StopReason, Ungraded
from app.grading.precheck import precheck
from app.grading.second_look import at_best, is_drawn, passed_over
from app.telemetry import readings
from rubric.criteria import Verdict
from vectorstore.errors import EmbedderUnavailable, VectorStoreError

PENDING = Critique(status="pending")
EMBEDDER_UNAVAILABLE = "embedder_unavailable"


class Reader(Protocol):
    """Reads answers locally."""

    async def read(self, request: GradeRequest) -> Reading:
        """One answer.

        Raises:
            EmbedderUnavailable: The embedding model cannot be loaded or reached.
            VectorStoreError: The criteria's vectors cannot be read.
        """
        ...

    async def read_many(self, requests: Sequence[GradeRequest]) -> list[Reading]:
        """Several answers, in order; raises as `read` does."""
        ...


class AnswerGrader:
    """Grades answers with a local reader and, where a chat model is configured, a critic."""

    def __init__(
        self,
        reader: Reader,
        critic: Critic | None = None,
        exemplars: Exemplars | None = None,
        *,
        second_looks: float = 0.0,
        judged_languages: frozenset[str] = frozenset(),
    ) -> None:
        """A grader.

        Args:
            reader: Reads every answer.
            critic: Judges what the reader let pass; without one the local readings are the grades.
            exemplars: What the critic is shown; without them nothing.
            second_looks: Share of answers, 0..1, drawn by their content, where the critic is asked again about
                criteria that it left undecided, if that can spare a person the answer.
            judged_languages: ISO 639-1 codes of those that the critic was validated for.
        """
        self._reader = reader
        self._critic = critic
        self._exemplars = exemplars
        self._second_looks = second_looks
        self._judged_languages = judged_languages

    def judged_by(self, critic: Critic) -> "AnswerGrader":
        """This grader with another critic."""
        return AnswerGrader(self._reader, critic, self._exemplars, judged_languages=self._judged_languages)

    async def grade(self, request: GradeRequest) -> Outcome:
        """The outcome of one answer; the critique, where one is wanted, is waited for."""
        try:
            reading = await self.read(request)
        except VectorStoreError as error:
            return unread(request, error)
        return await self.complete(request, reading)

    async def read(self, request: GradeRequest) -> Reading:
        """The local reading; stopped where the pre-check finds that nothing was said.

        Raises:
            EmbedderUnavailable: The embedding model cannot be loaded or reached.
            VectorStoreError: The criteria's vectors cannot be read.
        """
        request = cleaned(request)
        reason = precheck(request)
        if reason is not None:
            readings.stopped(1)
            return stopped(request, reason)
        with readings.reading(1):
            return await self._reader.read(request)

    async def read_many(self, requests: Sequence[GradeRequest]) -> list[Reading]:
        """The local readings of several answers, in order, with one call of the reader; raises as `read` does."""
        clean_requests = [cleaned(request) for request in requests]
        reasons = [precheck(request) for request in clean_requests]
        passed = [request for request, reason in zip(clean_requests, reasons, strict=True) if reason is None]
        readings.stopped(len(requests) - len(passed))
        read = iter(await self._read_passed(passed) if passed else ())
        return [
            next(read) if reason is None else stopped(request, reason)
            for request, reason in zip(clean_requests, reasons, strict=True)
        ]

    async def _read_passed(self, requests: Sequence[GradeRequest]) -> list[Reading]:
        with readings.reading(len(requests)):
            return await self._reader.read_many(requests)

    def wants_critique(self, reading: Reading) -> bool:
        """Whether a critique of this answer is to be asked for."""
        return self._critic is not None and reading.stopped is None

    async def complete(self, request: GradeRequest, reading: Reading) -> Graded:
        """The grade with its critique, asked for now; without one where none is wanted."""
        request = cleaned(request)
        if self._critic is None or reading.stopped is not None:
            return fuse(request, reading, None)
        asked = request if request.decoy else replace(request, decoy=chosen(request, reading.decoys))
        return await self._critiqued(self._critic, asked, reading)

    async def _critiqued(self, critic: Critic, request: GradeRequest, reading: Reading) -> Graded:
        exemplars, trouble = await self._nearest(request, reading)
        critique = await critic.judge(request, exemplars)
        if trouble is not None:
            critique = replace(critique, provenance={**critique.provenance, "exemplars_missed": trouble})
        critique = self.vouched(critique, reading)
        graded = fuse(request, reading, critique)
        undecided = self._undecided(critic, request, reading, critique) if graded.needs_review else frozenset()
        if not undecided:
            return graded
        if not is_drawn(request, self._second_looks):
            return fuse(request, reading, passed_over(critique, undecided))
        return fuse(request, reading, await critic.judge_again(request, critique, undecided, exemplars))

    def vouched(self, critique: Critique, reading: Reading) -> Critique:
        """The critique, with the answer's language where it takes the place of a reading that can't judge it."""
        language = reading.language
        if language not in self._judged_languages:
            told = {key: value for key, value in critique.provenance.items() if key != "vouched_language"}
            return replace(critique, vouched_language=None, provenance=told)
        return replace(
            critique,
            vouched_language=language,
            provenance={**critique.provenance, "vouched_language": language},
        )

    def _undecided(self, critic: Critic, request: GradeRequest, reading: Reading, critique: Critique) -> frozenset[str]:
        """The criteria to look at twice, in one request: none where even agreement would leave a person the answer."""
        if not self._second_looks or critique.status != "done":
            return frozenset()
        independent = critic.has_second_model
        pairs = zip(reading.criteria, critique.judgements, strict=True)
        decisions = {judgement.criterion_id: decide(read, judgement) for read, judgement in pairs}
        found = frozenset(id_ for id_, made in decisions.items() if made.flags or (made.opposed and independent))
        if not found or len(found) > MOST_AT_ONCE:
            return frozenset()
        best = at_best(critique, reading, found, is_independent=independent)
        return frozenset() if fuse(request, reading, best).needs_review else found

    async def _nearest(self, request: GradeRequest, reading: Reading) -> tuple[tuple[Exemplar, ...], str | None]:
        """The exemplars to show; none, and why, where the shelf is out of order."""
        if self._exemplars is None:
            return (), None
        try:
            return await self._exemplars.nearest(request, reading), None
        except ExemplarsUnavailable as error:
            return (), str(error)

    def provisional(self, request: GradeRequest, reading: Reading) -> Graded:
        """The grade as it stands before the critique: pending where one is wanted."""
        return fuse(cleaned(request), reading, PENDING if self.wants_critique(reading) else None)


def cleaned(request: GradeRequest) -> GradeRequest:
    """The request with storable text, counting what had to be replaced in the answer; itself when all is well."""
    parts = [clean(part) for part in request.parts]
    replaced = sum(part.replaced for part in parts)
    question = clean(request.question).text
    criteria = tuple(
        criterion if clean(criterion.text).replaced == 0 else replace(criterion, text=clean(criterion.text).text)
        for criterion in request.criteria
    )
    if not replaced and question == request.question and criteria == request.criteria:
        return request
    return replace(
        request,
        parts=tuple(part.text for part in parts),
        question=question,
        criteria=criteria,
        replaced_characters=request.replaced_characters + replaced,
    )


def stopped(request: GradeRequest, reason: StopReason) -> Reading:
    """The reading of an answer that says nothing: every criterion is missing, for certain."""
    return Reading(
        criteria=tuple(
            CriterionReading(
                criterion_id=criterion.id,
                verdict=Verdict.MISSING,
                half_points=0,
                probability=0.0,
                probability_full=0.0,
            )
            for criterion in request.criteria
        ),
        stopped=reason,
        flags=(Flag.ECHO,) if reason is StopReason.ECHO else (),
    )


def unread(request: GradeRequest, error: VectorStoreError) -> Ungraded:
    """The outcome of an answer that the local reader could not read, for now."""
    reason = EMBEDDER_UNAVAILABLE if isinstance(error, EmbedderUnavailable) else str(error)
    bank = request.bank
    provenance = {"bank": bank.name, "bank_version": bank.version, "bank_sha256": bank.sha256} if bank else {}
    return Ungraded(
        reason=reason,
        flags=(Flag.REPLACED_CHARACTERS,) if request.replaced_characters else (),
        provenance={**provenance, "error": str(error)},
    )
