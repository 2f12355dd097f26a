"""Several messages, earlier answers changed, the look back before handing in, and time limits, without scripts."""

from datetime import UTC, datetime, timedelta

import pytest

from app.interviews import wording
from tests.web.browser import Page
from tests.web.conftest import Browser, begin, go_to_the_look_back

FULL = "Land raw files in object storage. Partition them by date. Encrypt it at rest with a key service."


def bubbles(page: Page) -> list[str]:
    return [" ".join(bubble.text_content().split()) for bubble in page.all("//*[@class='bubble']")]


def test_after_the_last_question_all_answers_are_shown_and_nothing_is_handed_in_yet(operator: Browser) -> None:
    path = begin(operator)

    page = go_to_the_look_back(operator, path, FULL)

    assert wording.REVIEW in page.text
    assert "Nothing is handed in yet" in page.text
    assert len(page.all("//*[@class='own']/li")) == 3
    assert [button.text for button in page.all("//button[@id='submit']")] == ["Submit"]
    assert not page.all("//textarea[@id='answer']")
    assert "Received:" not in page.text


def test_submitting_hands_in_and_nothing_can_be_changed_after(operator: Browser) -> None:
    path = begin(operator)
    page = operator.submit(go_to_the_look_back(operator, path, FULL), "commands", command="submit")

    assert "Received: 3 answers to 3 questions." in page.text
    assert not page.all("//a[@class='change']")
    assert not operator.get(f"{path}?change=q1").all("//textarea[@id='answer']")


def test_an_earlier_answer_is_changed_in_the_composer_and_both_stay_in_the_transcript(operator: Browser) -> None:
    path = begin(operator)
    go_to_the_look_back(operator, path, FULL)

    opened = operator.get(f"{path}?change=q2")
    assert "You are changing your answer to question 2" in opened.text
    assert opened.all("//textarea[@id='answer']")[0].text_content().strip().startswith(FULL)
    assert opened.all("//a[@id='cancel-change']")[0].get("href") == f"{path}#review"
    page = operator.submit(opened, "messages", text="With keys that are rotated.")

    assert wording.CHANGED.format(number=2) in page.text
    assert page.all("//*[@class='own']/li[2]//p[@class='said']")[0].text == "With keys that are rotated."
    assert "You: With keys that are rotated." in bubbles(page)
    assert bubbles(page).count(f"You: {FULL}") >= 3


def test_changing_an_answer_leaves_the_draft_of_the_open_question_alone(operator: Browser) -> None:
    path = begin(operator)
    page = operator.get(path)
    while "Question 1 of 3" in page.text:
        page = operator.submit(page, "messages", text=FULL)
    operator.post(f"{path}/draft", text="half a thought", seen=page.form("messages")[1]["seen"])

    operator.submit(operator.get(f"{path}?change=q1"), "messages", text="Something better.")

    assert operator.get(path).all("//textarea[@id='answer']")[0].text_content().strip() == "half a thought"


def test_a_changed_answer_needs_some_text_and_stays_open(operator: Browser) -> None:
    path = begin(operator)
    page = operator.get(path)
    while "Question 1 of 3" in page.text:
        page = operator.submit(page, "messages", text=FULL)

    refused = operator.submit(operator.get(f"{path}?change=q1"), "messages", text="  ")

    assert refused.status == 409
    assert "A changed answer needs some text" in refused.text
    assert "You are changing your answer to question 1" in refused.text


@pytest.mark.parametrize("question_id", ["q2", "nothing", "", "<script>"])
def test_only_an_answer_that_was_given_can_be_changed(operator: Browser, question_id: str) -> None:
    path = begin(operator)

    page = operator.get(f"{path}?change={question_id}")

    assert "You are changing" not in page.text
    assert "Question 1 of 3" in page.text


def test_an_answer_in_several_messages_is_one_answer(operator: Browser) -> None:
    path = begin(operator)
    page = operator.submit(operator.get(path), "messages", text="Land raw files in object storage.", more="1")
    assert wording.COLLECTING in page.text
    assert page.all("//button[@id='send-done']")
    page = operator.submit(page, "messages", text="Partition them by date.", more="1")
    assert "Question 1 of 3" in page.text

    page = operator.submit(page, "messages", text="", done="1")

    opened = operator.get(f"{path}?change=q1").all("//textarea[@id='answer']")
    if "Question 2 of 3" in page.text:
        assert opened[0].text_content().strip() == "Land raw files in object storage.\n\nPartition them by date."
    assert not page.all("//button[@id='send-done']")


def test_done_with_something_typed_sends_it_as_the_last_message(operator: Browser) -> None:
    path = begin(operator)
    page = operator.submit(operator.get(path), "messages", text="Land raw files in object storage.", more="1")

    page = operator.submit(page, "messages", text="Partition them by date.", done="1")

    assert "You: Partition them by date." in bubbles(page)
    assert not page.all("//button[@id='send-done']")


def test_that_a_person_grades_it_is_asked_for_after_saying_what_it_means(operator: Browser) -> None:
    page = operator.get(begin(operator))

    asked = page.all("//*[@id='ask-decline']")[0]
    assert wording.DECLINE_CONFIRM in asked.text_content()
    declined = operator.submit(page, "commands", command="decline")

    assert wording.DECLINED in declined.text
    assert not declined.all("//*[@id='ask-decline']")


def test_in_practice_an_answer_can_be_tried_again_even_after_the_end(operator: Browser) -> None:
    path = begin(operator, mode="practice", limit="1")
    page = operator.get(path)
    while page.all("//textarea[@id='answer']"):
        page = operator.submit(page, "messages", text="Some files, somewhere.")
    again = page.all("//a[@class='change']")[-1]
    assert again.text == "Try again"

    opened = operator.get(again.get("href").partition("#")[0])
    page = operator.submit(opened, "messages", text=FULL)

    assert f"You: {FULL}" in bubbles(page)
    assert wording.CHANGED.format(number=1) in page.text
    assert len(page.all("//*[@class='marks']")) == 1


def test_the_time_left_is_said_by_the_servers_clock_only_where_there_is_a_limit(operator: Browser) -> None:
    assert not operator.get(begin(operator)).all("//*[@id='time-left']")

    page = operator.get(begin(operator, bank="hurried"))

    (left,) = page.all("//*[@id='time-left']")
    until, now = (datetime.fromisoformat(left.get(name)) for name in ("data-until", "data-now"))
    assert timedelta(seconds=115) < until - now <= timedelta(seconds=120)
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=30)
