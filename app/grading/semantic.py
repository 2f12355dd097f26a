"""The local reading: how far a reply reaches each criterion, and where; no network, tens of milliseconds.

It gives reach and evidence. It can't tell a claim from the same words claiming the opposite, so it flags what looks
like a conflict and says `unknown` where it can't know; the critique or a person judges that.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.grading.encodings import RubricEncoding, RubricSource
from app.grading.features import FEATURES, Measured, measure, measure_segments
from app.grading.grader import GradeRequest
from app.grading.grounds import Grounds, Values, rounded
from app.grading.head import SEGMENT_HEAD, Head, load_head
from app.grading.language import NOT_READ, other_language
from app.grading.lexicon import is_keyword_list
from app.grading.outcome import CriterionReading, DecoyReading, Evidence, Flag, Reading
from app.grading.segments import Segment, segments
from app.grading.spans import best_segments, evidence, join_parts
from app.grading.views import RubricView, view_reply, view_rubric
from rubric.criteria import Verdict
from vectorstore.embeddings import Embedder, Encoding, Vectors

KEPT_RUBRICS = 64
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
    """A reply as measured against its rubric; `places` are its segments, `vectors` one a segment."""

    rubric: RubricView
    measured: Measured
    places: tuple[Segment, ...]
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class _Doubts:
    """What makes the reading of a whole answer less than it seems."""

    language: str | None
    is_keyword_list: bool
    is_uncalibrated: bool

    @property
    def flags(self) -> tuple[Flag, ...]:
        found = {
            Flag.OTHER_LANGUAGE: self.language is not None,
            Flag.UNCALIBRATED: self.is_uncalibrated,
            Flag.KEYWORD_LIST: self.is_keyword_list,
        }
        return tuple(flag for flag, holds in found.items() if holds)

    @property
    def reasons(self) -> list[str]:
        found = {
            NOT_READ: self.language is not None,
            "The local reading is not calibrated for this embedding model.": self.is_uncalibrated,
            "The answer only lists names and makes no claim about them.": self.is_keyword_list,
        }
        return [reason for reason, holds in found.items() if holds]


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
        rubrics = await self._rubrics.encodings(requests)
        texts = [join_parts(request.parts) for request in requests]
        encodings = await self._embedder.encode(texts)
        by_segment = {} if self._embedder.gives_tokens else await self._segment_vectors(texts)
        readings = []
        for request, rubric, text, encoding in zip(requests, rubrics, texts, encodings, strict=True):
            view = self._view(request, rubric)
            found = _measured_by_segment(view, by_segment[text]) if by_segment else _measured(view, text, encoding)
            readings.append(self._reading(request, rubric, found))
            await asyncio.sleep(0)  # Whoever waits for the event loop gets it between two replies.
        return readings

    async def _segment_vectors(self, texts: Sequence[str]) -> dict[str, tuple[list[Segment], Vectors]]:
        """The segments of each text with their vectors, in one call of the embedder."""
        cut = {text: segments(text) for text in texts}
        quoted = [text[place.start : place.end] for text, places in cut.items() for place in places]
        vectors = await self._embedder.embed(quoted)
        ends = np.cumsum([len(places) for places in cut.values()])
        return {
            text: (places, vectors[end - len(places) : end])
            for (text, places), end in zip(cut.items(), ends, strict=True)
        }

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
        grounds = Grounds(
            values=None if found is None else rounded(found.measured.features),
            spans=(lambda _: ()) if found is None else _spans_of(request, found),
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
    doubts = _Doubts(
        language=other_language(text, frozenset((*head.file.languages, *grounds.languages))),
        is_keyword_list=is_keyword_list(text),
        is_uncalibrated=not grounds.is_calibrated,
    )
    if grounds.values is None:
        criteria = [_nothing(criterion.id) for criterion in request.criteria]
    else:
        chances = head.probabilities(grounds.values)
        criteria = [
            _criterion(criterion.id, index, grounds, head, (float(chances[index, 0]), float(chances[index, 1])), doubts)
            for index, criterion in enumerate(request.criteria)
        ]
    return Reading(
        criteria=tuple(criteria),
        language=doubts.language,
        flags=doubts.flags,
        review_reasons=tuple(doubts.reasons),
    )


def _measured(rubric: RubricView, text: str, encoding: Encoding) -> _Measurement | None:
    reply = view_reply(text, encoding)
    if not len(reply.segments):
        return None
    return _Measurement(rubric, measure(rubric, reply), reply.segments.places, reply.vectors)


def _measured_by_segment(rubric: RubricView, cut: tuple[list[Segment], Vectors]) -> _Measurement | None:
    places, vectors = cut
    return _Measurement(rubric, measure_segments(rubric, vectors), tuple(places), vectors) if places else None


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


def _spans_of(request: GradeRequest, found: _Measurement) -> Callable[[int], tuple[Evidence, ...]]:
    def spans(index: int) -> tuple[Evidence, ...]:
        shown = best_segments(found.rubric, found.measured, index)
        return tuple(evidence(request.parts, found.places[segment]) for segment in shown)

    return spans


def _criterion(
    criterion_id: str, index: int, grounds: Grounds, head: Head, chances: tuple[float, float], doubts: _Doubts
) -> CriterionReading:
    half, full = chances
    if doubts.is_keyword_list:
        full = round(full * NAMED_ONLY, 4)
    estimate = head.estimate(half, full)
    verdict, half_points = estimate.verdict, estimate.half_points
    flags = _conflicts(grounds.values[index]) if half_points and grounds.values is not None else ()
    if flags:
        verdict, half_points = Verdict.UNKNOWN, min(half_points, 1)
    if doubts.language is not None:
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


def _conflicts(features: Values) -> tuple[Flag, ...]:
    """What speaks against a criterion's best segment although it uses the right words."""

    def value(name: str) -> float:
        return float(features[_COLUMNS[name]])

    is_about = value("late_in_segment") >= ABOUT_FROM
    found = {
        Flag.NEGATION: value("denial_aligned") >= NEGATED_FROM,
        Flag.CONFLICT: is_about
        and (value("number_conflict") > 0 or value("opposed") > 0 or value("role_swap") >= SWAPPED_FROM),
    }
    return tuple(flag for flag, holds in found.items() if holds)
