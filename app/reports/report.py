"""The report of one interview as a value: what each reader sees, before it becomes a page or a file.

A number never stands alone here: every score comes with its interval, what it leaves out, and what is still open.
Nothing is rounded; scores stay fractions until they are printed.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from types import MappingProxyType

from app.grading.outcome import CriterionGrade, Graded, Outcome, Ungraded
from app.interviews.models import Answer, GradeRecord, Interview, Mode, Part, RequestKind, Script, State
from app.interviews.non_answers import non_answer
from app.interviews.revisions import EarlierVersion, earlier_versions
from app.review.models import Decision
from rubric.bank import Band
from rubric.criteria import Criterion, Verdict
from rubric.scoring import FULL, LEFT, AnswerMark, InterviewScore, NonAnswer, average, band_of, interview_score, mark

FOUND = frozenset({Verdict.COVERED, Verdict.PARTIAL})


@dataclass(frozen=True, slots=True)
class ScoreRange:
    """A score with its interval: 0..1 each, low <= value <= high."""

    value: Fraction
    low: Fraction
    high: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What some questions are worth: graded answers, and 0 for what was left alone.

    Attributes:
        score: Mean over the questions, each counting alike; None where nothing has a mark.
        credit, credit_low, credit_high: In points: a covered criterion of weight 1 is one point.
        points: The most that these questions could have earned.
        credit_after: The part of the credit that was earned by replies to a follow-up alone; the rest stood there
            before it.
    """

    score: ScoreRange | None
    credit: Fraction
    credit_low: Fraction
    credit_high: Fraction
    points: int
    credit_after: Fraction = Fraction(0)

    @property
    def credit_before(self) -> Fraction:
        """What was earned without a follow-up."""
        return self.credit - self.credit_after


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionReport:
    """One question with its answer and what it is worth.

    Attributes:
        answer: None when it was not asked.
        outcome: None while it is not graded, or not to be.
        tally: Of this question alone; `score` is None unless it was graded or left alone.
        non_answer: Why it has no plain answer; None where it has one, and while it is open.
        criteria: What a good answer holds, as the bank says it.
        decision: The person's that the grade rests on; None where only machines gave marks.
        earlier: What the answer was before the candidate changed it, oldest first.
    """

    id: str
    number: int
    section: str
    text: str
    answer: Answer | None
    outcome: Outcome | None
    grade_id: str
    graded_at: datetime | None
    tally: Tally
    non_answer: NonAnswer | None = None
    criteria: tuple[Criterion, ...] = ()
    decision: Decision | None = None
    earlier: tuple[EarlierVersion, ...] = ()

    @property
    def is_answered(self) -> bool:
        """Whether the candidate took the question up; one that was left alone or never asked was not."""
        if self.answer is None or self.answer.ending is None:
            return False
        return self.answer.has_text or self.non_answer not in LEFT

    @property
    def was_followed_up(self) -> bool:
        """Whether there is a reply to a follow-up, so that the credit has two parts."""
        return self.answer is not None and sum(bool(part.text) for part in self.answer.parts) > 1

    @property
    def was_left(self) -> bool:
        """Whether it was asked and counts 0 without having been judged."""
        return not isinstance(self.outcome, Graded) and self.tally.score is not None

    @property
    def review_reasons(self) -> tuple[str, ...]:
        """Why a person should look; empty when nobody must."""
        if isinstance(self.outcome, Graded):
            return self.outcome.review_reasons
        return (f"Not graded: {self.outcome.reason}",) if isinstance(self.outcome, Ungraded) else ()

    @property
    def awaits_critique(self) -> bool:
        """Whether a critique is asked for and not there yet."""
        critique = self.outcome.critique if isinstance(self.outcome, Graded) else None
        return critique is not None and critique.status == "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionReport:
    """One section's questions in sum."""

    title: str
    answered: int
    total: int
    tally: Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What the score means against the bank's bands.

    Attributes:
        band: The band of the score; None when none is named.
        is_close: Whether the interval reaches into another band.
        cut: Percent: the cut that the interval crosses when it is close, else the lower end of the band.
        is_incomplete: Whether too few questions were answered to name a band.
    """

    band: Band | None
    is_close: bool
    cut: int | None
    is_incomplete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything a reader is told of one interview.

    Attributes:
        completeness: Share of the planned questions that were answered, 0..1.
        hand_over: Whether the candidate asked for a person.
        criteria_assessed, criteria_total: Criteria of graded answers, and of all planned questions.
        criteria_unclear: Those of them whose verdict is unknown.
        ungraded: Answers without a score: being graded, or for a person to judge.
        critiqued, critiques: Critiques that are done, and that were asked for.
        critiques_failed: Critiques that failed or are void; their answers keep the local marks.
        call: None when the bank has no bands or nothing is graded.
        basis: One plain sentence on what the marks rest on.
        job_questions: What the candidate asked about the job and Viva could not answer, in their words.
    """

    interview_id: str
    label: str
    bank: str
    bank_title: str
    bank_version: int
    bank_sha256: str
    mode: Mode
    state: State
    automated: bool
    hand_over: bool
    created_at: datetime
    consented_at: datetime | None
    finished_at: datetime | None
    built_at: datetime
    overall: Tally
    answered: int
    total: int
    completeness: Fraction
    minimum_completeness: int
    criteria_assessed: int
    criteria_unclear: int
    criteria_total: int
    ungraded: int
    critiqued: int
    critiques: int
    critiques_failed: int
    call: Call | None
    basis: str
    sections: tuple[SectionReport, ...]
    questions: tuple[QuestionReport, ...]
    job_questions: tuple[str, ...] = ()

    @property
    def open_reviews(self) -> tuple[QuestionReport, ...]:
        """Questions whose grade a person should look at."""
        return tuple(question for question in self.questions if question.review_reasons)

    @property
    def decided(self) -> int:
        """Answers that a person decided about."""
        return sum(question.decision is not None for question in self.questions)

    @property
    def is_settled(self) -> bool:
        """Whether nothing more will arrive by itself: no critique open and no answer waiting for its grade."""
        waiting = any(q.awaits_critique for q in self.questions)
        ungraded = any(_awaits_grade(q.answer, q.outcome) for q in self.questions)
        return not waiting and not (self.automated and self.state is not State.WITHDRAWN and ungraded)

    @property
    def graded_at(self) -> datetime | None:
        """When the newest grade was made."""
        return max((q.graded_at for q in self.questions if q.graded_at), default=None)


def build_report(
    interview: Interview,
    script: Script,
    grades: Mapping[str, GradeRecord],
    *,
    now: datetime,
    decisions: Mapping[str, Decision] = MappingProxyType({}),
) -> Report:
    """The report of an interview as it stands; it may still be under way or its critiques open.

    Args:
        interview: Any state.
        script: Its questions.
        grades: The newest grade by question id; questions without one are left out of every score.
        now: Noted as the time of the report.
        decisions: What people decided, by the id of the grade that came of it.
    """
    # What was graded before the candidate withdrew counts no more than what was not.
    kept = {} if interview.state is State.WITHDRAWN else grades
    questions = tuple(_question(interview, script, qid, kept.get(qid), decisions) for qid in interview.plan)
    overall = _tally(questions)
    score = _score(questions, script)
    critiques = [q.outcome.critique for q in questions if isinstance(q.outcome, Graded) and q.outcome.critique]
    states = [critique.status for critique in critiques]
    lines = [line for q in questions if isinstance(q.outcome, Graded) for line in q.outcome.criteria]
    return Report(
        interview_id=interview.id,
        label=interview.label,
        bank=interview.bank.name,
        bank_title=script.bank.title or script.bank.name,
        bank_version=interview.bank.version,
        bank_sha256=interview.bank.sha256,
        mode=interview.mode,
        state=interview.state,
        automated=interview.automated,
        hand_over=interview.hand_over,
        created_at=interview.created_at,
        consented_at=interview.consented_at,
        finished_at=interview.finished_at,
        built_at=now,
        overall=overall,
        answered=score.graded + score.ungraded,
        total=len(questions),
        completeness=score.completeness,
        minimum_completeness=script.bank.minimum_completeness,
        criteria_assessed=len(lines),
        criteria_unclear=sum(line.verdict is Verdict.UNKNOWN for line in lines),
        criteria_total=sum(len(script.question(qid).criteria) for qid in interview.plan),
        ungraded=score.ungraded,
        critiqued=states.count("done"),
        critiques=len(states),
        critiques_failed=states.count("failed") + states.count("void"),
        call=_call(overall.score, score, script),
        basis=f"{_basis(interview, questions, states)}{_by_people(questions)}",
        sections=_sections(questions),
        questions=questions,
        job_questions=tuple(asked.text for asked in interview.requests if asked.kind is RequestKind.JOB_QUESTION),
    )


def _question(
    interview: Interview,
    script: Script,
    question_id: str,
    grade: GradeRecord | None,
    decisions: Mapping[str, Decision],
) -> QuestionReport:
    answer, question = interview.answer_to(question_id), script.question(question_id)
    outcome = grade.outcome if grade else None
    name = non_answer(interview, question_id, outcome)
    return QuestionReport(
        id=question_id,
        number=script.number(question_id),
        section=script.section_title(question_id),
        text=script.text(question_id),
        answer=answer,
        outcome=outcome,
        grade_id=grade.id if grade else "",
        graded_at=grade.created_at if grade else None,
        tally=_marked(interview, answer, name, outcome, question.criteria),
        non_answer=name,
        criteria=question.criteria,
        decision=decisions.get(grade.id) if grade else None,
        earlier=earlier_versions(interview, question_id),
    )


def _marked(
    interview: Interview,
    answer: Answer | None,
    name: NonAnswer | None,
    outcome: Outcome | None,
    criteria: Sequence[Criterion],
) -> Tally:
    """One question's credit: what its grade says, or 0 where it was left alone or nothing was found."""
    graded = outcome if isinstance(outcome, Graded) else None
    given = _tally_of(graded, () if answer is None else answer.parts)
    if answer is None or not interview.automated or interview.state is State.WITHDRAWN:
        return given
    found = graded is not None and any(line.verdict in FOUND | {Verdict.UNKNOWN} for line in graded.criteria)
    worth = mark(name, graded.score if graded else None, has_text=answer.has_text, found=found)
    if worth is None or (graded is not None and worth == graded.score):
        return given
    zero = Fraction(0)
    points = given.points or sum(criterion.weight for criterion in criteria)
    return Tally(score=ScoreRange(zero, zero, zero), credit=zero, credit_low=zero, credit_high=zero, points=points)


def _tally_of(graded: Graded | None, parts: Sequence[Part]) -> Tally:
    """One answer's credit; its interval is the grader's own."""
    if graded is None:
        return Tally(score=None, credit=Fraction(0), credit_low=Fraction(0), credit_high=Fraction(0), points=0)
    points = sum(line.weight for line in graded.criteria)
    after = sum(line.half_points * line.weight for line in graded.criteria if part_of(line, parts) > 0)
    return Tally(
        score=ScoreRange(graded.score, graded.score_low, graded.score_high),
        credit=graded.score * points,
        credit_low=graded.score_low * points,
        credit_high=graded.score_high * points,
        points=points,
        credit_after=Fraction(after, FULL),
    )


def part_of(line: CriterionGrade, parts: Sequence[Part]) -> int:
    """The number of the part that earned the credit: where the best evidence stands, else the last with text."""
    return line.evidence[0].part if line.evidence else max((part.number for part in parts if part.text), default=0)


def _tally(questions: Iterable[QuestionReport]) -> Tally:
    """Several answers' credit in sum, and their mean score with its interval."""
    parts = [question.tally for question in questions if question.tally.score is not None]
    scores = [part.score for part in parts if part.score is not None]
    return Tally(
        score=_mean(scores),
        credit=sum((part.credit for part in parts), Fraction(0)),
        credit_low=sum((part.credit_low for part in parts), Fraction(0)),
        credit_high=sum((part.credit_high for part in parts), Fraction(0)),
        points=sum(part.points for part in parts),
        credit_after=sum((part.credit_after for part in parts), Fraction(0)),
    )


def _mean(scores: Sequence[ScoreRange]) -> ScoreRange | None:
    """The mean of several scores.

    The error of one answer says nothing about that of another, so the distances to the ends of their intervals add up
    as independent errors do: the root of the sum of squares, divided by their number.
    """
    value = average([score.value for score in scores])
    if value is None:
        return None
    below = _root_sum_of_squares([score.value - score.low for score in scores]) / len(scores)
    above = _root_sum_of_squares([score.high - score.value for score in scores]) / len(scores)
    return ScoreRange(value, max(value - below, Fraction(0)), min(value + above, Fraction(1)))


def _root_sum_of_squares(distances: Sequence[Fraction]) -> Fraction:
    return Fraction(math.hypot(*map(float, distances))).limit_denominator(10**6)


def _score(questions: Sequence[QuestionReport], script: Script) -> InterviewScore:
    """The score by the documented rules: a mark for each question that was asked and is not open."""
    marks = [
        AnswerMark(question.section, question.tally.score.value if question.tally.score else None, question.is_answered)
        for question in questions
        if question.is_answered or question.tally.score is not None
    ]
    return interview_score(
        marks,
        asked=len(questions),
        bands=script.bank.bands,
        minimum_completeness=script.bank.minimum_completeness,
    )


def _sections(questions: Sequence[QuestionReport]) -> tuple[SectionReport, ...]:
    by_title: dict[str, list[QuestionReport]] = {}
    for question in questions:
        by_title.setdefault(question.section, []).append(question)
    return tuple(
        SectionReport(
            title=title,
            answered=sum(question.is_answered for question in members),
            total=len(members),
            tally=_tally(members),
        )
        for title, members in by_title.items()
    )


def _call(range_: ScoreRange | None, score: InterviewScore, script: Script) -> Call | None:
    bands = script.bank.bands
    if range_ is None or not bands:
        return None
    is_close = band_of(range_.low, bands) != band_of(range_.high, bands)
    crossed = [b.minimum for b in bands if range_.low * 100 < b.minimum <= range_.high * 100]
    # Of several cuts inside the interval the nearest to the score is the one in doubt.
    nearest = min(crossed, key=lambda minimum: abs(range_.value * 100 - minimum), default=None)
    reached = band_of(range_.value, bands)
    return Call(
        band=None if is_close else score.band,
        is_close=is_close,
        cut=nearest if is_close else (reached.minimum if reached else None),
        is_incomplete=score.graded * 100 < script.bank.minimum_completeness * len(script.question_ids),
    )


def _awaits_grade(answer: Answer | None, outcome: Outcome | None) -> bool:
    return answer is not None and answer.is_final and bool(answer.parts) and not isinstance(outcome, Graded)


def _by_people(questions: Sequence[QuestionReport]) -> str:
    decided = sum(question.decision is not None for question in questions)
    if not decided:
        return ""
    return (
        f" A person decided about {decided} of the answers." if decided > 1 else " A person decided about one answer."
    )


def _basis(interview: Interview, questions: Sequence[QuestionReport], states: Sequence[str]) -> str:
    if interview.state is State.WITHDRAWN:
        return "The candidate has withdrawn; nothing is graded."
    if not interview.automated:
        return "A person grades this interview; no mark was given by a machine."
    graded = [q.outcome for q in questions if isinstance(q.outcome, Graded)]
    if not graded and any(q.was_left for q in questions):
        return "No answer is graded; a question that was left alone counts 0."
    if not graded:
        return "Nothing is graded yet."
    if not states:
        if all(outcome.reason is not None for outcome in graded):
            return "No answer had content to be judged; the marks rest on the local check alone."
        return "No language model read these answers: the marks rest on the local reading alone."
    done, failed = states.count("done"), states.count("failed") + states.count("void")
    if done == len(states):
        return "Marks rest on the local reading and on the language model’s critique of every answer with content."
    rest = len(states) - done - failed
    said = [f"{done} of {len(states)} answers are critiqued by the language model."]
    if rest:
        said.append(
            f"{rest} {'is still open and rests' if rest == 1 else 'are still open and rest'} on the local reading until then."
        )
    if failed:
        said.append(
            f"{failed} {'critique' if failed == 1 else 'critiques'} gave nothing usable: there the local reading stands."
        )
    return " ".join(said)
