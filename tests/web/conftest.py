"""The whole application behind a test client; vectors come from the stub's endpoint, so no model is loaded."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from starlette.testclient import TestClient

from app.access.tokens import operator_token
from app.config import Settings
from app.main import create_app
from tests.stub_llm import StubLLM
from tests.web.browser import OWN, Page, read

BANK = """
title: Data lakes
bands:
- {name: not yet, minimum: 0}
- {name: solid, minimum: 60}
sections:
- title: Storage
  questions:
  - id: q1
    text: How would you store raw data?
    criteria: [Land raw files in object storage, Partition them by date]
    follow_up: What would you do next?
  - id: q2
    text: How do you protect it?
    criteria: [Encrypt it at rest]
- title: Querying
  questions:
  - id: q3
    text: How do people query it?
    criteria: [With an engine that reads files in place]
"""
HURRIED = """
title: In a hurry
sections:
- title: Only one
  questions:
  - id: h1
    text: What do you do first?
    criteria: [Look at the logs]
    time_limit_s: 120
"""


@dataclass
class Browser:
    """A browser without scripts: it keeps cookies, says where it comes from, and follows redirects."""

    client: TestClient

    def get(self, path: str) -> Page:
        return read(self.client.get(path))

    def post(self, path: str, **fields: str | list[str]) -> Page:
        return read(self.client.post(path, data=fields, headers={"Origin": OWN}))

    def submit(self, page: Page, form: str, **fields: str | list[str]) -> Page:
        """Send that form of a page with its hidden fields."""
        action, hidden = page.form(form)
        return self.post(action, **{**hidden, **fields})


@pytest.fixture(scope="package")
def settings(tmp_path_factory: pytest.TempPathFactory, _stub_server: StubLLM) -> Settings:
    return Settings(
        data_dir=tmp_path_factory.mktemp("data"),
        embeddings_base_url=_stub_server.base_url,
        embedding_model="stub-embedder",
        max_answer_chars=500,
    )


@pytest.fixture(scope="package")
def served(settings: Settings) -> Iterator[TestClient]:
    """The application with the bank above beside the bundled one."""
    with TestClient(create_app(settings), base_url=OWN) as client:
        bearer = {"Authorization": f"Bearer {operator_token(settings).value}"}
        for name, content in (("lake.yaml", BANK), ("hurried.yaml", HURRIED)):
            imported = client.post("/api/v1/banks", files={"file": (name, content)}, headers=bearer)
            assert imported.status_code == 201, imported.text
        yield client


@pytest.fixture(scope="package")
def token(settings: Settings) -> str:
    return operator_token(settings).value


@pytest.fixture
def nobody(served: TestClient) -> Iterator[Browser]:
    """A browser that has not signed in."""
    served.cookies.clear()
    yield Browser(served)
    served.cookies.clear()


@pytest.fixture
def operator(nobody: Browser, token: str) -> Browser:
    """A browser that has signed in."""
    assert nobody.get(f"/sign-in?token={token}").status == 200
    return nobody


def begin(browser: Browser, *, bank: str = "lake", mode: str = "assessment", limit: str = "", label: str = "") -> str:
    """Open an interview on the cover sheet and begin it; gives the address of the candidate's page."""
    opened = browser.post("/interviews", bank=bank, mode=mode, scope="some", limit=limit, label=label, then="begin")
    assert opened.path.startswith("/i/")
    browser.submit(opened, "commands", command="consent", agreed="yes")
    return opened.path


def go_to_the_look_back(browser: Browser, path: str, text: str) -> Page:
    """Answer every question with that text; gives the page on which answers are looked at before handing in."""
    page = browser.get(path)
    for _ in range(10):
        if not page.all("//textarea[@id='answer']"):
            return page
        page = browser.submit(page, "messages", text=text)
    raise AssertionError("the interview does not end")
