"""The page of an evaluation in a real Chromium: accessible, in dark too, and never scrolling sideways."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from app.evaluation.page import as_html
from tests.evaluation.test_page import evaluated

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_of_an_evaluation_is_accessible_on_paper_and_on_a_phone(
    browser: Browser, axe: str, tmp_path: Path, scheme: str
) -> None:
    file = tmp_path / "evaluation.html"
    file.write_text(as_html(evaluated()), encoding="utf-8")
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)  # type: ignore[arg-type]
    page = context.new_page()
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto(file.as_uri())
    assert requested == [file.as_uri()]
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [violation["id"] for violation in found["violations"]] == []
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= 320")
    context.close()
