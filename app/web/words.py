"""How values are worded on pages: credits in halves, scores in whole numbers of 100, verdicts, flags and reasons."""

from datetime import datetime, timedelta
from fractions import Fraction

from app.grading.outcome import CriterionGrade, Critique, Flag, Source, StopReason
from app.interviews.models import Command, Mode, RequestKind, State
from app.interviews.store import InterviewSummary
from app.interviews.turn_class import TurnClass
from app.locale.catalogue import translated
from app.review.models import DecisionKind
from rubric.bank import Bank
from rubric.criteria import Verdict
from rubric.scoring import NonAnswer

MINUTES_PER_QUESTION = 4.5
USUAL_TIME = 100

VERDICTS = {
    Verdict.COVERED: "Covered",
    Verdict.PARTIAL: "Partial",
    Verdict.MISSING: "Missing",
    Verdict.CONTRADICTED: "Contradicted",
    Verdict.UNKNOWN: "Unknown",
}
UNCLEAR = "Unclear"
"""`Verdict.UNKNOWN` to the one who practises."""
MODES = {Mode.ASSESSMENT: "Assessment", Mode.PRACTICE: "Practice"}
STATES = {
    State.CONSENT: "Not begun",
    State.ASKING: "Under way",
    State.PAUSED: "Paused",
    State.REVIEWING: "Not submitted yet",
    State.FINISHED: "Finished",
    State.WITHDRAWN: "Withdrawn",
}
WANTED = {
    RequestKind.PERSON: "Wants to speak to a person",
    RequestKind.HUMAN_GRADING: "A person grades this interview",
    RequestKind.ACCOMMODATION: "Needs more time or other help",
    RequestKind.JOB_QUESTION: "Asked about the job",
    RequestKind.CONTEST: "Contests an answer’s marks",
    RequestKind.ERASE: "Wants the interview erased",
    RequestKind.DISTRESS: "In distress; what was said is withheld",
    RequestKind.ABUSE: "Insulted repeatedly; the interview is paused",
}
"""What a candidate asked of people, to the people."""
DECIDED = {
    DecisionKind.CONFIRM: "Confirmed",
    DecisionKind.OVERRIDE: "Decided",
    DecisionKind.DISMISS: "Dismissed",
}
NON_ANSWERS = {
    NonAnswer.NOT_ASKED: "Not asked",
    NonAnswer.SKIPPED: "Skipped",
    NonAnswer.DECLINED_TO_ANSWER: "Declined to answer",
    NonAnswer.DONT_KNOW: "Said: don’t know",
    NonAnswer.BLANK: "No content",
    NonAnswer.OFF_TOPIC: "Off the subject",
    NonAnswer.UNGRADABLE: "Not readable",
    NonAnswer.TIMED_OUT: "Time was up",
    NonAnswer.INTERRUPTED: "Left open at the end",
    NonAnswer.DECLINED_AUTOMATED: "For a person to grade",
    NonAnswer.WITHDRAWN: "Withdrawn: nothing is graded",
    NonAnswer.GRADER_DOWN: "Not graded: the local reading was not possible",
}
"""Why a question has no plain answer, in words."""
REMARKS = {
    NonAnswer.OFF_TOPIC: "The candidate stayed with something else after the question was put again.",
    NonAnswer.UNGRADABLE: "The reply could not be read as an answer, nor could the one after it; a person looks.",
    NonAnswer.TIMED_OUT: "The time was up; this is what had been typed by then.",
    NonAnswer.INTERRUPTED: "The candidate handed in while the question was open.",
}
"""What a reader should know beside the marks."""
TURNS = {
    TurnClass.ANSWER: "Answer",
    TurnClass.PARTIAL_ANSWER: "Part of an answer",
    TurnClass.CODE: "Answer in code",
    TurnClass.OTHER_LANGUAGE: "Answer in another language",
    TurnClass.ECHO: "The question given back",
    TurnClass.EMPTY: "Nothing to read",
    TurnClass.GIBBERISH: "Not readable",
    TurnClass.INJECTION: "Answer with text addressed to the grader",
    TurnClass.DONT_KNOW: "Doesn’t know",
    TurnClass.CLARIFICATION: "Asked what the question means",
    TurnClass.TERM: "Asked what a word means",
    TurnClass.REPEAT: "Asked to hear the question again",
    TurnClass.SKIP: "Asked to skip",
    TurnClass.WANTS_ANSWER: "Asked for the answer",
    TurnClass.ASKS_SCORE: "Asked for the score",
    TurnClass.ABOUT_INTERVIEW: "Asked about the interview",
    TurnClass.ABOUT_JOB: "Asked about the job",
    TurnClass.CORRECTION: "Change to an answer",
    TurnClass.OFF_TOPIC: "Off the subject",
    TurnClass.STOP: "Asked to stop",
    TurnClass.PAUSE: "Asked to pause",
    TurnClass.RESUME: "Went on",
    TurnClass.DONE: "Said that the answer is complete",
    TurnClass.PERSON: "Asked for a person",
    TurnClass.DECLINES_MACHINE: "Asked for a person to grade",
    TurnClass.ACCOMMODATION: "Personal",
    TurnClass.PRIVATE: "Personal",
    TurnClass.ABUSE: "Abusive",
    TurnClass.DISTRESS: "Personal",
    TurnClass.FILE: "A file or a link",
    TurnClass.TOO_LONG: "Longer than the limit",
}
"""What a reply was taken for; those who grade are not told what was said in private."""
COMMANDS = {
    Command.CONSENT: "You agreed to be interviewed by an AI",
    Command.DECLINE: "You asked that a person grade your answers",
    Command.REPEAT: "You chose Repeat",
    Command.CLARIFY: "You chose Clarify",
    Command.SKIP: "You chose Skip",
    Command.PAUSE: "You paused",
    Command.RESUME: "You went on",
    Command.PERSON: "You asked for a person",
    Command.STOP: "You chose Stop",
    Command.DONE: "You chose Done",
    Command.SUBMIT: "You submitted your answers",
    Command.WITHDRAW: "You withdrew",
}
CHOSE = {
    Command.CONSENT: "Agreed to be interviewed by an AI",
    Command.DECLINE: "Asked that a person grade",
    Command.REPEAT: "Chose Repeat",
    Command.CLARIFY: "Chose Clarify",
    Command.SKIP: "Chose Skip",
    Command.PAUSE: "Paused",
    Command.RESUME: "Went on",
    Command.PERSON: "Asked for a person",
    Command.STOP: "Chose Stop",
    Command.DONE: "Chose Done",
    Command.SUBMIT: "Submitted",
    Command.WITHDRAW: "Withdrew",
}
"""The same, to the hiring team."""
REQUESTS = {
    RequestKind.PERSON: "You asked for a person",
    RequestKind.HUMAN_GRADING: "You asked that a person grade your answers",
    RequestKind.ACCOMMODATION: "You asked for an adjustment",
    RequestKind.JOB_QUESTION: "You asked the team",
    RequestKind.CONTEST: "You asked for a second look",
    RequestKind.ERASE: "You asked for erasure",
}
"""What a candidate asked of people, to the candidate; anything else is between people."""
STOPS = {
    StopReason.BLANK: "The answer is blank.",
    StopReason.NO_CONTENT: "The answer holds nothing that could be judged.",
    StopReason.ECHO: "The answer repeats the question and adds nothing.",
    StopReason.DONT_KNOW: "The candidate said that they don’t know.",
}
TOLD = {
    StopReason.BLANK: "Your answer is blank.",
    StopReason.NO_CONTENT: "Your answer holds nothing that could be judged.",
    StopReason.ECHO: "Your answer repeats the question and adds nothing.",
    StopReason.DONT_KNOW: "You said that you don’t know.",
}
"""The same, to the one who practises."""
IN_THE_BROWSER = {
    "length": "{length} of {limit} characters",
    "over": "{length} of {limit} characters: please shorten by {over}",
    "nothing_sent": "{length} of {limit} characters: please shorten by {over}. Nothing was sent.",
    "draft_saved": "Draft saved {time}",
    "draft_unsaved": "Draft not saved yet",
    "sending": "Sending …",
    "moment": "One moment",
    "not_sent": "Not sent. Your text is still here: send it again.",
    "not_reached": "That did not reach the server. Please try again.",
    "offline": "You are offline; what you write is kept here.",
    "unreached": "Viva can’t be reached just now; what you write is kept here.",
    "closed": "This link opens the interview no longer. What you wrote stays on this page; please ask the team.",
    "moved_on": "The interview went on in another window. Your text is kept here: please check that it still fits.",
    "unsent": "What you wrote; it was not sent",
    "time_left": "Time left: {time}",
}
"""What the chat's script says, by the names it has for it."""
FLAGS = {
    Flag.REPLACED_CHARACTERS: "Characters that cannot be stored were replaced",
    Flag.TOO_LONG: "Longer than the limit",
    Flag.ECHO: "Repeats the question",
    Flag.MANIPULATION: "Contains text addressed to the grader",
    Flag.OTHER_LANGUAGE: "Partly in another language",
    Flag.CODE: "Mostly program code",
    Flag.UNFAMILIAR: "Unlike the answers that the calibration was made on",
    Flag.UNCALIBRATED: "Read with a model that the calibration was not made for",
    Flag.NEGATION: "Close in wording, but negated",
    Flag.KEYWORD_LIST: "Lists words without a claim",
    Flag.CONFLICT: "Conflicting statements",
    Flag.CONTRADICTED_LOCALLY: "Contradicted, says the entailment model",
    Flag.UNVERIFIED_QUOTE: "Quote not found word for word",
    Flag.NO_REASON: "Critique gave no reason",
    Flag.UNJUDGED: "Critique left it out",
    Flag.DECOY: "Critique marked a decoy",
}


def in_the_browser(language: str) -> dict[str, str]:
    """What the chat's script says, in that language."""
    return {name: translated(text, language) for name, text in IN_THE_BROWSER.items()}


def credit(value: Fraction) -> str:
    """Points in halves: "2½"; anything finer with one decimal."""
    halves = value * 2
    if halves.denominator != 1:
        return f"{float(value):.1f}"
    whole, half = divmod(int(halves), 2)
    return f"{whole or ''}{'½' if half else ''}" or "0"


def hundred(value: Fraction) -> int:
    """A score as a whole number of 100, halves rounded up."""
    return int(value * 100 + Fraction(1, 2))


def line_credit(line: CriterionGrade) -> str:
    """A ledger line's credit; an unknown one says that it may be anything."""
    given = credit(Fraction(line.half_points, 2))
    return f"{given} (0 to 1)" if line.verdict is Verdict.UNKNOWN else given


def source(line: CriterionGrade, critique: Critique | None) -> str:
    """Who gave the verdict, and whether the other reader agrees."""
    if line.source is Source.PERSON:
        given = f" (the machine: {VERDICTS[line.machine.verdict].lower()})" if line.machine else ""
        return f"A person{given}"
    if line.source is Source.CRITIQUE:
        return "Critique"
    said = [j.verdict for j in critique.judgements if j.criterion_id == line.criterion_id] if critique else []
    if critique is not None and critique.status == "done" and said == [line.verdict]:
        return "Local reading, critique agrees"
    return "Local reading"


def reviews(row: InterviewSummary) -> tuple[str, ...]:
    """What of an interview waits for a person, for its line in the list."""
    if row.state is State.WITHDRAWN:
        return ()
    waiting = []
    if row.hand_over:
        waiting.append("Asked for a person")
    if not row.automated:
        waiting.append("A person grades")
    if row.needs_review:
        waiting.append(count(row.needs_review, "answer"))
    return tuple(waiting)


def extra_time(percent: int) -> str:
    """How much of every time limit a candidate has."""
    if not percent:
        return "No limit"
    return "Usual time" if percent == USUAL_TIME else f"{percent} % of the time"


def flag(value: Flag) -> str:
    """A flag in words."""
    return FLAGS.get(value, value.value.replace("_", " ").capitalize())


def day(value: datetime) -> str:
    """A date as people write it: 14 March 2026."""
    return f"{value.day} {value:%B %Y}"


def clock(value: datetime) -> str:
    """The time of day in UTC, which the page turns into the reader's own."""
    return f"{value:%H:%M} UTC"


def duration(value: timedelta) -> str:
    """A span in minutes, or in hours and minutes."""
    minutes = max(1, round(value.total_seconds() / 60))
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours else f"{minutes} min"


def minutes(questions: int) -> int:
    """About how long so many questions take, in steps of five minutes."""
    return max(5, 5 * round(questions * MINUTES_PER_QUESTION / 5))


def count(number: int, singular: str, plural: str = "") -> str:
    """A number with its noun: "1 question", "4 questions"."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def bank_title(bank: Bank) -> str:
    """What people call a bank."""
    return bank.title or bank.name
