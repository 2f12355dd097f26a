"""What is measured of a reply against each criterion: how far it reaches it, beyond what the question already said.

Late interaction (Khattab and Zaharia 2020, "ColBERT") with the question's words demoted: for each token of a
criterion the nearest token of the reply. Nothing here counts words or characters, and most is measured on the one
segment that fits best, so that neither length nor padding earns anything.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.grading.lexicon import denials, numbers, opposed
from app.grading.views import Indices, ReplyView, RubricView, Spans, Weights
from vectorstore.embeddings import Encoding, Vectors

Matrix = NDArray[np.float32]

REACHED_AT = 0.55
"""Token cosine at which a criterion word counts as half reached."""
REACH_WIDTH = 0.07
ALIGNED_FROM = 0.3
"""Late interaction from which a span is about the criterion at all."""
COSINE_SHARE = 0.5
"""Weight of the sentence cosine beside late interaction when segments are ranked."""
MAX_MARGIN = 0.3
WEIGHED_FROM = 0.3
"""Demoted weight from which a token is one that a criterion can't do without."""


class Feature(NamedTuple):
    """A feature's name and the only direction in which it may move a probability: 1 up, -1 down."""

    name: str
    sign: int


FEATURES = (
    Feature("late_interaction", 1),
    Feature("late_in_segment", 1),
    Feature("reach_in_segment", 1),
    Feature("weakest_words", 1),
    Feature("segment_cosine", 1),
    Feature("segment_beyond_question", 1),
    Feature("word_recall", 1),
    Feature("segment_precision", 1),
    Feature("segment_to_question", -1),
    Feature("new_in_segment", 1),
    Feature("sibling_margin", 1),
    Feature("label_reach", 1),
    Feature("denial_nearby", -1),
    Feature("denial_aligned", -1),
    Feature("opposed", -1),
    Feature("number_conflict", -1),
    Feature("role_swap", -1),
)
SEGMENT_FEATURES = ("segment_cosine", "segment_beyond_question")
"""What is left when an embedder gives no token vectors."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Features of a reply against k criteria, and where in its s segments they come from.

    Attributes:
        features: Shape (k, len(FEATURES)).
        alignment: How well each segment fits each criterion; shape (k, s).
        reach: The part of each criterion's weight that each segment reaches, by token, (n, s); None without tokens.
    """

    features: Matrix
    alignment: Matrix
    reach: Matrix | None


def measure(rubric: RubricView, reply: ReplyView) -> Measured:
    """Measure a reply that has at least one segment with tokens."""
    to_reply = rubric.tokens @ reply.encoding.tokens.T
    in_segments = _nearest(to_reply, reply.segments)
    late = pooled(in_segments, rubric.demoted, rubric.starts)
    reached = _reached(in_segments)
    cosines = rubric.vectors @ reply.vectors.T
    alignment = late + COSINE_SHARE * cosines
    best = alignment.argmax(axis=1)
    denial_aligned = _denial(rubric, reply, to_reply, best)
    label_reach, role_swap = _labels(rubric, reply, pooled(in_segments, rubric.predicate, rubric.starts))
    quoted = [reply.quoted(reply.segments.places[segment]) for segment in best]
    columns = {
        "late_interaction": pooled(to_reply.max(axis=1), rubric.demoted, rubric.starts),
        "late_in_segment": late.max(axis=1),
        "reach_in_segment": pooled(reached, rubric.demoted, rubric.starts).max(axis=1),
        "weakest_words": _weakest(rubric, in_segments, best),
        "segment_cosine": cosines.max(axis=1),
        "segment_beyond_question": cosines.max(axis=1) - rubric.to_question,
        "word_recall": _recall(rubric, reply),
        "segment_precision": _precision(rubric, reply, to_reply, best),
        "segment_to_question": (reply.vectors @ rubric.question.vector)[best],
        "new_in_segment": _new(rubric.question, reply)[best],
        "sibling_margin": _margin(alignment, best),
        "label_reach": label_reach,
        "denial_nearby": _denial_nearby(reply, best) & ~rubric.denied,
        "denial_aligned": denial_aligned,
        "opposed": np.array([min(opposed(text, said), 2) for text, said in zip(rubric.texts, quoted, strict=True)]),
        "number_conflict": np.array([_clash(n, numbers(said)) for n, said in zip(rubric.numbers, quoted, strict=True)]),
        "role_swap": role_swap,
    }
    features = np.stack([columns[feature.name] for feature in FEATURES], axis=1)
    return Measured(features.astype(np.float32), alignment, reached)


def measure_segments(rubric: RubricView, vectors: Vectors) -> Measured:
    """Measure by sentence vectors alone; every feature but `SEGMENT_FEATURES` is 0.

    Args:
        rubric: Its encodings have no tokens.
        vectors: One a segment of the reply, at least one.
    """
    cosines = rubric.vectors @ vectors.T
    features = np.zeros((len(cosines), len(FEATURES)), np.float32)
    names = [feature.name for feature in FEATURES]
    features[:, names.index("segment_cosine")] = cosines.max(axis=1)
    features[:, names.index("segment_beyond_question")] = cosines.max(axis=1) - rubric.to_question
    return Measured(features, cosines, None)


def pooled(values: Matrix, weights: Weights, starts: Indices) -> Matrix:
    """Weighted means over each criterion's tokens; (n,) gives (k,), (n, s) gives (k, s)."""
    shaped = weights if values.ndim == 1 else weights[:, None]
    sums = np.add.reduceat(values * shaped, starts, axis=0)
    totals = np.maximum(np.add.reduceat(weights, starts), 1e-6)
    return (sums / (totals if values.ndim == 1 else totals[:, None])).astype(np.float32)


def _array(values: list[float]) -> Matrix:
    return np.array(values, dtype=np.float32)


def _nearest(to_reply: Matrix, spans: Spans) -> Matrix:
    """Cosine of each criterion token to the nearest token of each span; (n, s)."""
    return np.stack([to_reply[:, a:b].max(axis=1) for a, b in zip(spans.first, spans.last, strict=True)], axis=1)


def _reached(cosines: Matrix) -> Matrix:
    """Softly, whether a cosine means that a word is there."""
    reached: Matrix = 1 / (1 + np.exp(-(cosines - REACHED_AT) / REACH_WIDTH))
    return reached


def _slices(rubric: RubricView) -> list[slice]:
    ends = np.append(rubric.starts[1:], len(rubric.tokens))
    return [slice(start, end) for start, end in zip(rubric.starts, ends, strict=True)]


def _weakest(rubric: RubricView, in_segments: Matrix, best: Indices) -> Matrix:
    """Mean cosine of the worst-reached quarter of a criterion's words, in its best segment."""
    means = []
    for rows, segment in zip(_slices(rubric), best, strict=True):
        heavy = np.where(rubric.demoted[rows] > WEIGHED_FROM, in_segments[rows, segment], 1.0)
        means.append(float(np.sort(heavy)[: max(1, len(heavy) // 4)].mean()))
    return _array(means)


def _recall(rubric: RubricView, reply: ReplyView) -> Matrix:
    """Share of a criterion's content words, without the question's, that the reply has."""
    said = frozenset().union(*reply.stems)
    return _array([len(stems & said) / len(stems) if stems else 0.0 for stems in rubric.stems])


def _precision(rubric: RubricView, reply: ReplyView, to_reply: Matrix, best: Indices) -> Matrix:
    """Of the best segment's content, the share that the criterion has too."""
    shares = []
    for rows, segment in zip(_slices(rubric), best, strict=True):
        span = slice(reply.segments.first[segment], reply.segments.last[segment])
        shares.append(_mean(to_reply[rows, span].max(axis=0), reply.weights[span]))
    return _array(shares)


def _new(question: Encoding, reply: ReplyView) -> Matrix:
    """Of each segment's content, the share that the question had not said; shape (s,)."""
    if not len(question.tokens):
        return np.ones(len(reply.segments), np.float32)
    new = 1 - (reply.encoding.tokens @ question.tokens.T).max(axis=1)
    spans = zip(reply.segments.first, reply.segments.last, strict=True)
    return _array([_mean(new[a:b], reply.weights[a:b]) for a, b in spans])


def _mean(values: Matrix, weights: Weights) -> float:
    return float((values * weights).sum() / max(float(weights.sum()), 1e-6))


def _margin(alignment: Matrix, best: Indices) -> Matrix:
    """How much better the best segment fits this criterion than the best of its siblings; 0 without siblings."""
    if len(alignment) == 1:
        return np.zeros(1, np.float32)
    rivals = alignment[:, best]
    own = rivals.diagonal().copy()
    np.fill_diagonal(rivals, -np.inf)
    margin: Matrix = np.minimum(own - rivals.max(axis=0), MAX_MARGIN)
    return margin


def _denial(rubric: RubricView, reply: ReplyView, to_reply: Matrix, best: Indices) -> Matrix:
    """How closely a clause is about the criterion that denies where it affirms, or the other way round."""
    late = pooled(_nearest(to_reply, reply.clauses), rubric.weights, rubric.starts)
    late = np.where(reply.owners[None, :] == best[:, None], late, np.float32(-1))
    clause = late.argmax(axis=1)
    denied = np.array([denials(reply.quoted(reply.clauses.places[index])) % 2 == 1 for index in clause])
    aligned = np.clip(late[np.arange(len(clause)), clause] - ALIGNED_FROM, 0, 1)
    mismatched: Matrix = ((denied != rubric.denied) * aligned).astype(np.float32)
    return mismatched


def _denial_nearby(reply: ReplyView, best: Indices) -> NDArray[np.bool_]:
    """Whether anything is denied in a criterion's best segment or one beside it."""
    denied = [denials(reply.quoted(place)) > 0 for place in reply.segments.places]
    return np.array([any(denied[max(0, index - 1) : index + 2]) for index in best])


def _clash(wanted: frozenset[tuple[str, str]], said: frozenset[tuple[str, str]]) -> bool:
    """Whether a number of the criterion stands in the reply with another value for its unit."""
    units = {unit for _, unit in said if unit}
    return any(unit in units and (value, unit) not in said for value, unit in wanted)


def _labels(rubric: RubricView, reply: ReplyView, late: Matrix) -> tuple[Matrix, Matrix]:
    """Of "X: …" criteria, the share of X said, and how much better X's segments fit a sibling's predicate.

    Args:
        late: Late interaction of each predicate with each segment; (k, s).
    """
    k = len(rubric.texts)
    reach, swap = np.zeros(k, np.float32), np.zeros(k, np.float32)
    said = frozenset().union(*reply.stems)
    labelled = [index for index in range(k) if rubric.labels[index]]
    for index in labelled:
        own = rubric.labels[index] - rubric.question_stems or rubric.labels[index]
        reach[index] = len(own & said) / len(own)
        where = [segment for segment, stems in enumerate(reply.stems) if rubric.labels[index] & stems]
        siblings = [other for other in labelled if other != index]
        if where and siblings:
            rival = late[np.ix_(siblings, where)].max()
            swap[index] = np.clip(rival - late[index, where].max(), 0, MAX_MARGIN)
    return reach, swap
