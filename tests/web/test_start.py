from app.web.start import LINK_COOKIE
from tests.web.conftest import Browser


def test_the_cover_sheet_offers_every_bank_and_the_sections_of_the_chosen_one(operator: Browser) -> None:
    page = operator.get("/?bank=lake")

    banks = [radio.get("value") for radio in page.all("//input[@name='bank']")]
    sections = [box.get("value") for box in page.all("//input[@name='section']")]
    assert {"lake", "aws_data_engineer"} <= set(banks)
    assert sections == ["Storage", "Querying"]


def test_a_link_is_shown_once_and_opens_the_interview(operator: Browser) -> None:
    page = operator.post("/interviews", bank="lake", mode="assessment", label="C-1", then="link")
    link = page.all("//input[@id='link']")[0].get("value")

    assert page.path.endswith("/link")
    assert link.startswith("http://127.0.0.1/i/")
    consent = operator.get(link.removeprefix("http://127.0.0.1"))
    assert "You will talk to an AI" in consent.text
    assert link not in operator.get("/interviews").html


def test_reloading_the_page_of_a_new_link_makes_no_second_interview(operator: Browser) -> None:
    page = operator.post("/interviews", bank="lake", label="once", then="link")
    link = page.all("//input[@id='link']")[0].get("value")

    again = operator.get(page.path)

    assert again.all("//input[@id='link']")[0].get("value") == link
    labels = [a.text for a in operator.get("/interviews").all("//a[@class='row-link']")]
    assert labels.count("once") == 1


def test_a_link_is_not_shown_again_once_the_browser_has_forgotten_it(operator: Browser) -> None:
    first = operator.post("/interviews", bank="lake", label="first", then="link")
    second = operator.post("/interviews", bank="lake", label="second", then="link")
    secret = second.all("//input[@id='link']")[0].get("value").rpartition("/")[2]
    operator.client.cookies.delete(LINK_COOKIE, path=first.path)
    operator.client.cookies.set(LINK_COOKIE, secret, path=first.path)

    page = operator.get(first.path)

    assert "The link is not shown again" in page.text
    assert secret not in page.html


def test_beginning_here_leads_to_the_candidates_page(operator: Browser) -> None:
    page = operator.post("/interviews", bank="lake", mode="practice", then="begin")

    assert page.path.startswith("/i/")
    assert "Your practice interview" in page.text


def test_only_the_chosen_sections_are_asked(operator: Browser) -> None:
    page = operator.post("/interviews", bank="lake", scope="some", section=["Querying"], then="begin")

    assert "1 question, about 5 minutes" in page.text
    assert "Storage" not in page.text


def test_a_limit_that_is_no_number_comes_back_with_everything_that_was_chosen(operator: Browser) -> None:
    page = operator.post(
        "/interviews", bank="lake", mode="practice", scope="some", section=["Querying"], limit="many", label="C-9"
    )

    assert page.status == 422
    assert "whole number from 1, not “many”" in page.text
    assert page.all("//input[@id='label']")[0].get("value") == "C-9"
    assert page.all("//input[@value='Querying'][@checked]")
    assert page.all("//input[@value='practice'][@checked]")


def test_a_bank_that_is_not_there_is_named(operator: Browser) -> None:
    page = operator.post("/interviews", bank="nope")

    assert page.status == 422
    assert "nope" in page.text
