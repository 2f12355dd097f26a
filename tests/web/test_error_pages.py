from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.access.gate import CONTENT_SECURITY_POLICY
from app.errors import OutOfTurn
from app.web.error_pages import install
from tests.web.conftest import Browser


def test_an_address_that_leads_nowhere_is_told_in_one_sentence(nobody: Browser) -> None:
    page = nobody.get("/nowhere")

    assert page.status == 404
    assert page.all("//h1")[0].text == "Not found"
    assert page.all("//main//a[@href='/']")


def test_below_the_api_errors_stay_documents(nobody: Browser) -> None:
    answer = nobody.client.get("/api/v1/nowhere")

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_a_candidates_error_leads_back_to_the_interview_and_nowhere_else(nobody: Browser) -> None:
    app = FastAPI()

    @app.get("/i/{link}")
    def early(link: str) -> None:
        raise OutOfTurn("Not now.")

    install(app)
    answer = TestClient(app).get("/i/abc")

    assert answer.status_code == 409
    assert 'href="/i/abc"' in answer.text
    assert 'href="/"' not in answer.text


def test_a_bug_is_a_page_without_its_details_and_with_the_careful_headers() -> None:
    app = FastAPI()

    @app.get("/bug")
    def bug() -> None:
        raise RuntimeError("secret detail")

    install(app)
    answer = TestClient(app, raise_server_exceptions=False).get("/bug")

    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "Something went wrong" in answer.text
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


def test_a_form_that_cannot_be_read_is_told_on_a_page(operator: Browser) -> None:
    page = operator.get("/banks/lake?version=first")

    assert page.status == 422
    assert page.all("//h1")[0].text == "That could not be used"


def test_a_form_far_larger_than_any_answer_is_not_read(nobody: Browser) -> None:
    page = nobody.post("/sign-in", token="x" * 2_500_000)

    assert page.status == 413


def test_a_candidates_error_speaks_the_language_of_their_browser(nobody: Browser) -> None:
    answer = nobody.client.get("/i/never-given-out", headers={"Accept-Language": "de-CH, en;q=0.5"})

    assert answer.status_code == 404
    assert '<html lang="de" dir="ltr">' in answer.text
    assert "Nicht gefunden" in answer.text
    assert "Zu diesem Link gibt es kein Interview." in answer.text


def test_the_operators_pages_stay_in_english(nobody: Browser) -> None:
    answer = nobody.client.get("/nowhere", headers={"Accept-Language": "de"})

    assert '<html lang="en" dir="ltr">' in answer.text
    assert "Not found" in answer.text
