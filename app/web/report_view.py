"""What the report page shows of one question: the answer with its evidence marked, and the ledger beside it."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime

from app.grading.outcome import CriterionGrade, Critique, Graded, Ungraded
from app.interviews.models import Interview, Kind, State
from app.locale.catalogue import translated, translated_count
from app.reports.report import QuestionReport, Report
from app.web import words
from app.web.marked_text import Block, Mark, blocks
from rubric.criteria import Criterion, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the ledger; `number` is its place, from 1; `must_have` as the bank says."""

    number: int
    grade: CriterionGrade
    verdict: str
    credit: str
    source: str
    flags: tuple[str, ...]
    must_have: bool

    @property
    def to_learner(self) -> str:
        """The verdict as practice words it."""
        return words.UNCLEAR if self.grade.verdict is Verdict.UNKNOWN else self.verdict

    @property
    def has_evidence(self) -> bool:
        """Whether a span in the answer can be gone to."""
        return bool(self.grade.evidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPart:
    """One reply as it is shown.

    Attributes:
        asked: The follow-up it replies to; empty for the first reply.
        at: When it was received; None if the transcript does not tell.
    """

    asked: str
    at: datetime | None
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionView:
    """One question of the report.

    Attributes:
        key: Prefix of the ids on the page.
        status: A word where there is no credit to show.
        remark: Why it was graded 0 without being judged, or why it is not graded.
        awaits_grade: Whether its answer is final and a machine has yet to grade it.
        expected: What a person who grades it reads beside the answer; empty where the ledger stands.
        earlier: What the answer was before the candidate changed it.
    """

    key: str
    report: QuestionReport
    parts: tuple[AnswerPart, ...]
    lines: tuple[Line, ...]
    critique: Critique | None
    status: str
    remark: str
    awaits_grade: bool
    expected: tuple[Criterion, ...]
    earlier: tuple[AnswerPart, ...]
    flags: tuple[str, ...]
    provenance: tuple[tuple[str, str], ...]

    @property
    def graded(self) -> Graded | None:
        """The grade, if there is one."""
        return self.report.outcome if isinstance(self.report.outcome, Graded) else None

    @property
    def is_open(self) -> bool:
        """Whether something about it is still to arrive."""
        return self.report.awaits_critique or self.awaits_grade

    @property
    def told(self) -> str:
        """Why it was graded 0 without being judged, addressed to whoever practises."""
        return words.TOLD[self.graded.reason] if self.graded and self.graded.reason else ""

    @property
    def tally(self) -> "Found":
        """The expected points in count."""
        return found_in([self.report])


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Expected points in count, each counting alike whatever it weighs.

    Attributes:
        found: Covered, fully or in part.
        unclear: The local reading can't tell.
        total: All of the graded answers.
        awaited: Answers that are still being read.
    """

    found: int
    unclear: int
    total: int
    awaited: int = 0

    def in_words(self, language: str) -> str:
        """In a sentence or two."""
        points = translated_count("{count} expected point", "{count} expected points", self.total, language)
        values = {"found": self.found, "points": points, "unclear": self.unclear}
        if self.unclear:
            said = translated("{found} of {points} found, {unclear} unclear.", language, **values)
        else:
            said = translated("{found} of {points} found.", language, **values)
        if not self.awaited:
            return said
        waiting = translated_count(
            "{count} answer is still being read.", "{count} answers are still being read.", self.awaited, language
        )
        return f"{said} {waiting}"


def found_in(questions: Iterable[QuestionReport], awaited: int = 0) -> Found:
    """What was found in the answers that are graded."""
    graded = [question.outcome for question in questions if isinstance(question.outcome, Graded)]
    verdicts = [line.verdict for outcome in graded for line in outcome.criteria]
    return Found(
        found=sum(verdict in {Verdict.COVERED, Verdict.PARTIAL} for verdict in verdicts),
        unclear=verdicts.count(Verdict.UNKNOWN),
        total=len(verdicts),
        awaited=awaited,
    )


def question_views(report: Report, interview: Interview) -> tuple[QuestionView, ...]:
    """Every question of a report as the page shows it."""
    return tuple(question_view(question, interview) for question in report.questions)


def question_view(question: QuestionReport, interview: Interview) -> QuestionView:
    """One question of a report as the page shows it."""
    graded = question.outcome if isinstance(question.outcome, Graded) else None
    critique = graded.critique if graded else None
    must_have = {criterion.id for criterion in question.criteria if criterion.must_have}
    by_person = _is_for_a_person(question, interview)
    return QuestionView(
        key=f"q{question.number}",
        report=question,
        parts=_parts(question, interview, graded.criteria if graded else ()),
        lines=tuple(_line(number, grade, critique, must_have) for number, grade in enumerate(graded.criteria, 1))
        if graded
        else (),
        critique=critique,
        status=_status(question, interview),
        remark=_remark(question),
        awaits_grade=_awaits_grade(question, interview),
        expected=question.criteria if by_person else (),
        earlier=tuple(AnswerPart(asked="", at=old.at, blocks=blocks(old.text, ())) for old in question.earlier),
        flags=tuple(words.flag(flag) for flag in question.outcome.flags) if question.outcome else (),
        provenance=_provenance(question, interview, graded, critique),
    )


def _line(number: int, grade: CriterionGrade, critique: Critique | None, must_have: Container[str]) -> Line:
    return Line(
        number=number,
        grade=grade,
        verdict=words.VERDICTS[grade.verdict],
        credit=words.line_credit(grade),
        source=words.source(grade, critique),
        flags=tuple(words.flag(flag) for flag in grade.flags),
        must_have=grade.criterion_id in must_have,
    )


def _parts(
    question: QuestionReport, interview: Interview, criteria: Iterable[CriterionGrade]
) -> tuple[AnswerPart, ...]:
    if question.answer is None:
        return ()
    marks: dict[int, list[Mark]] = {}
    for number, grade in enumerate(criteria, 1):
        if grade.verdict is Verdict.MISSING:
            continue
        for span in grade.evidence:
            marks.setdefault(span.part, []).append(Mark(number, grade.verdict, span.start, span.end))
    mine = [entry for entry in interview.transcript if entry.question_id == question.id]
    replies = [entry for entry in mine if entry.kind is Kind.REPLY]
    follow_up = next((entry.text for entry in mine if entry.kind is Kind.FOLLOW_UP), "")
    return tuple(
        AnswerPart(
            asked=follow_up if part.number else "",
            at=next((entry.at for entry in replies if entry.text == part.text), None),
            blocks=blocks(part.text, marks.get(part.number, ())),
        )
        for part in question.answer.parts
        if part.text or not part.revision
    )


def _status(question: QuestionReport, interview: Interview) -> str:
    answer = question.answer
    name = question.non_answer
    if answer is not None and answer.ending is None and name is None:
        return "Open"
    if question.was_left or answer is None or interview.state is State.WITHDRAWN:
        return words.NON_ANSWERS[name] if name else ""
    if _is_for_a_person(question, interview):
        return "For a person to grade"
    return "Being graded" if question.outcome is None else ""


def _is_for_a_person(question: QuestionReport, interview: Interview) -> bool:
    if interview.state is State.WITHDRAWN or isinstance(question.outcome, Graded):
        return False
    return isinstance(question.outcome, Ungraded) or not interview.automated


def _awaits_grade(question: QuestionReport, interview: Interview) -> bool:
    answer = question.answer
    if answer is None or not answer.is_final or not answer.parts or question.outcome is not None:
        return False
    return interview.automated and interview.state is not State.WITHDRAWN


def _remark(question: QuestionReport) -> str:
    if isinstance(question.outcome, Ungraded):
        return f"Not graded: {question.outcome.reason}. It enters no score."
    if isinstance(question.outcome, Graded) and question.outcome.reason is not None:
        return words.STOPS[question.outcome.reason]
    return words.REMARKS.get(question.non_answer, "") if question.non_answer else ""


def _provenance(
    question: QuestionReport, interview: Interview, graded: Graded | None, critique: Critique | None
) -> tuple[tuple[str, str], ...]:
    """What the grade can be replayed from, in the reader's words; the whole of it stands in the JSON export."""
    if graded is None:
        return ()
    known = graded.provenance
    rows = [
        ("Question and criteria", f"{interview.bank.name}, version {interview.bank.version}, {question.id}"),
        ("Bank content", f"sha256 {interview.bank.sha256[:16]}…"),
        ("Basis", graded.basis[:1].upper() + graded.basis[1:]),
    ]
    embedder = " ".join(str(known[key])[:24] for key in ("embedder", "embedder_sha256") if known.get(key))
    if embedder:
        rows.append(("Local reading", f"{embedder}…" if known.get("embedder_sha256") else embedder))
    if known.get("head"):
        rows.append(("Head", str(known["head"])))
    if known.get("entailment"):
        rows.append(
            ("Entailment model", f"{known['entailment']}{', did not work' if 'entailment_error' in known else ''}")
        )
    if critique is not None:
        made = critique.provenance
        said = [critique.status if not critique.reason else f"{critique.status}: {critique.reason}"]
        said += [
            f"{name} {made[key]}" for key, name in (("model", "by"), ("prompt_version", "prompt")) if made.get(key)
        ]
        rows.append(("Critique", ", ".join(said)))
    rows.append(("Rules", "verdicts fused by fixed rules; credits summed in half-points"))
    rows.append(("Record", question.grade_id))
    return tuple(rows)
