"""What the pages of a screening show: its candidates as lines, those that are looked for, and its answers as a grid."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from urllib.parse import urlencode

from app.grading.outcome import Flag
from app.screening.decisions import CandidateDecision
from app.screening.marks import worth
from app.screening.policy import MustHave
from app.screening.ranking import Interval, Proposal, Standing
from app.screening.screening import Screening, ScreeningState
from app.screening.service import Results
from app.web import words
from rubric.bank import Bank

UNDECIDED, OTHERWISE = "undecided", "otherwise"
"""What can be asked of decisions beside what was decided: none yet, or another than was proposed."""
PROPOSALS: Mapping[Proposal, str] = {
    Proposal.ADVANCE: "Advance",
    Proposal.LOOK: "A person looks",
    Proposal.DECLINE: "Decline",
}
DECISIONS: Mapping[Proposal, str] = {
    Proposal.ADVANCE: "Advance",
    Proposal.DECLINE: "Decline",
    Proposal.LOOK: "Look again",
}
STATES: Mapping[ScreeningState, str] = {
    ScreeningState.DRAFT: "Not begun",
    ScreeningState.ACTIVE: "Open",
    ScreeningState.CLOSED: "Closed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateLine:
    """One candidate of the table.

    Attributes:
        place: In the ranking, from 1; None where nobody is ranked.
        missing, open: Texts of must-haves that are not met, and of those that are undecided.
        flags: In words.
    """

    place: int | None
    standing: Standing
    decision: CandidateDecision | None
    missing: tuple[str, ...]
    open: tuple[str, ...]
    flags: tuple[str, ...]

    @property
    def id(self) -> str:
        """Of the interview, which is the candidate's report."""
        return self.standing.candidate.interview_id

    @property
    def name(self) -> str:
        """What the person is called."""
        return self.standing.candidate.name or self.standing.candidate.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which candidates are looked for, and in which order; empty is whatever there is."""

    q: str = ""
    proposal: str = ""
    decision: str = ""
    flag: str = ""
    sort: str = ""

    def query(self, **more: object) -> str:
        """As the address of a page says it, a question mark first; empty where nothing is asked for."""
        named = {name: getattr(self, name) for name in ("q", "proposal", "decision", "flag", "sort")} | more
        said = urlencode({name: value for name, value in named.items() if value not in {"", 0, None}})
        return f"?{said}" if said else ""

    @property
    def narrows(self) -> bool:
        """Whether anybody may be left out."""
        return bool(self.q or self.proposal or self.decision or self.flag)


SORTS: Mapping[str, tuple[str, Callable[[CandidateLine], object] | None]] = {
    "": ("Rank", None),
    "name": ("Name", lambda line: (line.name.casefold(), line.standing.candidate.number)),
    "low": ("Lower end of the interval", lambda line: -_low(line.standing.score)),
    "complete": ("Completeness, least first", lambda line: line.standing.completeness),
    "came": ("Order in the file", lambda line: line.standing.candidate.number),
}


def lines(results: Results, wanted: Wanted) -> tuple[CandidateLine, ...]:
    """The candidates who are looked for, in that order."""
    texts = {one.id: one.text for question in results.bank.questions() for one in question.criteria}
    every = [
        CandidateLine(
            place=place if one.group is not None else None,
            standing=one,
            decision=results.decisions.get(one.candidate.interview_id),
            missing=_texts(texts, one.must_haves.missing),
            open=_texts(texts, one.must_haves.open),
            flags=tuple(flag_words(flag) for flag in one.flags),
        )
        for place, one in enumerate(results.standings, start=1)
    ]
    found = [line for line in every if _is_wanted(line, wanted)]
    _, key = SORTS.get(wanted.sort, SORTS[""])
    if key is not None:
        found.sort(key=key)  # type: ignore[arg-type]
    return tuple(found)


def counts(results: Results) -> Mapping[str, int]:
    """How many are proposed what, are ranked, and are decided about."""
    proposals = [one.proposal for one in results.standings]
    settled = [one for one in results.decisions.values() if one.is_settled]
    return {
        **{proposal.value: proposals.count(proposal) for proposal in Proposal},
        "ranked": sum(one.group is not None for one in results.standings),
        "decided": len(settled),
        "otherwise": sum(one.differs for one in settled),
        "waiting": sum(one.waiting for one in results.standings),
    }


def flags_of(results: Results) -> Sequence[tuple[str, str]]:
    """Every flag that somebody has, with its words."""
    found = sorted({flag for one in results.standings for flag in one.flags})
    return [(flag, flag_words(flag)) for flag in found]


def flag_words(name: str) -> str:
    """A flag by its name, in words."""
    return words.flag(Flag(name)) if name in set(Flag) else name.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A candidate's answer in the grid.

    Attributes:
        score: Whole percent; None where there is none, and `said` tells why.
    """

    question_id: str
    said: str
    score: int | None = None
    low: int = 0
    high: int = 0
    waits: bool = False


def cells(results: Results, line: CandidateLine) -> tuple[Cell, ...]:
    """A line of the grid: one cell a question of the policy."""
    return tuple(_cell(line.standing, question_id) for question_id in results.screening.policy.questions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The policy in the bank's words.

    Attributes:
        weights: Questions that weigh other than 1, with their weights.
    """

    questions: tuple[str, ...]
    of: int
    weights: tuple[tuple[str, int], ...]
    must_haves: tuple[str, ...]
    doubts: tuple[str, ...]


def rules(screening: Screening, bank: Bank) -> Rules:
    """The rules in force."""
    policy = screening.policy
    texts = {one.id: one.text for question in bank.questions() for one in question.criteria}
    asked = {id_: bank.question(id_).text for id_ in policy.questions}
    return Rules(
        questions=tuple(asked.values()),
        of=len(list(bank.questions())),
        weights=tuple((asked[id_], weight) for id_, weight in policy.weights.items() if id_ in asked),
        must_haves=_texts(texts, policy.must_haves),
        doubts=tuple(doubt_words(doubt.value) for doubt in policy.review),
    )


def doubt_words(name: str) -> str:
    """A doubt of the policy, in words."""
    return "Any answer waits for a person" if name == "waiting" else flag_words(name)


def _cell(standing: Standing, question_id: str) -> Cell:
    found, answer = worth(standing.candidate, question_id), standing.candidate.answer(question_id)
    waits = answer is not None and answer.mark is not None and answer.mark.waits
    if found.score is not None:
        return Cell(
            question_id=question_id,
            said="waits for a person" if waits else "",
            score=words.hundred(found.score),
            low=words.hundred(found.low),
            high=words.hundred(found.high),
            waits=waits,
        )
    said = "not answered"
    if found.is_answered and answer is not None:
        said = f"not graded: {answer.trouble}" if answer.trouble else "not graded yet"
    return Cell(question_id=question_id, said=said)


def _is_wanted(line: CandidateLine, wanted: Wanted) -> bool:
    if wanted.q.strip():
        sought, candidate = wanted.q.strip().casefold(), line.standing.candidate
        if sought not in candidate.name.casefold() and sought not in candidate.key.casefold():
            return False
    if wanted.proposal and line.standing.proposal.value != wanted.proposal:
        return False
    if wanted.flag and wanted.flag not in line.standing.flags:
        return False
    decision = line.decision
    if wanted.decision == UNDECIDED:
        return decision is None or not decision.is_settled
    if wanted.decision == OTHERWISE:
        return decision is not None and decision.is_settled and decision.differs
    return not wanted.decision or (decision is not None and decision.kind.value == wanted.decision)


def _texts(texts: Mapping[str, str], musts: Sequence[MustHave]) -> tuple[str, ...]:
    return tuple(texts[must.criterion_id] for must in musts)


def _low(score: Interval | None) -> Fraction:
    return score.low if score is not None else Fraction(-1)
