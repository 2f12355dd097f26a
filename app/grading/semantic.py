"""The local reading: how far a reply reaches each criterion, and where; no network, tens of milliseconds.

It gives reach and evidence. It can't tell a claim from the same words claiming the opposite, so it flags what looks
like a conflict and says `unknown` where it can't know; the critique or a person judges that.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.grading.doubts import Doubts, is_code
from app.grading.encodings import KeptEncodings, RubricEncoding, RubricSource
from app.grading.features import FEATURES, Matrix, measure, measure_segments
from app.grading.grader import GradeRequest
from app.grading.grounds import Grounds, Values, rounded
from app.grading.head import SEGMENT_HEAD, Head, load_head
from app.grading.language import other_language
from app.grading.lexicon import is_keyword_list
from app.grading.outcome import CriterionReading, DecoyReading, Evidence, Flag, Reading
from app.grading.segments import Segment, segments
from app.grading.spans import by_part, carrying_segments, evidence, join_parts
from app.grading.views import Indices, RubricView, view_reply, view_rubric
from app.llm.places import Places
from rubric.criteria import Verdict
from vectorstore.embeddings import Embedder, Encoding, InContext, Vectors
from vectorstore.sentence_transformer import cores

KEPT_RUBRICS = 64
KEPT_BYTES = 64 * 1024 * 1024
"""Of the parts that were read last, some 400: the first part of an answer is read once, though it comes again."""
NEGATED_FROM = 0.1
"""Value of `denial_aligned` from which a denial is about the criterion."""
ABOUT_FROM = 0.4
"""Late interaction from which a segment is about the criterion."""
SWAPPED_FROM = 0.05
NAMED_ONLY = 0.25
"""What is left of P(full credit) for a name without a claim."""
_COLUMNS = {feature.name: index for index, feature in enumerate(FEATURES)}


@dataclass(frozen=True, slots=True, eq=False)
class _Measurement:
    """A reply as measured against its rubric.

    Attributes:
        places: Its segments.
        vectors: One a segment.
        features: As the head sees them, rounded, shape (k, s, len(FEATURES)).
        reach: As in `Measured`.
    """

    rubric: RubricView
    places: tuple[Segment, ...]
    vectors: Vectors
    features: Values
    reach: Matrix | None


@dataclass(frozen=True, slots=True, eq=False)
class _Reply:
    """The segments of a reply with one encoding each."""

    places: tuple[Segment, ...]
    encodings: tuple[Encoding, ...]


class SemanticReader:
    """Reads answers with an embedder and a head fitted to it."""

    def __init__(
        self, embedder: Embedder, rubrics: RubricSource, head: Head, *, languages: frozenset[str] = frozenset()
    ) -> None:
        """Read with this head where the embedder gives token vectors, else with the one for segments only.

        Args:
            embedder: Gives the vectors.
            rubrics: Gives what criteria are compared with.
            head: Fitted to the embedder, or its grades are uncalibrated.
            languages: ISO 639-1 codes that the embedder was validated for beside the head's own.
        """
        self._embedder = embedder
        self._rubrics = rubrics
        self._head = head
        self._languages = tuple(sorted(languages))
        self._views: OrderedDict[tuple[str, ...], RubricView] = OrderedDict()
        self._parts = KeptEncodings(embedder, KEPT_BYTES)
        # One more than the model reads at a time, so that it never waits; who talks goes before what came in bulk.
        self._places = Places(cores() + 1)

    async def read(self, request: GradeRequest) -> Reading:
        """The reading of one answer.

        Raises:
            EmbedderUnavailable: The model cannot be loaded or reached.
            VectorsStale: Vectors of a bank are missing or changed.
            CollectionMissing: There are no vectors of this model at all.
        """
        return (await self.read_many([request]))[0]

    async def read_many(self, requests: Sequence[GradeRequest]) -> list[Reading]:
        """One reading a request, in order; all replies go to the embedder in one call. Raises as `read`."""
        if not requests:
            return []
        async with self._places:
            return await self._read(requests)

    async def _read(self, requests: Sequence[GradeRequest]) -> list[Reading]:
        rubrics = await self._rubrics.encodings(requests)
        texts = [join_parts(request.parts) for request in requests]
        replies = await self._replies(requests, texts)
        readings = []
        for request, rubric, text, reply in zip(requests, rubrics, texts, replies, strict=True):
            view = self._view(request, rubric)
            found = _measured(view, text, reply, by_token=self._embedder.gives_tokens)
            readings.append(self._reading(request, rubric, found))
            await asyncio.sleep(0)  # Whoever waits for the event loop gets it between two replies.
        return readings

    async def _replies(self, requests: Sequence[GradeRequest], texts: Sequence[str]) -> list[_Reply]:
        """Each text in segments, every segment read in the light of its question, in one call of the embedder.

        A part is a group of its own, so that it gets the same vectors whether parts follow it or not.
        """
        cut = [segments(text) for text in texts]
        groups = [
            [
                InContext(request.question, tuple(text[place.start : place.end] for place in places))
                for places in by_part(request.parts, all_places)
            ]
            for request, text, all_places in zip(requests, texts, cut, strict=True)
        ]
        found = await self._parts.of([group for mine in groups for group in mine])
        return [
            _Reply(tuple(places), tuple(encoding for group in mine for encoding in found[group]))
            for places, mine in zip(cut, groups, strict=True)
        ]

    def _view(self, request: GradeRequest, rubric: RubricEncoding) -> RubricView:
        texts = tuple(criterion.text for criterion in request.criteria)
        key = (request.question, *texts, *rubric.vector_ids)
        if key not in self._views:
            self._views[key] = view_rubric(request.question, texts, rubric.question, rubric.criteria)
            if len(self._views) > KEPT_RUBRICS:
                self._views.popitem(last=False)
        self._views.move_to_end(key)
        return self._views[key]

    def _reading(self, request: GradeRequest, rubric: RubricEncoding, found: _Measurement | None) -> Reading:
        head = self._head if self._embedder.gives_tokens else load_head(SEGMENT_HEAD)
        best = np.zeros(0, np.intp) if found is None else head.best(found.features)
        grounds = Grounds(
            values=None if found is None else found.features[np.arange(len(best)), best],
            spans=(lambda _: ()) if found is None else _spans_of(request, found, best),
            is_calibrated=self._embedder.gives_tokens and head.fits(self._embedder.fingerprint),
            languages=self._languages,
        )
        reading = concluded(request, grounds, head)
        return replace(
            reading,
            provenance={
                "embedder": self._embedder.name,
                "embedder_sha256": self._embedder.fingerprint,
                "head": head.name,
                "head_sha256": head.sha256,
                "vector_ids": list(rubric.vector_ids),
                "reading": grounds.record(reading),
            },
            decoys=_decoys(rubric, found),
        )


def concluded(request: GradeRequest, grounds: Grounds, head: Head) -> Reading:
    """What a head makes of what was measured: the reading, without its provenance and decoys."""
    text = join_parts(request.parts)
    far = np.zeros(0, np.bool_) if grounds.values is None else head.is_far(grounds.values)
    doubts = Doubts(
        language=other_language(text, frozenset((*head.file.languages, *grounds.languages))),
        is_code=is_code(text),
        is_keyword_list=is_keyword_list(text),
        is_uncalibrated=not grounds.is_calibrated,
        is_unfamiliar=bool(grounds.is_calibrated and far.any()),
    )
    if grounds.values is None:
        criteria = [_nothing(criterion.id) for criterion in request.criteria]
    else:
        chances = head.probabilities(grounds.values)
        criteria = [
            _criterion(
                criterion.id,
                index,
                grounds,
                head,
                (float(chances[index, 0]), float(chances[index, 1])),
                doubts,
                is_open=doubts.is_unreadable or bool(far[index]),
            )
            for index, criterion in enumerate(request.criteria)
        ]
    return Reading(
        criteria=tuple(criteria),
        language=doubts.language,
        flags=doubts.flags,
        review_reasons=doubts.reasons,
    )


def _measured(rubric: RubricView, text: str, reply: _Reply, *, by_token: bool) -> _Measurement | None:
    """None where no segment has anything to measure."""
    if not reply.places:
        return None
    if not by_token:
        vectors = np.stack([encoding.vector for encoding in reply.encodings])
        measured = measure_segments(rubric, vectors)
        return _Measurement(rubric, reply.places, vectors, rounded(measured.features), measured.reach)
    view = view_reply(text, reply.places, reply.encodings)
    if not len(view.segments):
        return None
    measured = measure(rubric, view)
    return _Measurement(rubric, view.segments.places, view.vectors, rounded(measured.features), measured.reach)


def _decoys(rubric: RubricEncoding, found: _Measurement | None) -> tuple[DecoyReading, ...]:
    nearest = [0.0 if found is None else float((found.vectors @ decoy.vector).max()) for decoy in rubric.decoys]
    return tuple(
        DecoyReading(decoy.text, round(similarity, 4)) for decoy, similarity in zip(rubric.decoys, nearest, strict=True)
    )


def _nothing(criterion_id: str) -> CriterionReading:
    """The reading of a criterion when the reply has no word."""
    return CriterionReading(
        criterion_id=criterion_id, verdict=Verdict.MISSING, half_points=0, probability=0.0, probability_full=0.0
    )


def _spans_of(request: GradeRequest, found: _Measurement, best: Indices) -> Callable[[int], tuple[Evidence, ...]]:
    def spans(index: int) -> tuple[Evidence, ...]:
        shown = carrying_segments(found.rubric, found.reach, index, int(best[index]))
        return tuple(evidence(request.parts, found.places[segment]) for segment in shown)

    return spans


def _criterion(
    criterion_id: str,
    index: int,
    grounds: Grounds,
    head: Head,
    chances: tuple[float, float],
    doubts: Doubts,
    *,
    is_open: bool,
) -> CriterionReading:
    half, full = chances
    if doubts.is_keyword_list:
        full = round(full * NAMED_ONLY, 4)
    estimate = head.estimate(half, full)
    verdict, half_points = estimate.verdict, estimate.half_points
    flags = _conflicts(grounds.values[index], is_credited=half_points > 0) if grounds.values is not None else ()
    if flags:
        verdict, half_points = Verdict.UNKNOWN, min(half_points, 1)
    if is_open:
        verdict = Verdict.UNKNOWN
    is_shown = half_points > 0 or verdict is Verdict.UNKNOWN
    return CriterionReading(
        criterion_id=criterion_id,
        verdict=verdict,
        half_points=half_points,
        probability=half,
        probability_full=full,
        evidence=grounds.spans(index) if is_shown else (),
        flags=flags,
    )


def _conflicts(features: Values, *, is_credited: bool) -> tuple[Flag, ...]:
    """What speaks against a criterion's best segment although it uses the right words.

    A conflict may leave no credit at all, and must still be told: whoever else credits the segment should know of it.
    """

    def value(name: str) -> float:
        return float(features[_COLUMNS[name]])

    is_about = value("late_interaction") >= ABOUT_FROM
    if not (is_credited or is_about):
        return ()
    found = {
        Flag.NEGATION: value("denial_aligned") >= NEGATED_FROM,
        Flag.CONFLICT: is_about
        and (value("number_conflict") > 0 or value("opposed") > 0 or value("role_swap") >= SWAPPED_FROM),
    }
    return tuple(flag for flag, holds in found.items() if holds)
