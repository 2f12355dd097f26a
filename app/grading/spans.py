"""Which stretches of a reply are shown as evidence: the segment that fits best, and those that add to it."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from app.grading.features import Matrix, pooled
from app.grading.outcome import Evidence
from app.grading.segments import Segment
from app.grading.views import RubricView

MAX_SPANS = 3
ADDED_REACH = 0.12
"""Part of a criterion's weight that a further segment must reach beyond what is already shown."""
PART_BREAK = "\n\n"
"""Joins the parts of an answer into one text; no segment reaches across it."""


def carrying_segments(rubric: RubricView, reach: Matrix | None, criterion: int, best: int) -> list[int]:
    """One to three segments that carry a criterion, in the order they stand in the reply: its best and what adds to it.

    Args:
        rubric: What the reply was held against.
        reach: As in `Measured`.
        criterion: Its index.
        best: Its best segment.
    """
    chosen = [best]
    if reach is None:
        return chosen
    end = [*rubric.starts[1:], len(rubric.tokens)][criterion]
    rows = slice(int(rubric.starts[criterion]), int(end))
    weights, reach = rubric.demoted[rows], reach[rows]
    start = np.zeros(1, dtype=np.intp)
    while len(chosen) < min(MAX_SPANS, reach.shape[1]):
        shown = reach[:, chosen].max(axis=1)
        added = pooled(np.maximum(reach - shown[:, None], 0), weights, start)[0]
        further = int(added.argmax())
        if added[further] < ADDED_REACH:
            break
        chosen.append(further)
    return sorted(chosen)


def join_parts(parts: Sequence[str]) -> str:
    """The parts as the one text that is read."""
    return PART_BREAK.join(parts)


def by_part(parts: Sequence[str], places: Sequence[Segment]) -> list[tuple[Segment, ...]]:
    """The segments of the joined text in those of each part, in order; a part without any has none."""
    ends = list(accumulate(len(part) + len(PART_BREAK) for part in parts))
    found: list[list[Segment]] = [[] for _ in parts]
    for place in places:
        found[bisect_right(ends, place.start)].append(place)
    return [tuple(mine) for mine in found]


def evidence(parts: Sequence[str], place: Segment) -> Evidence:
    """A segment of the joined text as a span of the part it stands in."""
    offset = 0
    for index, part in enumerate(parts):
        if place.end <= offset + len(part):
            start, end = place.start - offset, place.end - offset
            return Evidence(index, start, end, part[start:end])
        offset += len(part) + len(PART_BREAK)
    raise ValueError(f"the text ends before {place.end}")
