"""Figures of the local reading against people's marks and quotes."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import mean

from sklearn.metrics import roc_auc_score

from app.evaluation.labelled import Labelled
from app.grading.grader import GradeRequest
from app.grading.interval import LEVEL, IntervalLine, score_interval
from app.grading.ledger import fuse
from app.grading.outcome import CriterionReading, Evidence, Reading
from app.grading.segments import MAX_WORDS, Segment, word_count
from app.grading.spans import MAX_SPANS
from rubric.criteria import Criterion, Verdict
from rubric.scoring import score

_CREDITED = (Verdict.COVERED, Verdict.PARTIAL)
STRONG, VAGUE = "strong", "vague"


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """A marked answer with its reading and, of each criterion, the sentence of highest cosine and that cosine."""

    answer: Labelled
    reading: Reading
    best_sentences: Sequence[Segment]
    cosines: Sequence[float]

    @property
    def needs_review(self) -> bool:
        """Whether a person should look, with no critique to settle a doubt."""
        return fuse(as_request(self.answer), self.reading, None).needs_review

    @property
    def score(self) -> float:
        """The score as read, equal weights."""
        return float(score([(criterion.half_points, 1) for criterion in self.reading.criteria]))

    @property
    def true_score(self) -> Fraction:
        """The score as marked."""
        return score([(half_points, 1) for half_points in self.answer.half_points])

    @property
    def interval(self) -> tuple[Fraction, Fraction]:
        """Low and high as read."""
        return score_interval(
            [
                IntervalLine(
                    half_points=criterion.half_points,
                    weight=1,
                    probability=criterion.probability,
                    probability_full=criterion.probability_full,
                )
                for criterion in self.reading.criteria
            ]
        )


def as_request(answer: Labelled) -> GradeRequest:
    """What is asked of a grader for a marked answer; its criteria are named c0, c1 …"""
    criteria = tuple(Criterion(id=f"c{index}", text=text) for index, text in enumerate(answer.criteria))
    return GradeRequest(question=answer.question, criteria=criteria, parts=(answer.answer,))


def print_figures(read: Sequence[ReadAnswer]) -> None:
    """Print every figure, one a line."""
    for name, value in figures(read):
        print(f"  {name:74}{value}")


def figures(read: Sequence[ReadAnswer]) -> Iterator[tuple[str, str]]:
    """Name and value of every figure."""
    yield "answers", str(len(read))
    yield from _evidence_figures(read)
    yield from _ranking_figures(read)
    yield from _credit_figures(read)
    yield from _doubt_figures(read)


def _pairs(read: Sequence[ReadAnswer]) -> Iterator[tuple[ReadAnswer, int, CriterionReading]]:
    for each in read:
        for index, criterion in enumerate(each.reading.criteria):
            yield each, index, criterion


def _evidence_figures(read: Sequence[ReadAnswer]) -> Iterator[tuple[str, str]]:
    credited = [(each, criterion) for each, _, criterion in _pairs(read) if criterion.verdict in _CREDITED]
    sound = sum(_is_sound(each.answer.answer, criterion.evidence) for each, criterion in credited)
    yield "covered or partial criteria with 1 to 3 verbatim spans of <= 40 words", f"{sound} of {len(credited)}"
    annotated = [pair for pair in _pairs(read) if pair[0].answer.style == STRONG and pair[1] in pair[0].answer.evidence]
    shown = [pair for pair in annotated if pair[2].verdict in _CREDITED]
    for label, among in (("covered or partial", shown), ("all", annotated)):
        ours = mean(
            _overlaps(each, index, [(e.start, e.end) for e in criterion.evidence]) for each, index, criterion in among
        )
        baseline = mean(
            _overlaps(each, index, [(each.best_sentences[index].start, each.best_sentences[index].end)])
            for each, index, _ in among
        )
        yield f"strong, {label} criteria with an annotation ({len(among)}): spans overlap it", f"{ours:.3f}"
        yield f"strong, {label} criteria with an annotation: best-cosine sentence overlaps it", f"{baseline:.3f}"
    spans = Counter(len(criterion.evidence) for _, criterion in credited)
    yield "spans a credited criterion", ", ".join(f"{count}: {share}" for count, share in sorted(spans.items()))


def _is_sound(answer: str, evidence: Sequence[Evidence]) -> bool:
    ordered = sorted(evidence, key=lambda span: span.start)
    return (
        1 <= len(evidence) <= MAX_SPANS
        and all(
            answer[span.start : span.end] == span.quote and word_count(span.quote) <= MAX_WORDS for span in evidence
        )
        and all(one.end <= other.start for one, other in pairwise(ordered))
    )


def _overlaps(read: ReadAnswer, index: int, spans: Sequence[tuple[int, int]]) -> bool:
    quote = read.answer.evidence[index]
    start = read.answer.answer.find(quote)
    return start >= 0 and any(low < start + len(quote) and start < high for low, high in spans)


def _ranking_figures(read: Sequence[ReadAnswer]) -> Iterator[tuple[str, str]]:
    truth = [each.answer.half_points[index] >= 1 for each, index, _ in _pairs(read)]
    ours = [criterion.probability for _, _, criterion in _pairs(read)]
    baseline = [each.cosines[index] for each, index, _ in _pairs(read)]
    if len(set(truth)) == 2:
        yield "criterion AUC", f"{roc_auc_score(truth, ours):.3f}"
        yield "criterion AUC of the best cosine", f"{roc_auc_score(truth, baseline):.3f}"


def _credit_figures(read: Sequence[ReadAnswer]) -> Iterator[tuple[str, str]]:
    by_style: dict[str, list[ReadAnswer]] = defaultdict(list)
    by_question: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for each in read:
        by_style[each.answer.style].append(each)
        by_question[(each.answer.group, each.answer.question)][each.answer.style].append(each.score)
    for style, members in sorted(by_style.items(), key=lambda item: -mean(each.score for each in item[1])):
        told = mean(each.score for each in members)
        marked = mean(float(each.true_score) for each in members)
        flagged = mean(each.needs_review for each in members)
        yield f"mean credit, {style} ({len(members)})", f"{told:.3f}  marked {marked:.3f}  flagged {flagged:.2f}"
    above = [
        strong > max(styles[VAGUE]) for styles in by_question.values() if styles[VAGUE] for strong in styles[STRONG]
    ]
    if above:
        yield "strong answers scoring above every vague one of the same question", f"{mean(above):.3f}"


def _doubt_figures(read: Sequence[ReadAnswer]) -> Iterator[tuple[str, str]]:
    verdicts = Counter(criterion.verdict.value for _, _, criterion in _pairs(read))
    yield "verdicts", ", ".join(f"{verdict} {count}" for verdict, count in verdicts.most_common())
    decided = [(each, i, c) for each, i, c in _pairs(read) if c.verdict is not Verdict.UNKNOWN]
    exact = mean(each.answer.half_points[index] == criterion.half_points for each, index, criterion in decided)
    yield "exact agreement on decided criteria", f"{exact:.3f}"
    wrong = mean(abs(each.answer.half_points[i] - c.half_points) == 2 for each, i, c in decided)
    yield "decided criteria off by a full credit", f"{wrong:.3f}"
    inside = mean(low <= each.true_score <= high for each in read for low, high in [each.interval])
    width = mean(float(high - low) for each in read for low, high in [each.interval])
    yield f"nominal {LEVEL:.0%} intervals that hold the marked score", f"{inside:.3f}"
    yield "their mean width", f"{width:.3f}"
