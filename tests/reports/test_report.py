from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import pytest

from app.grading.outcome import Critique, Evidence, Outcome, Ungraded
from app.interviews.models import Ending, Script, State
from app.reports.report import Report, build_report
from rubric.bank import Band, Bank, Question, Section
from rubric.criteria import Criterion
from rubric.scoring import NonAnswer
from tests.reports.values import NOW, answer, graded, grades, interview, script

BANDS = (Band(name="not yet", minimum=0), Band(name="solid", minimum=60))
ALL = (answer("q1", "a"), answer("q2", "b"), answer("q3", "c"))


def all_of(*, bands: tuple[Band, ...] = (), **outcomes: Outcome) -> Report:
    return build_report(interview(*ALL), script(bands=bands), grades(**outcomes), now=NOW)


def test_each_answer_counts_alike_in_the_score_however_many_criteria_it_has() -> None:
    report = all_of(q1=graded("covered", "missing"), q2=graded("covered", "covered"), q3=graded("missing"))

    assert report.overall.score is not None
    assert report.overall.score.value == Fraction(1, 2)
    assert (report.overall.credit, report.overall.points) == (Fraction(3), 5)
    assert [section.tally.score and section.tally.score.value for section in report.sections] == [Fraction(3, 4), 0]


def test_the_interval_of_the_whole_lies_around_the_score() -> None:
    report = all_of(
        q1=graded("covered", "unknown", low=Fraction(1, 2), high=Fraction(1)),
        q2=graded("covered", "covered"),
        q3=graded("covered"),
    )

    score = report.overall.score
    assert score is not None
    assert (score.low, score.value, score.high) == (Fraction(5, 6), Fraction(11, 12), Fraction(1))


def test_a_skipped_question_counts_nothing_of_its_points_and_lowers_completeness() -> None:
    skipped = interview(answer("q1", "a"), answer("q2", ending=Ending.SKIPPED), answer("q3", "c"))

    report = build_report(skipped, script(), grades(q1=graded("covered", "covered"), q3=graded("covered")), now=NOW)

    assert report.overall.score is not None
    assert report.overall.score.value == Fraction(2, 3)
    assert (report.overall.credit, report.overall.points) == (Fraction(3), 5)
    assert report.questions[1].non_answer is NonAnswer.SKIPPED
    assert report.completeness == Fraction(2, 3)
    assert (report.answered, report.total) == (2, 3)
    assert (report.criteria_assessed, report.criteria_total) == (3, 5)


@pytest.mark.parametrize(
    ("left", "texts"),
    [
        (Ending.SKIPPED, ()),
        (Ending.DECLINED_TO_ANSWER, ()),
        (Ending.TIMED_OUT, ()),
        (Ending.OFF_TOPIC, ("The weather.",)),
        (Ending.BLANK, ("…",)),
    ],
)
def test_what_was_left_alone_counts_exactly_as_not_knowing_and_keeps_its_name(
    left: Ending, texts: tuple[str, ...]
) -> None:
    first, third = answer("q1", "a"), answer("q3", "c")
    good = {"q1": graded("covered", "covered"), "q3": graded("covered")}
    unknowing = interview(first, answer("q2", "I don't know.", ending=Ending.DONT_KNOW), third)
    knows_not = build_report(unknowing, script(), grades(**good, q2=graded("missing", "missing")), now=NOW)
    judged = {"q2": graded("missing", "missing")} if texts else {}

    report = build_report(
        interview(first, answer("q2", *texts, ending=left), third), script(), grades(**good, **judged), now=NOW
    )

    assert report.overall.score == knows_not.overall.score
    assert report.overall.points == knows_not.overall.points
    assert report.completeness <= knows_not.completeness
    assert report.questions[1].non_answer == left.value


@pytest.mark.parametrize("ending", [Ending.OFF_TOPIC, Ending.BLANK])
def test_a_reply_off_the_subject_is_worth_nothing_only_where_no_verdict_is_open(ending: Ending) -> None:
    held = interview(answer("q1", "Something else.", ending=ending))

    ungraded = build_report(held, script(), {}, now=NOW).questions[0]
    unclear = build_report(held, script(), grades(q1=graded("missing", "unknown")), now=NOW).questions[0]
    clear = build_report(held, script(), grades(q1=graded("missing", "missing")), now=NOW).questions[0]

    assert ungraded.tally.score is None
    assert unclear.tally.score is not None
    assert unclear.tally.score.value == Fraction(1, 4)
    assert clear.tally.score is not None
    assert clear.tally.score.value == 0


def test_what_was_found_in_a_reply_off_the_subject_counts() -> None:
    held = interview(answer("q1", "Something else.", ending=Ending.OFF_TOPIC))

    report = build_report(held, script(), grades(q1=graded("covered", "missing")), now=NOW)

    assert report.questions[0].tally.score is not None
    assert report.questions[0].tally.score.value == Fraction(1, 2)


def test_eight_answers_and_two_skips_never_beat_eight_answers_and_two_that_were_not_known() -> None:
    plan = tuple(f"q{number}" for number in range(1, 11))
    points = Criterion(id="c1", text="Point 1")
    questions = tuple(Question(id=id_, text=f"{id_}?", criteria=(points,)) for id_ in plan)
    asked = Script(Bank(name="lake", sections=(Section(title="All", questions=questions),), bands=BANDS), plan, "en")
    for places in combinations(plan, 2):

        def told(ending: Ending, *, places: tuple[str, ...] = places) -> Report:
            texts = ("I don't know.",) if ending is Ending.DONT_KNOW else ()
            answers = [answer(q, *texts, ending=ending) if q in places else answer(q, "a") for q in plan]
            outcomes = {q: graded("covered") for q in plan if q not in places}
            outcomes |= dict.fromkeys(places, graded("missing")) if texts else {}
            return build_report(replace(interview(*answers), plan=plan), asked, grades(**outcomes), now=NOW)

        skipped, unknown = told(Ending.SKIPPED), told(Ending.DONT_KNOW)
        assert skipped.overall.score == unknown.overall.score
        assert skipped.completeness < unknown.completeness


def test_credit_before_and_after_the_follow_up_is_kept_apart() -> None:
    first = graded("covered", "partial", quote="a")
    moved = replace(first.criteria[1], evidence=(Evidence(1, 0, 1, "b"),))
    both = replace(first, criteria=(first.criteria[0], moved))

    report = build_report(interview(answer("q1", "a", "b")), script(), grades(q1=both), now=NOW)

    assert (report.overall.credit_before, report.overall.credit_after) == (Fraction(1), Fraction(1, 2))
    alone = build_report(interview(answer("q1", "a")), script(), grades(q1=first), now=NOW)
    assert alone.overall.credit_after == 0


def test_a_question_that_was_not_asked_is_in_no_score() -> None:
    stopped = interview(answer("q1", "a"))

    report = build_report(stopped, script(), grades(q1=graded("covered", "missing")), now=NOW)

    assert report.questions[2].answer is None
    assert report.sections[1].tally.score is None
    assert report.overall.score is not None
    assert report.overall.score.value == Fraction(1, 2)


def test_an_ungraded_answer_is_never_zero() -> None:
    report = all_of(q1=graded("covered", "covered"), q2=Ungraded(reason="embedder_unavailable"), q3=graded("covered"))

    assert report.overall.score is not None
    assert report.overall.score.value == 1
    assert report.ungraded == 1
    assert report.open_reviews == (report.questions[1],)
    assert not report.is_settled


def test_nothing_graded_gives_no_number_at_all() -> None:
    report = build_report(interview(*ALL), script(bands=BANDS), {}, now=NOW)

    assert report.overall.score is None
    assert report.call is None
    assert report.basis == "Nothing is graded yet."


def test_an_interval_that_crosses_a_cut_is_too_close_to_call() -> None:
    report = all_of(
        bands=BANDS,
        q1=graded("covered", "unknown", low=Fraction(1, 2), high=Fraction(1)),
        q2=graded("partial", "partial"),
        q3=graded("partial"),
    )

    assert report.call is not None
    assert report.call.is_close
    assert report.call.cut == 60
    assert report.call.band is None


def test_an_interval_within_one_band_names_it() -> None:
    report = all_of(bands=BANDS, q1=graded("covered", "covered"), q2=graded("covered", "covered"), q3=graded("partial"))

    assert report.call is not None
    assert report.call.band == BANDS[1]
    assert not report.call.is_close
    assert report.call.cut == 60


def test_too_few_answers_name_no_band_so_that_skipping_does_not_pay() -> None:
    skipped = interview(answer("q1", "a"), answer("q2", ending=Ending.SKIPPED), answer("q3", ending=Ending.SKIPPED))

    report = build_report(skipped, script(bands=BANDS), grades(q1=graded("covered", "covered")), now=NOW)

    assert report.call is not None
    assert report.call.is_incomplete
    assert report.call.band is None


def test_the_report_says_how_many_critiques_are_there_and_waits_for_the_rest() -> None:
    report = all_of(
        q1=graded("covered", "missing", critique=Critique(status="done")),
        q2=graded("covered", "missing", critique=Critique(status="pending")),
        q3=graded("covered", critique=Critique(status="failed", reason="down")),
    )

    assert (report.critiqued, report.critiques, report.critiques_failed) == (1, 3, 1)
    assert not report.is_settled
    assert report.basis == (
        "1 of 3 answers are critiqued by the language model. 1 is still open and rests on the local reading until then. "
        "1 critique gave nothing usable: there the local reading stands."
    )


def test_criteria_of_unknown_verdict_are_counted_apart() -> None:
    report = all_of(q1=graded("covered", "unknown"), q2=graded("unknown", "missing"), q3=graded("covered"))

    assert (report.criteria_assessed, report.criteria_unclear, report.criteria_total) == (5, 2, 5)


def test_grades_from_before_a_withdrawal_are_not_reported() -> None:
    withdrawn = interview(*ALL, state=State.WITHDRAWN)

    report = build_report(withdrawn, script(), grades(q1=graded("covered", "covered")), now=NOW)

    assert report.overall.score is None
    assert report.questions[0].outcome is None


def test_without_a_model_the_basis_is_said_plainly() -> None:
    report = all_of(q1=graded("covered", "covered"), q2=graded("covered", "missing"), q3=graded("covered"))

    assert report.basis == "No language model read these answers: the marks rest on the local reading alone."
    assert report.is_settled


def test_an_interview_for_a_person_to_grade_has_no_marks_and_waits_for_none() -> None:
    report = build_report(interview(*ALL, automated=False), script(), {}, now=NOW)

    assert report.basis == "A person grades this interview; no mark was given by a machine."
    assert report.is_settled


def test_a_withdrawn_interview_is_not_graded() -> None:
    report = build_report(interview(*ALL, state=State.WITHDRAWN), script(), {}, now=NOW)

    assert report.basis == "The candidate has withdrawn; nothing is graded."
    assert report.is_settled


def test_reasons_for_review_are_gathered_from_the_answers() -> None:
    report = all_of(
        q1=graded("covered", "missing", reasons=["The quote is not in the answer."]),
        q2=graded("covered", "covered"),
        q3=graded("covered"),
    )

    assert [question.number for question in report.open_reviews] == [1]
    assert report.open_reviews[0].review_reasons == ("The quote is not in the answer.",)
