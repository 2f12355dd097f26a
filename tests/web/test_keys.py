"""The keys page: made with a form, the secret shown once, rotated, revoked."""

from tests.web.browser import Page
from tests.web.conftest import Browser


def made(operator: Browser, name: str, *scopes: str) -> Page:
    return operator.submit(operator.get("/keys"), "/keys", name=name, scope=list(scopes), expires_days="30")


def secret_of(page: Page) -> str:
    (field,) = page.all("//input[@id='secret']")
    return str(field.get("value"))


def key_id_of(page: Page) -> str:
    return page.path.split("/")[2]


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_a_key_is_made_with_a_form_shown_once_and_lets_a_program_in(operator: Browser) -> None:
    shown = made(operator, "Tracking <b>", "banks:read")
    secret = secret_of(shown)
    assert "The key Tracking <b>" in shown.text
    assert operator.client.get("/api/v1/banks", headers=bearer(secret)).status_code == 200
    listed = operator.get("/keys")
    assert "Tracking <b>" in listed.text
    assert secret not in listed.html
    assert secret[:9] in listed.text
    operator.client.cookies.delete("viva_key")
    assert "not shown again" in operator.get(shown.path).text


def test_a_key_without_scopes_comes_back_with_its_name(operator: Browser) -> None:
    refused = made(operator, "No scopes")
    assert refused.status == 422
    assert "a key needs at least one" in refused.text
    assert refused.all("//input[@name='name'][@value='No scopes']")


def test_a_rotated_key_shows_its_new_secret_and_the_old_one_works_on(operator: Browser) -> None:
    old = made(operator, "Rotated", "banks:read")
    path = f"/keys/{key_id_of(old)}/rotate"
    new = secret_of(operator.submit(operator.get("/keys"), path, overlap_hours="24"))
    for secret in (secret_of(old), new):
        assert operator.client.get("/api/v1/banks", headers=bearer(secret)).status_code == 200
    assert operator.submit(operator.get("/keys"), path, overlap_hours="99").status == 422


def test_a_revoked_key_opens_nothing_and_says_so(operator: Browser) -> None:
    shown = made(operator, "Revoked", "banks:read")
    done = operator.submit(operator.get("/keys"), f"/keys/{key_id_of(shown)}/revoke")
    assert "opens nothing any more" in done.text
    assert operator.client.get("/api/v1/banks", headers=bearer(secret_of(shown))).status_code == 401
    late = operator.client.post(
        f"/keys/{key_id_of(shown)}/rotate", data={"overlap_hours": "0"}, headers={"Origin": "http://127.0.0.1"}
    )
    assert late.status_code == 422
