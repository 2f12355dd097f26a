import re

import pytest

from app.interviews import wording
from tests.web.conftest import Browser, begin

STRONG = "Land raw files in object storage. Partition them by date."
VERDICT_WORDS = (
    "Covered",
    "Missing",
    "Partial",
    "Contradicted",
    "Probability",
    "of 100",
    "Land raw files in object storage",
)


def test_no_question_is_shown_before_consent(operator: Browser) -> None:
    page = operator.post("/interviews", bank="lake", then="begin")

    assert "How would you store raw data?" not in page.html
    refused = operator.submit(page, "commands", command="consent")
    assert refused.status == 422
    assert "Please tick" in refused.text
    assert "How would you store raw data?" not in refused.html


def test_the_candidate_always_knows_where_they_are(operator: Browser) -> None:
    page = operator.get(begin(operator))

    assert "Question 1 of 3 · Storage" in page.text
    assert page.all("//*[@role='img']")[0].get("aria-label") == "Progress: 0 done, question 1 in progress, 2 to come"
    assert [b.text for b in page.all("//form[@id='commands']/button")] == [
        "Repeat", "Clarify", "Skip", "Pause", "Ask a person", "A person grades it", "Stop",
    ]  # fmt: skip


def test_a_form_sent_twice_is_one_answer(operator: Browser) -> None:
    page = operator.get(begin(operator))
    operator.submit(page, "messages", text="Only once")

    again = operator.submit(page, "messages", text="Only once")

    assert again.status == 200
    assert again.html.count("Only once") == 1


def test_a_page_left_open_in_another_tab_answers_nothing_it_was_not_asked(operator: Browser) -> None:
    old = operator.get(begin(operator))
    operator.submit(old, "messages", text=STRONG)
    other_tab = operator.get(old.path)
    operator.submit(other_tab, "messages", text=STRONG)

    stale = dict(old.form("messages")[1])
    page = operator.post(old.form("messages")[0], **{**stale, "nonce": "another-delivery"}, text="Meant for question 1")

    assert page.status == 409
    assert "The interview went on meanwhile" in page.text
    assert page.all("//textarea[@id='answer']")[0].text_content().strip() == "Meant for question 1"
    assert "Meant for question 1" not in "".join(b.text_content() for b in page.all("//*[@class='bubble']"))


def test_a_reply_over_the_limit_is_kept_in_the_composer_and_nothing_is_sent(operator: Browser) -> None:
    page = operator.get(begin(operator))

    refused = operator.submit(page, "messages", text="x" * 501)

    assert refused.status == 422
    assert wording.TOO_LONG.format(length=501, limit=500) in refused.text
    assert refused.all("//textarea[@id='answer']")[0].text_content().strip() == "x" * 501
    assert not refused.all("//*[@class='bubble']")


def test_what_a_candidate_writes_is_shown_escaped_and_verbatim(operator: Browser) -> None:
    page = operator.get(begin(operator))
    hostile = "<script>alert(1)</script> <img src=x onerror=alert(1)> {{ 7*7 }}\n  indented & more"

    shown = operator.submit(page, "messages", text=hostile.replace("\n", "\r\n"))

    bubble = shown.all("//*[@class='bubble']")[-1]
    assert hostile in bubble.text_content()
    assert not bubble.xpath(".//script | .//img")


def test_a_draft_is_there_again_after_a_reload_and_gone_once_sent(operator: Browser) -> None:
    path = begin(operator)
    saved = operator.client.put(
        f"{path}/draft", data={"text": "half a thought"}, headers={"Origin": "http://127.0.0.1"}
    )
    assert saved.status_code == 200
    assert operator.get(path).all("//textarea[@id='answer']")[0].text_content().strip() == "half a thought"

    operator.submit(operator.get(path), "messages", text="the whole thought")

    assert operator.get(path).all("//textarea[@id='answer']")[0].text_content().strip() == ""


def test_skipping_asks_first_and_then_goes_on(operator: Browser) -> None:
    page = operator.get(begin(operator))

    asked = operator.submit(page, "commands", command="skip")
    assert wording.SKIP_CONFIRM in asked.text
    assert asked.all("//button[@id='confirm-skip']")
    assert "Question 2 of 3" in operator.submit(asked, "commands", command="skip").text


def test_stopping_offers_every_way_and_submitting_ends_the_interview(operator: Browser) -> None:
    page = operator.get(begin(operator))

    asked = operator.submit(page, "commands", command="stop")
    offered = [button.get("value") for button in asked.all("//button[starts-with(@id, 'confirm-')]")]
    assert offered == ["resume", "pause", "submit", "withdraw"]
    ended = operator.submit(asked, "commands", command="submit")

    assert not ended.all("//textarea[@id='answer']")
    assert "Finished" in ended.text


def test_a_pause_keeps_the_place_and_offers_to_resume(operator: Browser) -> None:
    page = operator.get(begin(operator))

    paused = operator.submit(page, "commands", command="pause")
    assert paused.all("//button[@id='resume']")
    assert not paused.all("//textarea[@id='answer']")

    assert "We were at question 1" in operator.submit(paused, "commands", command="resume").text


def finish(browser: Browser, path: str) -> str:
    for _ in range(8):
        page = browser.get(path)
        if page.all("//button[@id='submit']"):
            page = browser.submit(page, "commands", command="submit")
        if not page.all("//textarea[@id='answer']"):
            return page.html
        browser.submit(page, "messages", text="A full answer about engines, files, keys and partitions.")
    pytest.fail("the interview does not end")


def test_an_assessment_shows_no_mark_and_no_criterion_to_the_candidate(operator: Browser) -> None:
    path = begin(operator)

    html = finish(operator, path)

    assert "Received: 3 answers to 3 questions." in html
    assert not [word for word in VERDICT_WORDS if word in html]
    assert operator.client.get(f"{path}/marks/q1").status_code == 404


def test_a_finished_interview_can_be_read_and_not_changed(operator: Browser) -> None:
    path = begin(operator, limit="1")
    page = operator.get(path)
    finish(operator, path)

    late = operator.post(f"{path}/messages", **{**page.form("messages")[1], "nonce": "a-late-delivery"}, text="late")

    assert late.status == 409
    assert "What you wrote; it was not sent" in late.text
    assert [p.text for p in late.all("//*[@class='unsent']/p[@class='said']")] == ["late"]
    assert "late" not in "".join(b.text_content() for b in late.all("//*[@class='bubble']"))
    copy = operator.client.get(f"{path}/transcript.txt")
    assert "How would you store raw data?" in copy.text
    assert "attachment" in copy.headers["content-disposition"]


def test_practice_shows_the_ledger_after_each_answer_in_another_dress(operator: Browser) -> None:
    path = begin(operator, mode="practice")

    page = operator.submit(operator.get(path), "messages", text=STRONG)
    if "What would you do next?" in page.text:
        page = operator.submit(page, "messages", text=STRONG)

    marks = page.all("//*[@class='marks']")[0].text_content()
    assert "Practice feedback, question 1" in marks
    assert "Land raw files in object storage" in marks
    assert re.search(r"[0-2] of 2 expected points found", marks)
    assert "is-practice" in page.all("//body")[0].get("class")


def test_practice_speaks_to_the_one_who_practises_and_shows_no_place_where_nothing_was_found(operator: Browser) -> None:
    path = begin(operator, mode="practice")

    page = operator.submit(operator.get(path), "messages", text="I don't know")
    while not page.all("//*[@class='marks']"):
        page = operator.submit(page, "messages", text="I don't know")

    marks = page.all("//*[@class='marks']")[0].text_content()
    assert "0 of 2 expected points found" in marks
    assert "You said that you don’t know." in marks
    assert "The candidate" not in page.text
    assert "Where they were found" not in marks


def test_practice_ends_with_its_result_a_way_on_and_a_copy_with_the_feedback(operator: Browser) -> None:
    path = begin(operator, mode="practice", limit="1")

    html = finish(operator, path)
    report = operator.get(path).all("//a[text()='Open the report']")[0].get("href")
    copy = operator.client.get(f"{path}/transcript.txt").text

    assert "Overall: " in html
    assert "Land raw files in object storage" in operator.get(report).text
    assert "Feedback on question 1: " in copy
    assert re.search(r"Overall: [0-2] of 2 expected points found", copy)
    operator.client.cookies.clear()
    assert not operator.get(path).all("//a[text()='Open the report']")


def test_a_person_can_grade_instead_and_then_no_machine_does(operator: Browser) -> None:
    page = operator.post("/interviews", bank="lake", then="begin", label="by-person")
    first = operator.submit(page, "commands", command="decline")
    assert wording.DECLINED in first.text

    finish(operator, page.path)

    row = next(a for a in operator.get("/interviews").all("//a[@class='row-link']") if a.text == "by-person")
    assert "A person grades" in row.xpath("ancestor::tr")[0].text_content()
    report = operator.get(row.get("href"))
    assert "For a person to grade: 3 answers" in report.text
    assert [item.text_content() for item in report.all("//article[1]//ol[@class='expected']/li/span[2]")] == [
        "Land raw files in object storage",
        "Partition them by date",
    ]


def test_whoever_asked_for_a_person_is_seen_to_wait(operator: Browser) -> None:
    page = operator.post("/interviews", bank="lake", then="begin", label="asks-for-a-person")
    page = operator.submit(page, "commands", command="consent", agreed="yes")
    operator.submit(page, "commands", command="person")

    row = next(a for a in operator.get("/interviews").all("//a[@class='row-link']") if a.text == "asks-for-a-person")
    assert "Asked for a person" in row.xpath("ancestor::tr")[0].text_content()
    assert "The candidate asked for a person and waits" in operator.get(row.get("href")).text


def test_after_withdrawing_nothing_is_said_to_be_graded(operator: Browser) -> None:
    page = operator.post("/interviews", bank="lake", then="begin", label="withdraws")
    page = operator.submit(page, "commands", command="consent", agreed="yes")
    for _ in range(2):
        page = operator.submit(page, "messages", text=STRONG)
    page = operator.submit(page, "commands", command="stop")
    operator.submit(page, "commands", command="withdraw")

    row = next(a for a in operator.get("/interviews").all("//a[@class='row-link']") if a.text == "withdraws")
    report = operator.get(row.get("href"))
    assert "Withdrawn: nothing is graded" in report.text
    assert "Being graded" not in report.text


def test_the_consent_page_promises_only_what_a_person_can_do(operator: Browser) -> None:
    page = operator.post("/interviews", bank="lake", then="begin")

    assert "reads your answers together with the report, and decides" in page.text
    assert "can change any mark" not in page.text
    assert "Your answers are also sent to an embedding model at 127.0.0.1" in page.text


def test_a_link_that_opens_nothing_is_not_found(nobody: Browser) -> None:
    page = nobody.get("/i/not-a-link")

    assert page.status == 404
    assert "This link opens no interview" in page.text


def test_with_scripts_the_same_fragment_is_swapped_in(operator: Browser) -> None:
    path = begin(operator)
    page = operator.get(path)
    action, hidden = page.form("messages")

    fragment = operator.client.post(
        action, data={**hidden, "text": "S3"}, headers={"Origin": "http://127.0.0.1", "HX-Request": "true"}
    )

    assert fragment.text.startswith("<title>")
    assert "<html" not in fragment.text
    assert "innerHTML:#announce" in fragment.text
    stage = operator.get(path).html.partition('<ol class="turns">')[2].partition("</ol>")[0]
    assert stage == fragment.text.partition('<ol class="turns">')[2].partition("</ol>")[0]


def test_a_draft_that_comes_after_the_reply_does_not_bring_it_back(operator: Browser) -> None:
    link = begin(operator)
    page = operator.get(link)
    seen = str(dict(page.form("messages")[1])["seen"])
    operator.submit(page, "messages", text="Files go to object storage, one prefix a day.")

    operator.post(f"{link}/draft", text="Files go to object", seen=seen)

    assert "Files go to object</textarea>" not in operator.get(link).html


def test_a_draft_for_a_question_that_was_left_does_not_come_to_the_next(operator: Browser) -> None:
    link = begin(operator)
    page = operator.get(link)
    seen = str(dict(page.form("messages")[1])["seen"])
    operator.post(f"{link}/draft", text="Files go to object", seen=seen)
    for _ in range(2):
        page = operator.submit(page, "commands", command="skip")

    operator.post(f"{link}/draft", text="Files go to object storage", seen=seen)

    page = operator.get(link)
    assert "Question 2 of 3" in page.text
    assert page.all("//textarea[@id='answer']")[0].text_content().strip() == ""


def test_a_finished_page_that_is_up_to_date_is_told_not_to_come_back_for_news(operator: Browser) -> None:
    path = begin(operator, limit="1")
    finish(operator, path)
    version = operator.get(path).all("//*[@id='stage']")[0].get("data-version")

    assert operator.client.get(f"{path}/events?seen={version}").status_code == 204
    assert operator.client.get(f"{path}/events", headers={"Last-Event-ID": version}).status_code == 204
    missed = operator.client.get(f"{path}/events?seen=0")
    assert missed.headers["content-type"].startswith("text/event-stream")
    assert [line for line in missed.text.splitlines() if line.startswith("event")] == ["event: stage", "event: over"]
    assert operator.client.get("/i/not-a-link/events").status_code == 404
