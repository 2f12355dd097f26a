"""What is measured of each sentence of a reply against each criterion: how far it reaches it, beyond the question.

Late interaction (Khattab and Zaharia 2020, "ColBERT") with the question's words demoted: for each token of a
criterion the nearest token of the sentence. Every segment is measured by itself (but for swapped roles, which take two)
and the best one counts, so that neither length nor padding, repetition or order earns or costs anything; nothing here
counts words or characters.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.grading.lexicon import denials, numbers, opposed
from app.grading.views import Indices, ReplyView, RubricView, Spans, Weights
from vectorstore.embeddings import Vectors

Matrix = NDArray[np.float32]

SPELLING = 0.2
"""Share of how alike two words are written in how near their tokens are; the rest is the cosine."""
ECHO = 0.15
"""What a token of the reply loses of its nearness per cosine to the question beyond `ECHOED_FROM`."""
ECHOED_FROM = 0.2
REACHED_AT = 0.55
"""Nearness at which a criterion word counts as half reached."""
REACH_WIDTH = 0.07
ALIGNED_FROM = 0.3
"""Late interaction from which a span is about the criterion at all."""
COSINE_SHARE = 0.5
"""Weight of the sentence cosine beside late interaction when a criterion is compared with its siblings."""
MAX_MARGIN = 0.3
MARGIN_FROM = 0.3
"""Late interaction beyond which a segment can be worth more for a criterion than for its siblings."""
NEW_FROM = 0.5
"""Late interaction from which what is new in a segment counts whole; below, in proportion."""


class Feature(NamedTuple):
    """A feature's name and the only direction in which it may move a probability: 1 up, -1 down."""

    name: str
    sign: int


FEATURES = (
    Feature("late_interaction", 1),
    Feature("new_in_segment", 1),
    Feature("sibling_margin", 1),
    Feature("label_reach", 1),
    Feature("denial_aligned", -1),
    Feature("denial_in_segment", -1),
    Feature("opposed", -1),
    Feature("number_conflict", -1),
    Feature("role_swap", -1),
    Feature("segment_cosine", 1),
    Feature("segment_beyond_question", 1),
)
SEGMENT_FEATURES = ("segment_cosine", "segment_beyond_question")
"""What is left when an embedder gives no token vectors."""
TOKEN_FEATURES = tuple(feature.name for feature in FEATURES if feature.name not in SEGMENT_FEATURES)
"""What a head for an embedder with token vectors weighs; the most telling first."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Features of the s segments of a reply against k criteria.

    Attributes:
        features: Shape (k, s, len(FEATURES)).
        reach: The part of each criterion's weight that each segment reaches, by token, (n, s); None without tokens.
    """

    features: Matrix
    reach: Matrix | None


def measure(rubric: RubricView, reply: ReplyView) -> Measured:
    """Measure a reply that has at least one segment with tokens."""
    to_reply = _nearness(rubric, reply)
    in_segments = _nearest(to_reply, reply.segments)
    late = pooled(in_segments, rubric.demoted, rubric.starts)
    cosines = rubric.vectors @ reply.vectors.T
    label_reach, role_swap = _labels(rubric, reply, pooled(in_segments, rubric.predicate, rubric.starts))
    quoted = [reply.quoted(place) for place in reply.segments.places]
    columns = {
        "late_interaction": late,
        # Talk about nothing is new too, and nearer to one criterion than to the others: both count as far as it is said.
        "new_in_segment": _new(rubric, reply)[None, :] * np.clip(late / NEW_FROM, 0, 1),
        "sibling_margin": np.minimum(_margin(late + COSINE_SHARE * cosines), np.maximum(late - MARGIN_FROM, 0)),
        "label_reach": label_reach,
        "denial_aligned": _denial(rubric, reply, to_reply),
        "denial_in_segment": np.array([denials(said) > 0 for said in quoted])[None, :] & ~rubric.denied[:, None],
        "opposed": np.array([[min(opposed(text, said), 2) for said in quoted] for text in rubric.texts]),
        "number_conflict": _clashes(rubric, quoted),
        "role_swap": role_swap[:, None],
        **_cosines(cosines, rubric),
    }
    features = np.zeros((*late.shape, len(FEATURES)), np.float32)
    for place, feature in enumerate(FEATURES):
        features[:, :, place] = columns[feature.name]
    return Measured(features, _reached(in_segments))


def measure_segments(rubric: RubricView, vectors: Vectors) -> Measured:
    """Measure by sentence vectors alone; every feature but `SEGMENT_FEATURES` is 0.

    Args:
        rubric: Its encodings have no tokens.
        vectors: One a segment of the reply, at least one.
    """
    cosines = rubric.vectors @ vectors.T
    features = np.zeros((*cosines.shape, len(FEATURES)), np.float32)
    names = [feature.name for feature in FEATURES]
    for name, values in _cosines(cosines, rubric).items():
        features[:, :, names.index(name)] = values
    return Measured(features, None)


def pooled(values: Matrix, weights: Weights, starts: Indices) -> Matrix:
    """Weighted means over each criterion's tokens; (n,) gives (k,), (n, s) gives (k, s)."""
    shaped = weights if values.ndim == 1 else weights[:, None]
    sums = np.add.reduceat(values * shaped, starts, axis=0)
    totals = np.maximum(np.add.reduceat(weights, starts), 1e-6)
    return (sums / (totals if values.ndim == 1 else totals[:, None])).astype(np.float32)


def _cosines(cosines: Matrix, rubric: RubricView) -> dict[str, Matrix]:
    return {"segment_cosine": cosines, "segment_beyond_question": cosines - rubric.to_question[:, None]}


def _nearness(rubric: RubricView, reply: ReplyView) -> Matrix:
    """How near each token of the criteria is to each of the reply, (n, m): in meaning, in spelling, beyond the question."""
    cosines = rubric.tokens @ reply.encoding.tokens.T
    nearness: Matrix = (1 - SPELLING) * cosines + SPELLING * rubric.spellings.likeness(reply.words)
    if len(rubric.question.tokens):
        echoed = (reply.encoding.tokens @ rubric.question.tokens.T).max(axis=1)
        nearness -= ECHO * np.maximum(echoed - ECHOED_FROM, 0)[None, :]
    return nearness


def _nearest(to_reply: Matrix, spans: Spans) -> Matrix:
    """Nearness of each criterion token to the nearest token of each span; (n, s)."""
    return np.stack([to_reply[:, a:b].max(axis=1) for a, b in zip(spans.first, spans.last, strict=True)], axis=1)


def _reached(nearness: Matrix) -> Matrix:
    """Softly, whether a nearness means that a word is there."""
    reached: Matrix = 1 / (1 + np.exp(-(nearness - REACHED_AT) / REACH_WIDTH))
    return reached


def _new(rubric: RubricView, reply: ReplyView) -> Matrix:
    """Of each segment's content, the share that the question had not said; shape (s,)."""
    if not len(rubric.question.tokens):
        return np.ones(len(reply.segments), np.float32)
    new = 1 - (reply.encoding.tokens @ rubric.question.tokens.T).max(axis=1)
    weighed = new * reply.weights
    return np.array(
        [
            weighed[a:b].sum() / max(float(reply.weights[a:b].sum()), 1e-6)
            for a, b in zip(reply.segments.first, reply.segments.last, strict=True)
        ],
        dtype=np.float32,
    )


def _margin(alignment: Matrix) -> Matrix:
    """How much better each segment fits a criterion than the best of its siblings; 0 without siblings."""
    if len(alignment) == 1:
        return np.zeros_like(alignment)
    ordered = np.sort(alignment, axis=0)
    rivals = np.where(alignment == ordered[-1], ordered[-2], ordered[-1])
    margin: Matrix = np.clip(alignment - rivals, -MAX_MARGIN, MAX_MARGIN)
    return margin


def _denial(rubric: RubricView, reply: ReplyView, to_reply: Matrix) -> Matrix:
    """How closely a clause of each segment is about the criterion that denies where it affirms, or the other way round."""
    late = pooled(_nearest(to_reply, reply.clauses), rubric.weights, rubric.starts)
    denied = np.array([denials(reply.quoted(place)) % 2 == 1 for place in reply.clauses.places])
    found = np.zeros((len(late), len(reply.segments)), np.float32)
    for segment in range(len(reply.segments)):
        clauses = np.flatnonzero(reply.owners == segment)
        best = clauses[late[:, clauses].argmax(axis=1)]
        aligned = np.clip(late[np.arange(len(late)), best] - ALIGNED_FROM, 0, 1)
        found[:, segment] = (denied[best] != rubric.denied) * aligned
    return found


def _clashes(rubric: RubricView, quoted: list[str]) -> NDArray[np.bool_]:
    said = [numbers(text) for text in quoted]
    return np.array([[_clash(wanted, found) for found in said] for wanted in rubric.numbers])


def _clash(wanted: frozenset[tuple[str, str]], said: frozenset[tuple[str, str]]) -> bool:
    """Whether a number of the criterion stands in the text with another value for its unit."""
    units = {unit for _, unit in said if unit}
    return any(unit in units and (value, unit) not in said for value, unit in wanted)


def _labels(rubric: RubricView, reply: ReplyView, late: Matrix) -> tuple[Matrix, Matrix]:
    """Of "X: …" criteria, the share of X said in each segment, and how much better X's segments fit a sibling's predicate.

    Args:
        late: Late interaction of each predicate with each segment; (k, s).

    Returns:
        Shapes (k, s) and (k,).
    """
    k = len(rubric.texts)
    reach, swap = np.zeros_like(late), np.zeros(k, np.float32)
    labelled = [index for index in range(k) if rubric.labels[index]]
    for index in labelled:
        own = rubric.labels[index] - rubric.question_stems or rubric.labels[index]
        reach[index] = [len(own & said) / len(own) for said in reply.stems]
        where = [segment for segment, said in enumerate(reply.stems) if rubric.labels[index] & said]
        siblings = [other for other in labelled if other != index]
        if where and siblings:
            rival = late[np.ix_(siblings, where)].max()
            swap[index] = np.clip(rival - late[index, where].max(), 0, MAX_MARGIN)
    return reach, swap
