import csv
import io
import json
from dataclasses import replace

import jsonschema
import pytest

from app.grading.outcome import Critique, Evidence, Ungraded
from app.interviews.models import Ending
from app.reports.export import as_csv, as_json, json_schema
from app.reports.report import Report, build_report
from app.review.deciding import decided
from app.review.models import Decision, DecisionKind
from app.web.words import NON_ANSWERS
from rubric.criteria import Verdict
from rubric.scoring import NonAnswer
from tests.reports.values import NOW, answer, graded, grades, interview, script


def report(*, label: str = "C-0147", text: str = "Raw files in S3") -> Report:
    held = interview(
        answer("q1", text, "and Athena"), answer("q2", "b"), answer("q3", ending=Ending.SKIPPED), label=label
    )
    critique = Critique(status="done", feedback="Good.", provenance={"model": "m", "measured": {"requests": 1}})
    first = graded("covered", "missing", quote=text[:3], critique=critique)
    return build_report(held, script(), grades(q1=first, q2=Ungraded(reason="embedder_unavailable")), now=NOW)


def rows(content: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content, newline="")))


def test_the_json_export_is_what_its_published_schema_says() -> None:
    document = json.loads(as_json(report()))

    jsonschema.Draft202012Validator.check_schema(json_schema())
    jsonschema.validate(document, json_schema())
    assert document["questions"][0]["grade"]["score"] == 0.5
    assert document["questions"][1]["grade"]["score"] is None
    assert document["questions"][2]["grade"] is None


def test_every_non_answer_keeps_its_name_in_page_json_csv_and_schema() -> None:
    known = json_schema()["properties"]["questions"]["items"]["properties"]["ending"]["enum"]
    assert set(known) == {"answered", "open", *NonAnswer}
    assert set(NON_ANSWERS) == set(NonAnswer)
    for ending in set(Ending) - {Ending.ANSWERED}:
        built = build_report(interview(answer("q1", ending=ending)), script(), {}, now=NOW)
        document = json.loads(as_json(built))
        jsonschema.validate(document, json_schema())
        assert document["questions"][0]["ending"] == ending.value
        assert rows(as_csv(built))[0]["ending"] == ending.value


def test_what_was_left_alone_has_its_nothing_in_json_and_csv() -> None:
    built = build_report(interview(answer("q1", ending=Ending.SKIPPED)), script(), {}, now=NOW)
    left, not_asked = json.loads(as_json(built))["questions"][:2]
    assert (left["score"], left["credit"], left["points"], left["grade"]) == (0, 0, 2, None)
    assert (not_asked["score"], not_asked["points"]) == (None, 0)
    assert [row["score"] for row in rows(as_csv(built))] == ["0.0000", "", ""]


def test_the_csv_says_which_credit_came_after_the_follow_up() -> None:
    given = graded("covered", "covered", quote="a")
    later = replace(given.criteria[1], evidence=(Evidence(1, 0, 1, "b"),))
    outcome = replace(given, criteria=(given.criteria[0], later))
    built = build_report(interview(answer("q1", "a", "b")), script(), grades(q1=outcome), now=NOW)
    assert [row["after_follow_up"] for row in rows(as_csv(built))][:2] == ["no", "yes"]
    assert json.loads(as_json(built))["questions"][0]["credit_after_follow_up"] == 1


def test_a_changed_answer_earned_nothing_after_a_follow_up() -> None:
    given = graded("covered", "covered", quote="a")
    built = build_report(interview(answer("q1", "a changed text", "")), script(), grades(q1=given), now=NOW)
    assert [row["after_follow_up"] for row in rows(as_csv(built))][:2] == ["no", "no"]
    assert json.loads(as_json(built))["questions"][0]["credit_after_follow_up"] == 0


def test_an_interview_that_has_not_begun_exports_too() -> None:
    document = json.loads(as_json(build_report(interview(), script(), {}, now=NOW)))

    jsonschema.validate(document, json_schema())
    assert document["overall"]["score"] is None


def test_quotes_in_the_export_stand_in_the_answer_at_their_offsets() -> None:
    question = json.loads(as_json(report(text="Größe 😀 zählt")))["questions"][0]

    for criterion in question["grade"]["criteria"]:
        for span in criterion["evidence"]:
            assert question["parts"][span["part"]][span["start"] : span["end"]] == span["quote"]


def test_the_csv_has_a_row_for_each_criterion_and_one_for_each_question_without_a_grade() -> None:
    found = rows(as_csv(report()))

    assert [(row["question_id"], row["criterion_id"], row["verdict"]) for row in found] == [
        ("q1", "c1", "covered"),
        ("q1", "c2", "missing"),
        ("q2", "", ""),
        ("q3", "", ""),
    ]
    assert found[2]["score"] == ""
    assert found[3]["ending"] == "skipped"


def test_a_persons_decision_is_exported_with_the_machines_verdict_beside_it_and_the_reason() -> None:
    machine = graded("covered", "missing")
    decision = Decision(
        id="d1",
        grade_id="g-0",
        new_grade_id="g-q1",
        answer_id="a-q1",
        answer_revision=0,
        kind=DecisionKind.OVERRIDE,
        blind=False,
        who="=Ada",
        reason="Only named.",
        verdicts={machine.criteria[0].criterion_id: Verdict.PARTIAL},
        review_reasons=("A person should look.",),
        at=NOW,
    )
    made = grades(q1=decided(machine, None, decision))
    held = interview(answer("q1", "S3"), answer("q2", "b"))
    built = build_report(held, script(), made, now=NOW, decisions={made["q1"].id: decision})

    document = json.loads(as_json(built))
    jsonschema.validate(document, json_schema())
    first, second = document["questions"][:2]
    assert (first["decision"]["who"], first["decision"]["reason"]) == ("=Ada", "Only named.")
    assert first["decision"]["review_reasons"] == ["A person should look."]
    line = first["grade"]["criteria"][0]
    assert (line["source"], line["verdict"], line["machine"]["verdict"]) == ("person", "partial", "covered")
    assert second["decision"] is None
    assert document["overall"]["decided"] == 1
    assert document["basis"].endswith(" A person decided about one answer.")
    found = rows(as_csv(built))
    assert (found[0]["machine_verdict"], found[0]["decided_by"]) == ("covered", "'=Ada")
    assert found[1]["machine_verdict"] == ""


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", " ="])
def test_no_cell_of_a_candidate_is_a_formula_in_a_spreadsheet(start: str) -> None:
    hostile = f"{start}HYPERLINK(1)"

    found = rows(as_csv(report(label=hostile, text=hostile)))

    assert all(
        not cell.lstrip(" ").startswith(("=", "+", "@", "\t", "\r", "-H")) for row in found for cell in row.values()
    )
    assert found[0]["candidate"] == f"'{hostile}"
