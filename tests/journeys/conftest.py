"""A real server and a real Chromium for the journeys."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.journeys.served import Judged, Served, viva_serve
from tests.stub_llm import MODEL, StubLLM, serving

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
]


def chromium() -> str:
    """Chromium's path; without one the test is skipped on a desk and fails in continuous integration."""
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is None:
        message = f"no Chromium on PATH (looked for {', '.join(CHROMIUM_NAMES)})"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`viva serve` with the bundled model and no chat model."""
    with viva_serve(tmp_path_factory.mktemp("served"), {"OMP_NUM_THREADS": "1"}) as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a module's journeys; each page has a profile of its own.

    No longer than that: while Playwright is open its event loop runs in this thread, and no other can.
    """
    path = chromium()
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails the test when anything is blocked by the content security policy or breaks in a script."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(20_000)
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    context.close()
    assert troubles == []


@pytest.fixture
def plain_page(browser: Browser) -> Iterator[Page]:
    """A page whose browser runs no scripts."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(20_000)
    yield page
    context.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The accessibility checker's script."""
    return (Path(__file__).parent / "vendor" / "axe.min.js").read_text()


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    """`viva serve` with the bundled model and a stub as its chat model."""
    with serving(StubLLM()) as stub:
        # What is drawn for the audit teaches nothing, by chance: no story of corrections could be told.
        settings = {"VIVA_LLM_BASE_URL": stub.base_url, "VIVA_LLM_MODEL": MODEL, "OMP_NUM_THREADS": "1"}
        settings["VIVA_AUDIT_SHARE"] = "0"
        with viva_serve(tmp_path_factory.mktemp("judged"), settings) as server:
            yield Judged(server, stub)
