"""The pages of screenings: a file looked at and taken, a ranking that people decide by, rules changed after a look."""

import csv
import io
import json
import time

import jsonschema
import pytest

from app.screening.schemas import schema
from tests.web.browser import OWN, Page, read
from tests.web.conftest import Browser

STRONG = "Land raw files in object storage, and partition them by date, so that a day can be read alone."
HOSTILE = '<img src=x onerror="alert(1)">'
ANSWERS = f"""who,called,question,reply
p1,Ada,q1,"{STRONG}"
p1,Ada,q2,Encrypt it at rest.
p2,"{HOSTILE.replace('"', '""')}",q1,I would ask somebody.
p2,"{HOSTILE.replace('"', '""')}",q2,I don't know.
p3,=Cy,q1,"{STRONG}"
p3,=Cy,q9,Something else.
"""
COLUMNS = ["candidate", "name", "question", "answer"]
WITHIN_S = 30


def sent(operator: Browser, path: str, content: str | bytes, source: str = "answers.csv", **fields: str) -> Page:
    files = {"file": (source, content)} if source else {}
    return read(operator.client.post(path, data=fields, files=files, headers={"Origin": OWN}))


def drafted(operator: Browser, content: str = ANSWERS, *, name: str = "Autumn", **fields: str) -> Page:
    return sent(operator, "/screenings", content, **{"name": name, "bank": "lake", **fields})


def mapped(operator: Browser, page: Page, meanings: list[str], **fields: str) -> Page:
    return operator.submit(page, "/columns", meaning=meanings, **fields)


def taken(operator: Browser, **fields: str) -> Page:
    """A screening whose answers are graded; its page."""
    look = mapped(operator, drafted(operator, **fields), COLUMNS)
    page = operator.submit(look, "/take")
    assert page.status == 200, page.text
    return graded(operator, page.path)


def graded(operator: Browser, path: str) -> Page:
    deadline = time.monotonic() + WITHIN_S
    while operator.client.get(f"/api/v1{path}/progress").json()["is_done"] is False:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return operator.get(path)


def names(page: Page) -> list[str]:
    return [str(a.text) for a in page.all("//table//th[@scope='row']/a")]


def decided(operator: Browser, page: Page, **fields: str | list[str]) -> Page:
    given: dict[str, str | list[str]] = {"kind": "advance", "who": "Grace", "reason": "Clear enough.", **fields}
    return operator.submit(page, "/decisions", **given)


@pytest.fixture(scope="module")
def autumn() -> dict[str, str]:
    """Where the screening stands that the tests below only look at, once one of them has made it."""
    return {}


@pytest.fixture
def ranked(operator: Browser, autumn: dict[str, str]) -> Page:
    if not autumn:
        autumn["path"] = taken(operator, name="Looked at", advance_from="60", decline_below="30").path
    return operator.get(autumn["path"])


def test_a_file_is_looked_at_before_anything_is_graded(operator: Browser) -> None:
    page = drafted(operator)
    assert page.path.endswith("/file"), page.text
    assert "no column is recognised as candidate" in page.text
    assert not page.all("//form[contains(@action, '/take')]")
    looked = mapped(operator, page, COLUMNS)
    assert "5 answers of 3 candidates to 2 questions, from 6 rows." in looked.text
    assert "it costs nothing but this machine’s time" in looked.text
    assert "“q9” is no question of the bank" in looked.text
    assert [option.get("value") for option in looked.all("//option[@selected]")] == COLUMNS
    assert operator.client.get(f"/api/v1{looked.path.removesuffix('/file')}/progress").json()["candidates"] == 0
    gone = operator.submit(looked, "/discard")
    assert "The file was discarded." in gone.text
    assert operator.get(looked.path).status == 404


def test_a_file_with_a_column_a_question_needs_no_mapping_and_says_what_empty_cells_are(operator: Browser) -> None:
    page = drafted(operator, "candidate,q1,q2\np1,In S3.,\n")
    assert "1 answer of 1 candidate to 1 question" in page.text
    assert "empty, so nothing is taken from it" in page.text
    blank = mapped(operator, page, ["candidate", "q1", "q2"], empty_is_blank="yes")
    assert "2 answers of 1 candidate to 2 questions" in blank.text
    assert "1 of which say nothing" in blank.text


@pytest.mark.parametrize(
    ("fields", "name", "told"),
    [
        ({"name": " "}, "answers.csv", "A screening's name has 1 to 200 characters."),
        ({"bank": "none"}, "answers.csv", "none"),
        ({}, "answers.pdf", "answers come as .csv, .xlsx, .jsonl"),
        ({}, "", "Choose a file of answers"),
        ({"advance_from": "abc"}, "answers.csv", "Propose to advance from: give a whole number from 0 to 100"),
        ({"advance_from": "20", "decline_below": "30"}, "answers.csv", "lies above advance_from"),
        ({"retention_days": "0"}, "answers.csv", "give a whole number from 1 to"),
    ],
)
def test_what_cannot_begin_comes_back_with_what_was_typed(
    operator: Browser, fields: dict[str, str], name: str, told: str
) -> None:
    before = len(operator.client.get("/api/v1/screenings").json()["screenings"])
    page = sent(operator, "/screenings", ANSWERS, name, **{"name": "Kept", "bank": "lake", **fields})
    assert page.status == 422
    assert told in page.text
    assert page.all(f"//input[@name='name'][@value='{fields.get('name', 'Kept')}']")
    assert len(operator.client.get("/api/v1/screenings").json()["screenings"]) == before


def test_a_ranking_shows_score_interval_completeness_and_proposal_with_names_escaped(
    operator: Browser, ranked: Page
) -> None:
    assert set(names(ranked)) == {"Ada", HOSTILE, "=Cy"}
    assert names(ranked)[0] == "Ada"
    assert not ranked.all("//img")
    assert "3, 2 ranked" in ranked.text
    assert "Not ranked" in ranked.text
    assert "1 of 2 questions are answered; ranked from 80 %." in ranked.text
    bars = ranked.all("//table//*[local-name()='svg']/*[local-name()='title']")
    assert all("interval" in str(bar.text) for bar in bars)
    assert "Decline is proposed where the whole interval lies below 30." in ranked.text
    listed = operator.get("/screenings")
    assert "Looked at" in listed.text
    assert "5 of 5" in listed.text


def test_candidates_are_looked_for_by_name_proposal_and_order(operator: Browser, ranked: Page) -> None:
    assert names(operator.get(f"{ranked.path}?q=ada")) == ["Ada"]
    assert names(operator.get(f"{ranked.path}?sort=came")) == ["Ada", HOSTILE, "=Cy"]
    assert "=Cy" in names(operator.get(f"{ranked.path}?proposal=look"))
    nobody = operator.get(f"{ranked.path}?q=zzz")
    assert "Nobody matches" in nobody.text
    assert nobody.status == 200


def test_the_grid_links_each_score_to_the_answer_in_the_report(operator: Browser, ranked: Page) -> None:
    grid = operator.get(f"{ranked.path}/grid")
    links = [str(a.get("href")) for a in grid.all("//table//td/a")]
    assert len(links) == 5
    report, _, target = links[0].partition("#")
    assert operator.get(report).all(f"//*[@id='{target}']")
    assert "not answered" in grid.text


def test_a_decision_is_recorded_with_who_why_and_what_the_machine_proposed(operator: Browser) -> None:
    page = taken(operator, name="Decided")
    ids = [str(box.get("value")) for box in page.all("//input[@name='candidate']")]
    done = decided(operator, page, candidate=[ids[1]], kind="decline", reason="No <b>AWS</b>.")
    assert done.status == 200
    assert "Recorded" in done.text
    assert "Grace" in done.text
    assert "No <b>AWS</b>." in done.text
    assert not done.all("//b[text()='AWS']")
    assert "(proposed: a person looks)" in done.text
    decided(operator, page, candidate=[ids[1]], kind="decline", reason="No <b>AWS</b>.")
    lines = operator.client.get(f"/api/v1{page.path}/results").text.splitlines()
    records = {record["interview"]: record for record in map(json.loads, lines)}
    for record in records.values():
        jsonschema.Draft202012Validator(schema("screening-results")).validate(record)
    one = records[ids[1]]
    assert (one["decision"], one["decided_by"], one["decision_proposal"]) == ("decline", "Grace", "look")
    assert records[ids[0]]["decision"] is None
    sheet = operator.client.get(f"/api/v1{page.path}/results?format=csv").content.decode("utf-8-sig")
    assert [row["decision"] for row in csv.DictReader(io.StringIO(sheet)) if row["interview"] == ids[1]] == ["decline"]
    assert names(operator.get(f"{page.path}?decision=otherwise")) == [names(page)[1]]
    again = decided(operator, operator.get(page.path), candidate=[ids[1]], kind="look", reason="Read it again.")
    assert "Look again" in again.text
    assert len(names(operator.get(f"{page.path}?decision=undecided"))) == 3


def test_everybody_who_matches_is_decided_about_at_once_if_they_are_still_as_many(operator: Browser) -> None:
    page = taken(operator, name="All at once")
    found = operator.get(f"{page.path}?proposal=look")
    refused = operator.submit(
        found, "/decisions", whom="all", matching="99", kind="decline", who="Grace", reason="Too few."
    )
    assert refused.status == 422
    assert "nothing was decided" in refused.text
    assert refused.all("//input[@name='reason'][@value='Too few.']")
    done = decided(operator, found, whom="all", kind="decline")
    assert done.path == page.path
    lines = operator.client.get(f"/api/v1{page.path}/results").text.splitlines()
    assert [record["decision"] for record in map(json.loads, lines)].count("decline") == len(names(found))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"who": " "}, "say who decides"),
        ({"reason": ""}, "say why"),
        ({"kind": "hire"}, "choose one of advance, look, decline"),
        ({"candidate": []}, "choose at least one"),
        ({"candidate": ["iv-nobody"]}, "not in this screening"),
    ],
)
def test_a_decision_that_says_too_little_is_not_recorded(
    operator: Browser, ranked: Page, fields: dict[str, str | list[str]], told: str
) -> None:
    ada = str(ranked.all("//input[@name='candidate']")[0].get("value"))
    page = decided(operator, ranked, **{"candidate": [ada], **fields})
    assert page.status == 422
    assert told in page.text
    assert "None yet" in operator.get(ranked.path).text


def test_rules_change_after_a_look_at_whom_they_flip(operator: Browser) -> None:
    page = taken(operator, name="Ruled")
    rules = operator.get(f"{page.path}/rules")
    fields: dict[str, str | list[str]] = {"question": ["q1"], "minimum_completeness": "50", "decline_below": "100"}
    look = operator.submit(rules, "/rules/preview", **fields, advance_from="", doubt=[])
    assert "would change" in look.text
    assert "A person looks → Decline" in look.text
    assert operator.client.get(f"/api/v1{page.path}").json()["version"] == 1
    action, _ = look.form("/rules")
    stale = operator.post(action, **{**fields, "version": "9"})
    assert stale.status == 422
    assert "Somebody changed the rules meanwhile" in stale.text
    done = operator.submit(look, "/rules")
    assert "The rules are in force." in done.text
    assert operator.client.get(f"/api/v1{page.path}").json()["version"] == 2
    assert "Choose at least one question" in operator.submit(rules, "/rules/preview", question=[]).text


def test_more_answers_are_added_and_what_is_there_is_not_graded_again(operator: Browser) -> None:
    page = taken(operator, name="More to come")
    more = "candidate,question,answer\np1,q2,Encrypt it at rest.\np4,q1,In S3.\n"
    look = sent(operator, f"{page.path}/file", more)
    assert "1answers to grade; the others are there already" in look.text
    done = operator.submit(look, "/take")
    assert len(names(graded(operator, done.path))) == 4
    twice = operator.post(f"{page.path}/take")
    assert twice.path == page.path


def test_a_closed_screening_takes_no_file_and_goes_with_its_candidates_when_it_is_deleted(operator: Browser) -> None:
    page = taken(operator, name="Over")
    closed = operator.submit(page, "/close")
    assert "Closed: no more answers are taken." in closed.text
    refused = sent(operator, f"{page.path}/file", ANSWERS)
    assert refused.status == 422
    assert "takes no more answers" in refused.text
    asked = operator.get(f"{page.path}/delete")
    assert operator.submit(asked, "/delete", reason=" ").status == 422
    gone = operator.submit(asked, "/delete", reason="No longer needed.")
    assert "deleted with all its candidates" in gone.text
    assert operator.get(page.path).status == 404


def test_progress_is_told_while_grading_goes_on_and_leaves_the_table_alone(operator: Browser, ranked: Page) -> None:
    fragment = operator.get(f"{ranked.path}/progress?seen=0")
    assert "5 of 5 answers are graded" in fragment.text
    assert fragment.all("//a[text()='Show the ranking as it is now']")
    assert not fragment.all("//*[@hx-get]")
