from tests.web.conftest import Browser


def test_the_address_shown_at_first_run_signs_in_and_the_token_leaves_the_address(nobody: Browser, token: str) -> None:
    answer = nobody.client.get(f"/sign-in?token={token}", follow_redirects=False)

    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert token not in cookie
    assert nobody.get("/").all("//h1")[0].text == "New interview"


def test_the_form_signs_in_too(nobody: Browser, token: str) -> None:
    assert nobody.post("/sign-in", token=f" {token}\n").path == "/"


def test_a_wrong_token_is_told_and_signs_nobody_in(nobody: Browser) -> None:
    page = nobody.post("/sign-in", token="guess")

    assert page.status == 403
    assert "not the operator’s token" in page.text
    assert nobody.get("/interviews").path == "/sign-in"


def test_pages_of_the_operator_lead_nobody_to_the_sign_in(nobody: Browser) -> None:
    for path in ("/", "/interviews", "/interviews/iv-1", "/banks", "/docs"):
        assert nobody.get(path).path == "/sign-in"


def test_signing_out_forgets_the_sign_in(operator: Browser) -> None:
    operator.post("/sign-out")

    assert operator.get("/interviews").path == "/sign-in"


def test_the_sign_in_page_says_where_the_token_is_kept(nobody: Browser) -> None:
    assert "operator-token" in nobody.get("/sign-in").text
