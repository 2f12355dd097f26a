"""A candidate in a real browser: what is done on the pages, in the words of the journeys."""

import os
import time
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.served import TOKEN, Served

ANSWERS = (
    "I keep raw and processed files in S3, run Glue jobs to transform them, and load Redshift for analytics. Orders "
    "come from RDS, events from DynamoDB, and small Lambda functions clean what arrives.",
    "Raw input lands in S3. A Glue crawler infers the schema, a Glue job cleans and transforms the data, and the "
    "result goes back to S3 as Parquet or into Redshift.",
    "Redshift is a columnar warehouse for analytics, RDS runs relational databases for transactions, and DynamoDB is "
    "a key-value store for fast lookups.",
    "I don't know",
    "I would look at distribution and sort keys, compress the columns, and vacuum and analyse the tables.",
)
WARM_WITHIN_S = 120
TOO_WIDE = """() => document.documentElement.scrollWidth <= 320 ? [] : [...document.querySelectorAll("body *")]
  .filter(element => element.getBoundingClientRect().right > 321).map(element => element.outerHTML.slice(0, 120))"""
MORE = "I would partition the files by date and watch what every query costs."


def wait_until_warm(served: Served) -> None:
    deadline = time.monotonic() + WARM_WITHIN_S
    with served.client() as client:
        while (ready := client.get(f"{served.address}/readyz")).status_code != 200:
            assert time.monotonic() < deadline, ready.text
            time.sleep(0.2)


def begin(page: Page, served: Served, *, mode: str = "assessment", limit: str = "5", label: str = "") -> None:
    page.goto(f"{served.address}/sign-in?token={TOKEN}")
    assert "token" not in page.url
    page.check(f"input[name=mode][value={mode}]")
    page.check("input[name=scope][value=some]")
    page.fill("#limit", limit)
    page.fill("#label", label)
    page.click("text=Begin here now")
    page.check("input[name=agreed]")
    page.click("text=Begin")
    page.wait_for_selector("#answer")


def send(page: Page, text: str) -> None:
    """Type, press Enter, and wait until the server has it."""
    before = page.locator(".receipt:has-text('Received')").count()
    page.fill("#answer", text)
    page.press("#answer", "Enter")
    expect(page.locator(".receipt:has-text('Received')")).to_have_count(before + 1)
    expect(page.locator(".typing")).to_have_count(0)


def answer_all(page: Page) -> None:
    for number, text in enumerate(ANSWERS, 1):
        expect(page.locator(".bar__place")).to_contain_text(f"Question {number} of 5")
        send(page, text)
        # A follow-up, and a reply that was not taken for an answer until it was sent again.
        for _ in range(3):
            if page.locator(f".bar__place:has-text('Question {number} of 5')").count():
                send(page, MORE)
    hand_in(page)


def hand_in(page: Page) -> None:
    """Look back over the answers and submit them."""
    expect(page.locator("#review")).to_be_visible()
    page.click("#submit")
    expect(page.locator(".rest--done")).to_be_visible()


def check_accessible(page: Page, axe: str) -> None:
    """No violation that axe can find, contrast in dark too, and no sideways scrolling at 320 pixels."""
    # Through the debugger, as the page's own policy lets no foreign script in.
    page.evaluate(axe)
    for scheme, rules in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        found = page.evaluate("options => axe.run(document, {resultTypes: ['violations'], ...options})", rules)
        assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found["violations"]] == []
    size = page.viewport_size
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate(TOO_WIDE) == []
    if size:
        page.set_viewport_size(size)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")


def picture(page: Page, name: str) -> None:
    """The page as it is seen, into the folder that VIVA_SCREENSHOTS names, if any."""
    folder = os.environ.get("VIVA_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")
