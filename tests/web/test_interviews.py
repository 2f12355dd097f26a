import json

import jsonschema

from app.reports.export import json_schema
from tests.web.conftest import Browser, begin

TEXT = "Land raw files in object storage, and partition them by date, so that one day can be read alone."


def held(operator: Browser, label: str) -> str:
    """An interview of one question; gives its id."""
    path = begin(operator, limit="1", label=label)
    for _ in range(3):
        page = operator.get(path)
        if page.all("//textarea[@id='answer']"):
            operator.submit(page, "messages", text=TEXT)
    row = next(a for a in operator.get("/interviews").all("//a[@class='row-link']") if a.text == label)
    return str(row.get("href")).rpartition("/")[2]


def test_the_report_shows_each_mark_with_its_evidence_in_the_answer(operator: Browser) -> None:
    interview_id = held(operator, "evidence")

    page = operator.get(f"/interviews/{interview_id}")

    assert "Land raw files in object storage" in page.text
    for link in page.all("//table[@class='ledger']//a[contains(@class, 'ref')]"):
        assert page.all(f"//*[@id='{link.get('href')[1:]}']")
    for mark in page.all("//mark//a[contains(@class, 'ref')]"):
        assert page.all(f"//tr[@id='{mark.get('href')[1:]}']")
    ids = [element.get("id") for element in page.all("//*[@id]")]
    assert len(ids) == len(set(ids))
    assert not page.all("//mark//mark")


def test_the_report_says_plainly_that_no_model_is_configured(operator: Browser) -> None:
    page = operator.get(f"/interviews/{held(operator, 'basis')}")

    assert "No language model read these answers: the marks rest on the local reading alone." in page.text


def test_the_number_never_stands_alone(operator: Browser) -> None:
    page = operator.get(f"/interviews/{held(operator, 'number')}")

    assert "of 100" in page.text
    assert "likely between" in page.text or "no interval" in page.text
    assert "1 of 1questions answered, 100% complete" in page.text


def test_the_report_downloads_as_json_and_csv(operator: Browser) -> None:
    interview_id = held(operator, "files")

    answer = operator.client.get(f"/interviews/{interview_id}/report.json")
    table = operator.client.get(f"/interviews/{interview_id}/report.csv")

    jsonschema.validate(json.loads(answer.text), json_schema())
    assert "attachment" in answer.headers["content-disposition"]
    assert table.text.startswith("\ufeffinterview,candidate")


def test_deleting_asks_first_wants_a_reason_and_removes_the_text(operator: Browser) -> None:
    interview_id = held(operator, "to delete")
    path = f"/interviews/{interview_id}/delete"

    assert "cannot be undone" in operator.get(path).text
    assert operator.post(path, reason="  ").status == 422
    assert operator.get(f"/interviews/{interview_id}").status == 200

    gone = operator.post(path, reason="asked for it")

    assert "was deleted" in gone.text
    assert operator.get(f"/interviews/{interview_id}").status == 404


def test_a_label_with_markup_is_shown_as_text(operator: Browser) -> None:
    held(operator, "<b>Bo</b>bby")

    assert "<b>Bo</b>bby" in operator.get("/interviews").text


def test_banks_show_what_is_asked_and_expected(operator: Browser) -> None:
    page = operator.get("/banks/lake")

    assert "How do you protect it?" in page.text
    assert "Encrypt it at rest" in page.text
    assert operator.get("/banks/none").status == 404


def test_the_reference_is_made_from_the_api_and_loads_nothing_from_elsewhere(operator: Browser) -> None:
    page = operator.get("/docs")

    assert "/api/v1/interviews" in page.text
    addresses = page.all("//@src | //link/@href")
    assert addresses
    assert all(str(address).startswith("/") for address in addresses)
    assert operator.client.get("/openapi.json").json()["paths"]


def test_the_openapi_document_stands_below_the_api_too_for_the_operator_alone(operator: Browser) -> None:
    document = operator.client.get("/api/v1/openapi.json")
    operator.client.cookies.clear()
    refused = operator.client.get("/api/v1/openapi.json")

    assert "/api/v1/openapi.json" not in document.json()["paths"]
    assert refused.status_code == 401
    assert refused.json()["detail"]


def test_the_talk_is_shown_with_what_each_reply_was_taken_for_and_what_is_personal_withheld(operator: Browser) -> None:
    path = begin(operator, label="whole talk")
    page = operator.submit(operator.get(path), "messages", text="I am dyslexic and need more time, please.")
    page = operator.submit(page, "messages", text="What is the salary?")
    operator.submit(page, "commands", command="repeat")

    row = next(a for a in operator.get("/interviews").all("//a[@class='row-link']") if a.text == "whole talk")
    report = operator.get(row.get("href"))
    talk = " ".join(report.all("//*[@class='talk']")[0].text_content().split())

    assert "dyslexic" not in report.html
    assert "[withheld: personal]" in talk
    assert "What is the salary?" in talk
    assert "Asked about the job" in talk
    assert "(Chose Repeat)" in talk
    assert "dyslexic" in operator.get(path).text
