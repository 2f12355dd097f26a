"""Figures of the local reading against people's marks and quotes."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from statistics import mean

from sklearn.metrics import roc_auc_score

from app.evaluation import trust
from app.evaluation.compared import Compared, compared
from app.evaluation.labelled import Labelled
from app.grading.grader import GradeRequest
from app.grading.ledger import fuse
from app.grading.outcome import CriterionReading, Evidence, Reading
from app.grading.segments import MAX_WORDS, Segment, word_count
from app.grading.spans import MAX_SPANS
from rubric.criteria import Criterion, Verdict

_CREDITED = (Verdict.COVERED, Verdict.PARTIAL)
STRONG, VAGUE = "strong", "vague"


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """A marked answer with its reading and, of each criterion, the sentence of highest cosine and that cosine."""

    answer: Labelled
    reading: Reading
    best_sentences: Sequence[Segment]
    cosines: Sequence[float]


def as_request(answer: Labelled) -> GradeRequest:
    """What is asked of a grader for a marked answer; its criteria are named c0, c1 …"""
    criteria = tuple(Criterion(id=f"c{index}", text=text) for index, text in enumerate(answer.criteria))
    return GradeRequest(question=answer.question, criteria=criteria, parts=(answer.answer,))


def grades(read: Sequence[ReadAnswer]) -> list[Compared]:
    """What would count of each answer, with no critique to settle a doubt, beside its marks."""
    found = (compared(each.answer, [fuse(as_request(each.answer), each.reading, None)]) for each in read)
    return [each for each in found if each is not None]


def print_figures(read: Sequence[ReadAnswer]) -> None:
    """Print every figure, one a line, under the heading of its section."""
    told = {heading: list(section) for heading, section in sections(read).items()}
    width = max(len(name) for section in told.values() for name, _ in section)
    for heading, section in told.items():
        print(f"\n {heading}")
        for name, value in section:
            print(f"  {name:{width}}  {value}")


def figures(read: Sequence[ReadAnswer]) -> Iterator[tuple[str, str]]:
    """Name and value of every figure."""
    return chain.from_iterable(sections(read).values())


def sections(read: Sequence[ReadAnswer]) -> dict[str, Iterator[tuple[str, str]]]:
    """Name and value of every figure by the heading it stands under.

    Args:
        read: At least one answer with marked criteria.
    """
    graded = grades(read)
    return {
        "Evidence": _evidence_figures(read),
        "Criteria": chain(_ranking_figures(read), trust.telling_apart(graded), _verdict_figures(read)),
        "Styles": chain(_credit_figures(graded), trust.overrating(graded)),
        "Accepted share against error at five thresholds": trust.accepting(graded),
        "Score intervals": trust.intervals(graded),
    }


def _pairs(read: Sequence[ReadAnswer]) -> Iterator[tuple[ReadAnswer, int, CriterionReading]]:
    for each in read:
        for index, criterion in enumerate(each.reading.criteria):
            yield each, index, criterion


def _evidence_figures(read: Sequence[ReadAnswer]) -> Iterator[tuple[str, str]]:
    yield "answers", str(len(read))
    credited = [(each, criterion) for each, _, criterion in _pairs(read) if criterion.verdict in _CREDITED]
    sound = sum(_is_sound(each.answer.answer, criterion.evidence) for each, criterion in credited)
    yield "covered or partial criteria with 1 to 3 verbatim spans of <= 40 words", f"{sound} of {len(credited)}"
    annotated = [pair for pair in _pairs(read) if pair[0].answer.style == STRONG and pair[1] in pair[0].answer.evidence]
    shown = [pair for pair in annotated if pair[2].verdict in _CREDITED]
    for label, among in (("covered or partial", shown), ("all", annotated)):
        if not among:
            continue
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


def _credit_figures(graded: Sequence[Compared]) -> Iterator[tuple[str, str]]:
    by_style: dict[str, list[Compared]] = defaultdict(list)
    by_question: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for each in graded:
        by_style[each.answer.style].append(each)
        by_question[each.key][each.answer.style].append(each.score)
    for style, members in sorted(by_style.items(), key=lambda item: -mean(each.score for each in item[1])):
        told = mean(each.score for each in members)
        marked = mean(each.person_score or 0.0 for each in members)
        flagged = mean(not each.is_accepted for each in members)
        yield f"mean credit, {style} ({len(members)})", f"{told:.3f}  marked {marked:.3f}  flagged {flagged:.2f}"
    above = [
        strong > max(styles[VAGUE]) for styles in by_question.values() if styles[VAGUE] for strong in styles[STRONG]
    ]
    if above:
        yield "strong answers scoring above every vague one of the same question", f"{mean(above):.3f}"


def _verdict_figures(read: Sequence[ReadAnswer]) -> Iterator[tuple[str, str]]:
    verdicts = Counter(criterion.verdict.value for _, _, criterion in _pairs(read))
    yield "verdicts", ", ".join(f"{verdict} {count}" for verdict, count in verdicts.most_common())
    decided = [(each, i, c) for each, i, c in _pairs(read) if c.verdict is not Verdict.UNKNOWN]
    if decided:
        exact = mean(each.answer.half_points[index] == criterion.half_points for each, index, criterion in decided)
        yield "exact agreement on decided criteria", f"{exact:.3f}"
        wrong = mean(abs(each.answer.half_points[i] - c.half_points) == 2 for each, i, c in decided)
        yield "decided criteria off by a full credit", f"{wrong:.3f}"
