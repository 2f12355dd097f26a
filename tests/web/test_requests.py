"""The requests page: what candidates ask the team, settled with a plain form."""

import re

from tests.web.conftest import Browser, begin

ASKED = "What is the salary for this <b>position</b>?"
NEED = "I have dyslexia and need more time for this, please."


def asked(operator: Browser, label: str, text: str) -> str:
    """An interview in which the candidate wrote this; gives its id."""
    path = begin(operator, label=label)
    operator.submit(operator.get(path), "messages", text=text)
    row = next(a for a in operator.get("/interviews").all("//a[@class='row-link']") if a.text == label)
    return str(row.get("href")).rpartition("/")[2]


def test_a_question_about_the_job_is_listed_as_written_and_settled_by_name(operator: Browser) -> None:
    interview_id = asked(operator, "Asks", ASKED)
    page = operator.get("/requests")
    assert ASKED in page.text
    assert "Asked about the job" in page.text
    assert not page.all("//b[text()='position']")
    settle = f"/requests/{interview_id}.r1"
    refused = operator.submit(page, settle, who=" ", note="By mail.")
    assert refused.status == 422
    assert "who settled it" in refused.text
    assert refused.all("//input[@name='note'][@value='By mail.']")
    done = operator.submit(refused, settle, who="Ada", note="By mail.")
    assert "Settled; the candidate sees" in done.text
    assert ASKED not in done.text
    assert ASKED in operator.get(f"/interviews/{interview_id}").text


def test_more_time_and_plainer_questions_are_given_on_this_page_and_stand_in_no_report(operator: Browser) -> None:
    interview_id = asked(operator, "Slower", NEED)
    page = operator.get("/requests")
    assert NEED in page.text
    time = f"/requests/{interview_id}/time"
    done = operator.submit(page, time, extra_time="150")
    assert "What the candidate is given is changed." in done.text
    assert done.all(f"//form[@action='{time}']//option[@value='150'][@selected]")
    plainer = operator.submit(done, time, extra_time="", plain_wording="yes")
    for kept in ("150", "yes"):
        assert plainer.all(f"//form[@action='{time}']//option[@value='{kept}'][@selected]")
    usual = operator.submit(plainer, time, plain_wording="no")
    assert usual.all(f"//form[@action='{time}']//option[@value='no'][@selected]")
    assert operator.submit(done, time, extra_time="5000").status == 422
    assert operator.submit(done, time, plain_wording="perhaps").status == 422
    report = operator.get(f"/interviews/{interview_id}").text
    assert "dyslexia" not in report
    assert not re.search(r"more time|150 %|[Pp]lain", report)


def test_every_page_of_the_operator_leads_to_the_requests(operator: Browser) -> None:
    assert operator.get("/interviews").all("//nav//a[@href='/requests']")
    assert operator.get("/requests").all("//nav//a[@href='/requests'][@aria-current='page']")
