"""A candidate's link that has expired or was withdrawn shows one sentence and nothing of the interview."""

from datetime import timedelta
from pathlib import Path

import pytest

from app.bootstrap import build_services
from app.config import Settings
from app.errors import LinkClosed
from app.interviews.models import Mode
from app.interviews.store import Link
from tests.interviews.fakes import START
from tests.stub_llm import StubLLM
from tests.web.conftest import Browser, begin

TEXT = "Something that only the two of us should read."
ADDRESSES = ("", "/stage", "/events", "/transcript.txt", "?change=q1")


def row_of(operator: Browser, label: str) -> str:
    return str(
        next(a for a in operator.get("/interviews").all("//a[@class='row-link']") if a.text == label).get("href")
    )


def test_a_withdrawn_link_opens_nothing_and_says_so(operator: Browser) -> None:
    path = begin(operator, label="withdrawn link")
    operator.submit(operator.get(path), "messages", text=TEXT)
    report = operator.get(row_of(operator, "withdrawn link"))
    assert "Opens until" in report.text

    after = operator.submit(report, "withdraw-link")

    assert "Withdrawn" in after.text
    assert not [form for form in after.root.forms if (form.action or "").endswith("withdraw-link")]
    operator.client.cookies.clear()
    for address in ADDRESSES:
        page = operator.get(path + address)
        assert page.status == 410
        assert "This link was withdrawn; please ask the team." in page.text
        assert TEXT not in page.html
        assert "How would you store raw data?" not in page.html
    assert operator.post(f"{path}/messages", text="late", nonce="a-late-delivery").status == 410
    assert operator.post(f"{path}/erasure").status == 410


def test_only_the_operator_withdraws_a_link(nobody: Browser, operator: Browser) -> None:
    path = begin(operator, label="kept link")
    report = row_of(operator, "kept link")
    operator.client.cookies.clear()

    assert nobody.post(f"{report}/withdraw-link").status in {401, 403}
    assert nobody.get(path).status == 200


async def test_a_link_expires_when_its_days_are_over(tmp_path: Path, stub_llm: StubLLM) -> None:
    settings = Settings(
        data_dir=tmp_path, embeddings_base_url=stub_llm.base_url, embedding_model="stub-embedder", link_days=3
    )
    now = [START]
    async with build_services(settings, clock=lambda: now[0]) as desk:
        interview, link = await desk.interviews.open(bank="aws_data_engineer", mode=Mode.ASSESSMENT)
        now[0] += timedelta(days=3) - timedelta(seconds=1)
        assert (await desk.interviews.find(link)).id == interview.id
        now[0] += timedelta(seconds=1)
        with pytest.raises(LinkClosed, match="This link has expired; please ask the team"):
            await desk.interviews.find(link)


async def test_a_link_lasts_for_ever_where_no_days_are_set(tmp_path: Path, stub_llm: StubLLM) -> None:
    settings = Settings(
        data_dir=tmp_path, embeddings_base_url=stub_llm.base_url, embedding_model="stub-embedder", link_days=0
    )
    async with build_services(settings) as desk:
        interview, _ = await desk.interviews.open(bank="aws_data_engineer", mode=Mode.ASSESSMENT)
        assert await desk.interviews.link(interview.id) == Link()
