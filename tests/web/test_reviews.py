"""The review pages: the queue, one answer, and a decision that the report then shows."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from app.access.tokens import operator_token
from app.config import Settings
from app.main import create_app
from tests.stub_llm import StubLLM
from tests.web.browser import OWN, Page
from tests.web.conftest import BANK, Browser
from tests.web.test_interviews import held


def queue_with(operator: Browser, *labels: str, narrowed: str = "") -> Page:
    """The page of the queue on which those candidates' answers are: as far on as it takes."""
    page = operator.get(f"/reviews{narrowed}")
    while not all(rows(page, label) for label in labels):
        following = page.all("//a[text()='Next page']")
        if not following:
            return page
        page = operator.get(str(following[0].get("href")))
    return page


def first_waiting(operator: Browser, label: str) -> str:
    """The address of the review of that candidate's answer."""
    return f"/reviews/{next(iter(rows(queue_with(operator, label), label)))}"


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


def rows(page: Page, label: str) -> dict[str, str]:
    """The ids of the grades on a queue's page that belong to that candidate, with the words of their rows."""
    return {
        str(row.xpath(".//input[@name='review']/@value")[0]): " ".join(row.text_content().split())
        for row in page.all("//tbody/tr")
        if label in row.text_content()
    }


def settle(operator: Browser, page: Page, ticked: list[str], **fields: str) -> Page:
    return operator.submit(page, "/reviews", review=ticked, **fields)


def test_several_are_assigned_and_dismissed_at_once_and_the_name_is_remembered(operator: Browser) -> None:
    interview_id = held(operator, "Sorted")
    queue = queue_with(operator, "Sorted")
    ids = list(rows(queue, "Sorted"))
    assigned = settle(operator, queue, ids, kind="assign", assignee="Mx <b>Ada</b>")
    assert f"Done with {len(ids)} answer" in assigned.text
    mine = operator.get("/reviews?assignee=Mx+%3Cb%3EAda%3C%2Fb%3E")
    assert list(rows(mine, "Sorted")) == ids
    assert all("Mx <b>Ada</b>" in told for told in rows(mine, "Sorted").values())
    assert not rows(queue_with(operator, "Sorted", narrowed="?assignee=+"), "Sorted")
    refused = settle(operator, mine, ids, kind="dismiss", who="Ben")
    assert refused.status == 422
    assert "say why nobody needs to judge them" in refused.text
    assert len(refused.all("//input[@name='review'][@checked]")) == len(ids)
    done = settle(operator, refused, ids, kind="dismiss", who="Ben", reason="The position is filled.")
    assert not rows(done, "Sorted")
    assert done.all("//input[@name='who'][@value='Ben']") or "Nothing waits" in done.text
    report = operator.get(f"/interviews/{interview_id}")
    assert "Dismissed by Ben" in report.text
    assert "The position is filled." in report.text


def test_what_has_a_newer_grade_is_refused_by_row_and_the_rest_goes_through(operator: Browser) -> None:
    for name in ("Early", "Late"):
        held(operator, name)
        held_ids = rows(queue_with(operator, name), name)
        for grade_id in held_ids:
            operator.submit(
                operator.get(f"/reviews/{grade_id}"), f"/reviews/{grade_id}/assignee", assignee="Early bird"
            )
    queue = operator.get("/reviews?assignee=Early+bird")
    early, late = next(iter(rows(queue, "Early,"))), next(iter(rows(queue, "Late")))
    operator.submit(operator.get(f"/reviews/{early}"), f"/reviews/{early}", who="Ada")
    told = settle(operator, queue, [early, late], kind="confirm", who="Ben")
    assert "Done with 1 answer" in told.text
    assert f"{early}: Ada decided about this answer meanwhile" in told.text
    assert late not in rows(told, "Late")


def test_the_queue_is_narrowed_by_its_address_and_says_so(operator: Browser) -> None:
    held(operator, "Narrowed")
    assert rows(queue_with(operator, "Narrowed", narrowed="?bank=lake&reason=reading"), "Narrowed")
    none = operator.get("/reviews?bank=nowhere&reason=contested")
    assert "Nothing waits for a person by what you chose" in none.text
    assert operator.get("/reviews?after=nowhere").status == 422
    assert operator.get("/reviews?audit=true").status == 200


def test_a_comment_is_shown_with_who_said_it_and_never_as_markup(operator: Browser) -> None:
    held(operator, "Discussed")
    address = first_waiting(operator, "Discussed")
    page = operator.get(address)
    done = operator.submit(page, f"{address}/comments", who="Ada", text="Is <i>this</i> enough?")
    assert "Is <i>this</i> enough?" in done.text
    assert not done.all("//i[text()='this']")
    assert "Ada," in done.text
    assert done.all("//input[@name='who'][@value='Ada']")
    refused = operator.submit(done, f"{address}/comments", who="Ada", text="  ")
    assert refused.status == 422


def test_one_case_is_taken_on_and_dismissed_from_its_page(operator: Browser) -> None:
    held(operator, "Single")
    address = first_waiting(operator, "Single")
    taken = operator.submit(operator.get(address), f"{address}/assignee", assignee="Ada")
    assert taken.all("//input[@name='assignee'][@value='Ada']")
    refused = operator.submit(taken, address, who="Ada", how="dismiss")
    assert (refused.status, "say why nobody needs to judge it" in refused.text) == (422, True)
    done = operator.submit(refused, address, who="Ada", how="dismiss", reason="Withdrawn by mail.")
    assert "Dismissed by Ada" in done.text
