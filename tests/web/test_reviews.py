"""The review pages: the queue, one answer, and a decision that the report then shows."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from app.access.tokens import operator_token
from app.config import Settings
from app.main import create_app
from tests.stub_llm import StubLLM
from tests.web.browser import OWN
from tests.web.conftest import BANK, Browser
from tests.web.test_interviews import held


def first_waiting(operator: Browser, label: str) -> str:
    """The address of the review of that candidate's answer."""
    link = next(a for a in operator.get("/reviews").all("//a[@class='row-link']") if a.text.startswith(label))
    return str(link.get("href"))


def test_an_override_by_form_counts_and_the_report_says_who_decided_and_why(operator: Browser) -> None:
    interview_id = held(operator, "Grace")
    address = first_waiting(operator, "Grace")
    page = operator.get(address)
    assert "Why it waits" in page.text
    refused = operator.submit(page, address, v1="missing", who="Ada")
    assert refused.status == 422
    assert "an override says why" in refused.text
    assert refused.all("//input[@name='v1'][@value='missing'][@checked]")
    done = operator.submit(refused, address, v1="missing", who="Ada", reason="Named only <b>to reject</b> it.")
    assert "Decided by Ada" in done.text
    report = operator.get(f"/interviews/{interview_id}")
    assert "Decided by Ada" in report.text
    assert "A person (the machine:" in report.text
    assert "Named only <b>to reject</b> it." in report.text
    assert not report.all("//b[text()='to reject']")
    assert "1answer decided by a person" in report.text
    assert not [a for a in operator.get("/reviews").all("//a[@class='row-link']") if a.text.startswith("Grace")]


def test_leaving_everything_confirms_what_the_machine_gave(operator: Browser) -> None:
    held(operator, "Confirmed")
    address = first_waiting(operator, "Confirmed")
    done = operator.submit(operator.get(address), address, who="Ada")
    assert "Confirmed by Ada" in done.text


def test_a_grade_that_was_decided_meanwhile_is_told(operator: Browser) -> None:
    held(operator, "Twice")
    address = first_waiting(operator, "Twice")
    page = operator.get(address)
    operator.submit(operator.get(address), address, who="Ada")
    late = operator.submit(page, address, who="Bob")
    assert late.status == 409
    assert "Ada decided about this answer meanwhile" in late.text


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory, _stub_server: StubLLM) -> Iterator[Browser]:
    """The operator's browser where every answer is drawn for the audit."""
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("audited"),
        embeddings_base_url=_stub_server.base_url,
        embedding_model="stub-embedder",
        audit_share=1.0,
    )
    with TestClient(create_app(settings), base_url=OWN) as client:
        token = operator_token(settings).value
        files, bearer = {"file": ("lake.yaml", BANK)}, {"Authorization": f"Bearer {token}"}
        assert client.post("/api/v1/banks", files=files, headers=bearer).status_code == 201
        browser = Browser(client)
        browser.get(f"/sign-in?token={token}")
        yield browser


def test_a_blind_review_shows_nothing_of_the_machine_until_it_is_decided(audited: Browser) -> None:
    held(audited, "Blinded")
    listed = audited.get("/reviews?audit=true")
    assert "Blinded" not in listed.text
    address = str(listed.all("//a[@class='row-link']")[0].get("href"))
    page = audited.get(address)
    assert "Blinded" not in page.text
    assert not page.all("//span[starts-with(@class, 'verdict')]")
    assert not page.all("//input[@type='radio'][@value='']")
    names = {str(field.get("name")) for field in page.all("//input[@type='radio']")}
    refused = audited.submit(page, address, v1="covered", who="Ada")
    assert refused.status == (422 if len(names) > 1 else 200)
    done = audited.submit(page, address, who="Ada", **dict.fromkeys(names, "partial"))
    assert "Decided by Ada, blind" in done.text
    assert done.all("//span[starts-with(@class, 'verdict')]")
