"""The candidate's pages when the world is not kind: other tabs and devices, no network, a server that dies, no mouse."""

import re
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from tests.journeys.served import Served, viva_serve
from tests.journeys.talking import begin, check_accessible, hand_in, picture, send, wait_until_warm

pytestmark = pytest.mark.browser
DONT_KNOW = "I don't know"
FIRST_PAGE_BYTES = 150_000
IN_STEP_WITHIN_MS = 6_000
HURRIED = """
title: In a hurry
sections:
- title: Only one
  questions:
  - id: h1
    text: What do you do first?
    criteria: [Look at the logs]
    time_limit_s: 36
"""


def link_of(page: Page) -> str:
    return page.url.partition("#")[0].partition("?")[0]


def beside(page: Page) -> Page:
    """Another tab of the same browser on the same interview."""
    tab = page.context.new_page()
    tab.set_default_timeout(20_000)
    tab.goto(link_of(page))
    return tab


@pytest.mark.slow
def test_two_tabs_stay_in_step_and_neither_loses_what_is_typed(page: Page, served: Served) -> None:
    wait_until_warm(served)
    begin(page, served)
    tab = beside(page)
    tab.fill("#answer", "typed in the second tab")

    send(page, DONT_KNOW)

    expect(tab.locator(".bar__place")).to_contain_text("Question 2 of 5", timeout=IN_STEP_WITHIN_MS)
    expect(tab.locator("#answer")).to_have_value("typed in the second tab")
    expect(tab.locator("#moved-on")).to_contain_text("went on in another window")
    expect(tab.locator(f'.bubble:has-text("{DONT_KNOW}")')).to_have_count(1)


def test_what_was_typed_for_a_question_that_was_left_is_no_draft_of_the_next(page: Page, served: Served) -> None:
    wait_until_warm(served)
    begin(page, served)
    tab = beside(page)
    tab.fill("#answer", "typed for question 1")
    send(page, DONT_KNOW)
    expect(tab.locator("#moved-on")).to_be_visible(timeout=IN_STEP_WITHIN_MS)
    tab.reload()
    assert tab.input_value("#answer") == ""

    page.fill("#answer", "typed for question 2")
    expect(page.locator("#draft-state")).to_contain_text("Draft saved")
    page.click("#do-skip")
    page.click("#confirm-skip")
    expect(page.locator(".bar__place")).to_contain_text("Question 3 of 5")
    expect(page.locator("#answer")).to_have_value("")
    page.reload()
    assert page.input_value("#answer") == ""


def test_another_device_goes_on_in_the_middle_of_an_answer(page: Page, served: Served, browser: Browser) -> None:
    begin(page, served)
    send(page, DONT_KNOW)
    page.fill("#answer", "half of it on the laptop")
    expect(page.locator("#draft-state")).to_contain_text("Draft saved")

    phone = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    other = phone.new_page()
    other.goto(link_of(page))
    expect(other.locator(".bar__place")).to_contain_text("Question 2 of 5")
    assert other.input_value("#answer") == "half of it on the laptop"
    other.fill("#answer", DONT_KNOW)
    other.click("#send")

    expect(other.locator(".bar__place")).to_contain_text("Question 3 of 5")
    expect(page.locator(".bar__place")).to_contain_text("Question 3 of 5", timeout=IN_STEP_WITHIN_MS)
    expect(page.locator(".turn--disclosure")).to_have_count(1)
    phone.close()


def test_offline_and_back_keeps_the_text_and_sends_it_once(page: Page, served: Served) -> None:
    begin(page, served)
    page.fill("#answer", DONT_KNOW)
    page.context.set_offline(True)
    expect(page.locator("#cut-off")).to_have_text("You are offline; what you write is kept here.")
    expect(page.locator("#cut-off")).to_be_visible()
    picture(page, "offline")
    page.press("#answer", "Enter")
    expect(page.locator("#draft-state")).to_contain_text("Not sent")

    page.context.set_offline(False)
    expect(page.locator("#cut-off")).to_be_hidden()
    assert page.input_value("#answer") == DONT_KNOW
    assert page.locator(".bubble").count() == 0
    page.press("#answer", "Enter")

    expect(page.locator(".bar__place")).to_contain_text("Question 2 of 5")
    expect(page.locator(".bubble")).to_have_count(1)


def test_a_reply_whose_receipt_was_lost_is_not_sent_twice(page: Page, served: Served) -> None:
    begin(page, served)

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/messages", lose_the_answer)
    page.fill("#answer", DONT_KNOW)
    page.press("#answer", "Enter")

    expect(page.locator(".bar__place")).to_contain_text("Question 2 of 5", timeout=IN_STEP_WITHIN_MS)
    expect(page.locator("#answer")).to_have_value("")
    expect(page.locator(".bubble")).to_have_count(1)


def test_a_page_whose_link_is_withdrawn_says_so_and_keeps_what_is_typed(page: Page, served: Served) -> None:
    begin(page, served, label="Link withdrawn")
    page.fill("#answer", "not sent yet")
    with served.client() as client:
        (opened,) = [row for row in client.get("/interviews").json()["interviews"] if row["label"] == "Link withdrawn"]
        assert client.delete(f"/interviews/{opened['id']}/link").status_code == 204
    page.fill("#answer", DONT_KNOW)
    page.press("#answer", "Enter")

    expect(page.locator("#cut-off")).to_contain_text("This link opens the interview no longer.")
    assert page.input_value("#answer") == DONT_KNOW
    page.reload()
    expect(page.locator("h1")).to_have_text("No longer open")
    picture(page, "link-withdrawn")


@pytest.mark.slow
def test_the_time_left_counts_down_and_is_announced_at_the_warning_alone(page: Page, served: Served) -> None:
    with served.client() as client:
        client.post("/banks", files={"file": ("hurried.yaml", HURRIED)})
        link = client.post("/interviews", json={"bank": "hurried", "mode": "assessment"}).json()["link"]
    page.goto(link)
    page.check("input[name=agreed]")
    page.click("text=Begin")

    expect(page.locator("#time-left")).to_have_text(re.compile(r"Time left: 0:3\d"))
    assert "left for this question" not in page.inner_text("#announce")
    page.fill("#answer", "still typing")
    picture(page, "time-left")

    expect(page.locator("#announce")).to_have_text(re.compile(r"^\d+ s left for this question"), timeout=12_000)
    expect(page.locator("#time-left")).to_have_text(re.compile(r"Time left: 0:[12]\d"))
    expect(page.locator("#answer")).to_have_value("still typing")
    assert page.locator("#time-left").get_attribute("aria-live") == "off"


def test_practice_can_be_tried_again_after_the_end_and_its_summary_follows(page: Page, served: Served) -> None:
    wait_until_warm(served)
    begin(page, served, mode="practice", limit="1")
    send(page, DONT_KNOW)
    expect(page.locator(".marks")).to_contain_text("0 of")
    expect(page.locator(".study")).to_have_count(1)

    page.locator(".change").last.click()
    page.fill("#answer", "S3 stores raw files, Redshift is the warehouse, and Glue jobs transform the data.")
    page.press("#answer", "Enter")

    expect(page.locator("#receipt")).to_be_visible()
    expect(page.locator(".marks .wait")).to_have_count(0)
    expect(page.locator(".marks")).not_to_contain_text("0 of")
    expect(page.locator("#result")).not_to_contain_text("Overall: 0 of", timeout=IN_STEP_WITHIN_MS)


@pytest.mark.slow
def test_the_page_outlives_its_server(page: Page, tmp_path: Path) -> None:
    with viva_serve(tmp_path, {"OMP_NUM_THREADS": "1"}) as first:
        wait_until_warm(first)
        begin(page, first)
        port = urlsplit(first.address).port or 0
        page.fill("#answer", "typed while the server dies")
        first.kill()
        expect(page.locator("#cut-off")).to_have_text("Viva can’t be reached just now; what you write is kept here.")
        page.fill("#answer", DONT_KNOW)
        page.press("#answer", "Enter")
        expect(page.locator("#draft-state")).to_contain_text("Not sent")

    with viva_serve(tmp_path, {"OMP_NUM_THREADS": "1"}, port=port) as second:
        expect(page.locator("#cut-off")).to_be_hidden(timeout=30_000)
        wait_until_warm(second)
        assert page.input_value("#answer") == DONT_KNOW
        page.press("#answer", "Enter")
        expect(page.locator(".bar__place")).to_contain_text("Question 2 of 5")
        expect(page.locator(".bubble")).to_have_count(1)

        began = time.monotonic()
        assert second.stop() == 0
        assert time.monotonic() - began < 6, "an open page must not hold the server up"


def test_the_keyboard_alone_is_enough(page: Page, served: Served) -> None:
    begin(page, served, limit="1")

    def tab_to(wanted: str) -> None:
        for _ in range(60):
            if page.evaluate("document.activeElement.id") == wanted:
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"{wanted} is not reached by Tab")

    tab_to("do-decline")
    page.keyboard.press("Enter")
    expect(page.locator("#ask-decline")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#ask-decline")).to_be_hidden()
    for _ in range(60):
        if page.evaluate("document.activeElement.id") == "answer":
            break
        page.keyboard.press("Shift+Tab")
    page.keyboard.type(DONT_KNOW)
    page.keyboard.press("Enter")
    expect(page.locator("#review")).to_be_visible()
    tab_to("submit")
    page.keyboard.press("Enter")
    expect(page.locator(".rest--done")).to_be_visible()


def test_an_answer_is_changed_before_it_is_handed_in(page: Page, served: Served) -> None:
    begin(page, served, limit="2")
    send(page, DONT_KNOW)
    page.fill("#answer", "half a thought on question 2")
    expect(page.locator("#draft-state")).to_contain_text("Draft saved")

    page.locator(".turn--you .change").first.click()
    expect(page.locator("#changing")).to_contain_text("You are changing your answer to question 1")
    expect(page.locator("#answer")).to_be_focused()
    assert page.input_value("#answer") == DONT_KNOW
    page.click("#cancel-change")
    assert page.input_value("#answer") == "half a thought on question 2"

    page.locator(".turn--you .change").first.click()
    page.fill("#answer", "Files in S3, and Glue over them.")
    page.reload()
    assert page.input_value("#answer") == "Files in S3, and Glue over them."
    picture(page, "changing")
    page.press("#answer", "Enter")

    expect(page.locator("#answer")).to_have_value("half a thought on question 2")
    expect(page.locator(".turn--aside").last).to_contain_text("Your answer to question 1 is changed")
    expect(page).not_to_have_url(re.compile("change"))
    page.fill("#answer", DONT_KNOW)
    page.press("#answer", "Enter")
    expect(page.locator(".own__one").first).to_contain_text("Files in S3, and Glue over them.")
    hand_in(page)


def test_an_answer_in_several_messages_goes_on_until_it_is_done(page: Page, served: Served) -> None:
    wait_until_warm(served)
    begin(page, served)
    page.fill("#answer", "Raw files land in S3, one prefix a day.")
    page.click("#send-more")
    expect(page.locator(".turn--aside").last).to_contain_text("I keep that and wait for the rest")
    expect(page.locator("#answer")).to_be_focused()
    picture(page, "collecting")
    page.fill("#answer", "Glue jobs turn them into Parquet, and Redshift loads what analysts need.")
    page.click("#send-done")

    expect(page.locator("#send-done")).to_have_count(0)
    expect(page.locator(".bubble")).to_have_count(2)


def test_the_first_page_is_small_and_asks_nobody_else(page: Page, served: Served) -> None:
    begin(page, served)
    fresh = page.context.new_page()
    asked: list[Request] = []

    def note(request: Request) -> None:
        asked.append(request)

    fresh.on("request", note)
    fresh.goto(link_of(page), wait_until="load")
    fresh.wait_for_timeout(500)

    assert {urlsplit(request.url).netloc for request in asked} == {urlsplit(served.address).netloc}
    answered = [request for request in asked if not urlsplit(request.url).path.endswith("/events")]
    sizes = {urlsplit(request.url).path: request.sizes()["responseBodySize"] for request in answered}
    assert sum(sizes.values()) < FIRST_PAGE_BYTES, sizes
    answer = fresh.request.get(link_of(page))
    assert "noindex" in answer.headers["x-robots-tag"]
    assert answer.headers["referrer-policy"] in {"same-origin", "no-referrer"}


@pytest.mark.parametrize("width", [pytest.param(390, marks=pytest.mark.slow), 1280])
def test_every_page_a_candidate_sees_is_accessible_in_both_themes(
    page: Page, served: Served, axe: str, width: int
) -> None:
    wait_until_warm(served)
    page.set_viewport_size({"width": width, "height": 844})

    def look(name: str) -> None:
        check_accessible(page, axe)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
            picture(page, f"{name}-{width}-{scheme}")

    begin(page, served, limit="2")
    look("chat")
    page.click("#do-decline")
    look("ask-decline")
    page.keyboard.press("Escape")
    page.click("#do-stop")
    expect(page.locator("#confirm-on")).to_be_visible()
    look("stop")
    page.click("#confirm-on")
    page.click("#do-pause")
    expect(page.locator("#resume")).to_be_visible()
    look("paused")
    page.click("#resume")
    send(page, DONT_KNOW)
    page.locator(".change").first.click()
    look("changing")
    page.click("#cancel-change")
    send(page, "```\nSELECT day, count(*)\nFROM events\nGROUP BY day;\n```\nThat counts events a day.")
    if page.locator("#answer").count():
        send(page, DONT_KNOW)
    expect(page.locator("#review")).to_be_visible()
    look("review")
    hand_in(page)
    page.locator(".own .wish summary").first.click()
    look("receipt")
    page.fill("#reason-1", "I meant the storage classes.")
    page.locator(".own .wish .btn").first.click()
    expect(page.locator(".asked")).to_contain_text("I meant the storage classes.")
    look("contested")
    page.goto(served.address + "/")
    begin(page, served, mode="practice", limit="2")
    for _ in range(2):
        send(page, DONT_KNOW)
    expect(page.locator(".study").first).to_be_visible()
    look("study")
