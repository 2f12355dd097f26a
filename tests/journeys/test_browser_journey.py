"""Start, consent, five answers, report: in a real Chromium, through a real server, with the bundled model."""

import hashlib
import json
import time
from pathlib import Path

import httpx2
import jsonschema
import pytest
from playwright.sync_api import Page, expect

from app.reports.export import json_schema
from tests.journeys.served import TOKEN, Served
from tests.journeys.talking import ANSWERS, MORE, answer_all, begin, check_accessible, hand_in, send, wait_until_warm

QUESTION = "How does Amazon Athena query data in S3?"
pytestmark = pytest.mark.browser


def test_an_interview_from_the_cover_sheet_to_the_report(page: Page, served: Served, axe: str) -> None:
    wait_until_warm(served)
    begin(page, served, label="Journey")
    assert page.evaluate("document.activeElement.id") == "open"
    chat = page.url.partition("#")[0]
    send(page, ANSWERS[3])
    check_accessible(page, axe)
    assert page.evaluate("document.activeElement.id") == "answer"

    page.goto(served.address + "/")
    begin(page, served, label="Whole journey")
    answer_all(page)
    check_accessible(page, axe)
    assert "of 100" not in page.content()

    page.goto(served.address + "/interviews")
    check_accessible(page, axe)
    page.click("text=Whole journey")
    expect(page.locator("#overall + .score")).to_contain_text("of 100")
    expect(page.locator("article.q")).to_have_count(5)
    expect(page.locator(".basis")).to_have_text(
        "No language model read these answers: the marks rest on the local reading alone."
    )
    assert page.locator("mark.ev").count() > 0
    check_accessible(page, axe)
    first = page.locator(".ledger a.ref").first
    first.click()
    target = page.url.partition("#")[2]
    assert page.locator(f"[id='{target}']").inner_text() != ""
    with page.expect_download() as download:
        page.click("text=JSON >> nth=0")
    report = json.loads(Path(download.value.path()).read_text())
    jsonschema.validate(report, json_schema())
    for question in report["questions"]:
        for criterion in question["grade"]["criteria"]:
            for span in criterion["evidence"]:
                assert question["parts"][span["part"]][span["start"] : span["end"]] == span["quote"]

    page.goto(served.address + "/reviews")
    page.check("input[name=review] >> nth=0")
    check_accessible(page, axe)
    page.click(".row-link >> nth=0")
    page.fill("#text", "Is that enough?")
    page.fill("#says", "Ada")
    page.click("text=Comment >> nth=-1")
    expect(page.locator(".label", has_text="Ada")).to_be_visible()
    check_accessible(page, axe)

    page.goto(chat)
    expect(page.locator(".bar__place")).to_contain_text("Question 2 of 5")


def ask_for_a_person(served: Served, link: str) -> None:
    headers = {"Authorization": f"Bearer {link.rpartition('/')[2]}"}
    with httpx2.Client(base_url=f"{served.address}/api/v1/", headers=headers, trust_env=False) as candidate:
        interview = candidate.get("me").json()["interview_id"]
        message = {"id": "a-person-please", "channel": "api", "command": "person"}
        candidate.post(f"interviews/{interview}/messages", json=message).raise_for_status()


def screened(served: Served) -> str:
    """A screening whose answers are graded; the address of its page."""
    wanted = {"name": "Accessible", "bank": "aws_data_engineer"}
    with served.client() as program:
        bank = program.get("banks/aws_data_engineer").json()
        asked = [question["id"] for section in bank["sections"] for question in section["questions"]][:3]
        made = program.post("screenings", json={**wanted, "policy": {"cuts": {"advance_from": 60}, "questions": asked}})
        path = f"screenings/{made.json()['id']}"
        program.post(f"{path}/activate").raise_for_status()
        rows = "".join(f'p{person},{id_},"{ANSWERS[person]}"\n' for person in range(2) for id_ in asked[person:])
        file = {"file": ("answers.csv", f"candidate,question,answer\n{rows}")}
        program.post(f"{path}/answers", files=file).raise_for_status()
        while not program.get(f"{path}/progress").json()["is_done"]:
            time.sleep(0.1)
    return f"/{path}"


def test_a_screening_from_a_file_to_decisions_with_the_keyboard(
    page: Page, served: Served, axe: str, tmp_path: Path
) -> None:
    wait_until_warm(served)
    rows = "".join(f'p{person},{QUESTION},"{ANSWERS[person]}"\n' for person in range(4))
    file = tmp_path / "answers.csv"
    file.write_text(f"who,question,answer\n{rows}p9,Who are you?,x\n")
    page.goto(f"{served.address}/sign-in?token={TOKEN}")
    page.goto(f"{served.address}/screenings/new")
    page.fill("#name", "With the keyboard")
    page.check("input[name=bank][value=aws_data_engineer]")
    page.set_input_files("#file", file)
    page.press("#name", "Enter")
    expect(page.locator("[role=alert]")).to_contain_text("no column is recognised as candidate")
    page.select_option("#meaning-1", "candidate")
    page.focus("#meaning-3")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".lede")).to_contain_text("4 answers of 4 candidates to 1 question")
    check_accessible(page, axe)
    page.press("text=Begin the screening", "Enter")
    expect(page.locator("#progress")).to_contain_text("4 of 4", timeout=60_000)
    page.reload()
    page.locator("input[name=candidate]").nth(1).focus()
    page.keyboard.press("Space")
    page.select_option("#kind", "advance")
    page.fill("#reason", "Worth a talk.")
    page.fill("#who", "Grace")
    page.press("#who", "Enter")
    expect(page.locator("[role=status]")).to_contain_text("Recorded")
    expect(page.locator("tbody tr").nth(1)).to_contain_text("Grace")
    check_accessible(page, axe)


@pytest.mark.slow
def test_the_operators_other_pages_are_accessible(page: Page, served: Served, axe: str) -> None:
    page.goto(served.address + "/sign-in")
    check_accessible(page, axe)
    page.goto(f"{served.address}/sign-in?token={TOKEN}")
    page.check("input[name=scope][value=some]")
    check_accessible(page, axe)
    page.fill("#label", "Accessible")
    page.click("text=Make a link for a candidate")
    check_accessible(page, axe)
    link = page.input_value("#link")
    page.click("text=Go to its report")
    check_accessible(page, axe)
    page.click("text=Delete …")
    check_accessible(page, axe)
    ask_for_a_person(served, link)
    screening = screened(served)
    for path in (
        "/interviews",
        "/screenings",
        "/screenings/new",
        screening,
        f"{screening}?q=nobody",
        f"{screening}/file",
        f"{screening}/grid",
        f"{screening}/rules",
        f"{screening}/delete",
        "/reviews",
        "/requests",
        "/banks",
        "/banks/aws_data_engineer",
        "/keys",
        "/docs",
        "/nowhere",
    ):
        page.goto(served.address + path)
        check_accessible(page, axe)
    page.goto(link)
    check_accessible(page, axe)


def test_a_draft_survives_a_reload_and_typing_is_not_lost_by_a_command(page: Page, served: Served) -> None:
    begin(page, served)
    page.fill("#answer", "half a thought")
    expect(page.locator("#draft-state")).to_contain_text("Draft saved")
    page.reload()
    assert page.input_value("#answer") == "half a thought"

    page.fill("#answer", "half a thought, and more")
    page.click("#do-repeat")
    expect(page.locator(".turn--aside").last).to_contain_text("Here is the question again")
    expect(page.locator("#answer")).to_have_value("half a thought, and more")
    assert page.evaluate("document.activeElement.id") == "do-repeat"


def test_what_was_typed_right_before_a_reload_is_still_there(page: Page, served: Served) -> None:
    begin(page, served)
    page.locator("#answer").press_sequentially("the last words")
    page.reload()

    assert page.input_value("#answer") == "the last words"


def test_text_sent_from_a_stale_tab_after_the_end_stays_readable(page: Page, served: Served) -> None:
    begin(page, served, limit="1")
    stale = page.context.new_page()
    stale.goto(page.url)
    stale.fill("#answer", "typed in the other tab")
    for _ in range(2):
        if page.locator("#answer").count():
            send(page, ANSWERS[0])
    hand_in(page)

    expect(stale.locator(".unsent")).to_contain_text("typed in the other tab")
    expect(stale.locator(".rest--done")).to_be_visible()


def test_what_is_said_is_announced_once_with_its_number(page: Page, served: Served) -> None:
    begin(page, served)
    send(page, "I don't know")

    said = page.inner_text("#announce")
    assert "Question 2 of 5." in said
    assert said.count("Question 2 of 5.") == 1
    assert page.get_attribute("[role=log]", "aria-live") == "off"


def test_a_reply_over_the_limit_is_stopped_before_it_is_sent_and_never_cut(page: Page, served: Served) -> None:
    begin(page, served)
    page.fill("#answer", "x" * 6_001)
    page.press("#answer", "Enter")

    expect(page.locator("#length")).to_have_text("6,001 of 6,000 characters: please shorten by 1")
    assert page.input_value("#answer") == "x" * 6_001
    assert page.locator(".bubble").count() == 0


def test_a_second_press_of_send_sends_nothing_twice(page: Page, served: Served) -> None:
    begin(page, served)
    page.fill("#answer", "Only once, please")
    page.evaluate("() => { const b = document.getElementById('send'); b.click(); b.click(); b.click(); }")

    expect(page.locator(".receipt:has-text('Received')")).to_have_count(1)
    assert page.locator(".bubble:has-text('Only once')").count() == 1


def test_when_the_server_is_out_of_reach_the_text_stays_and_can_be_sent_again(page: Page, served: Served) -> None:
    begin(page, served)
    page.route("**/messages", lambda route: route.abort())
    page.fill("#answer", "Not lost")
    page.press("#answer", "Enter")
    expect(page.locator("#draft-state")).to_contain_text("Not sent")
    assert page.input_value("#answer") == "Not lost"

    page.unroute("**/messages")
    page.press("#answer", "Enter")
    expect(page.locator(".bubble:has-text('Not lost')")).to_have_count(1)
    expect(page.locator(".receipt:has-text('Received')")).to_have_count(1)


def test_practice_shows_what_was_found_right_after_the_answer(page: Page, served: Served, axe: str) -> None:
    wait_until_warm(served)
    begin(page, served, mode="practice", limit="2")
    send(page, ANSWERS[0])
    if page.locator(".turn--followup").count():
        send(page, MORE)

    expect(page.locator(".marks").first).to_contain_text("expected points found")
    expect(page.locator(".turn.is-open .ask")).to_be_in_viewport(ratio=1)
    check_accessible(page, axe)


def test_without_scripts_the_whole_interview_works_by_plain_forms(plain_page: Page, served: Served) -> None:
    wait_until_warm(served)
    page = plain_page
    page.goto(f"{served.address}/sign-in?token={TOKEN}")
    page.check("input[name=scope][value=some]")
    page.fill("#limit", "1")
    page.fill("#label", "Plain")
    page.click("text=Begin here now")
    page.check("input[name=agreed]")
    page.click("text=Begin")
    for _ in range(2):
        if page.locator("#answer").count():
            page.fill("#answer", ANSWERS[0])
            page.click("#send")
    page.click("#submit")
    expect(page.locator(".rest--done")).to_be_visible()

    page.goto(served.address + "/interviews")
    page.click("text=Plain")
    expect(page.locator("#overall + .score")).to_contain_text("of 100")


def test_the_checker_is_the_one_its_manifest_names() -> None:
    vendor = Path(__file__).parent / "vendor"
    for name, known in json.loads((vendor / "manifest.json").read_text()).items():
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == known["sha256"]
        assert (vendor / known["licence_file"]).is_file()
