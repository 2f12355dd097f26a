"""`viva chat`: the interview in a terminal, in this process or held by the running server."""

import asyncio
import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from app.access.terminal_links import kept_link
from app.cli.conversation import TerminalChat, Wanted
from app.cli.terminal import Keyboard
from app.config import Settings
from app.errors import NotFound
from app.interviews.models import Mode
from app.main import create_app
from tests.stub_llm import StubLLM

BANK = """
title: Data lakes
sections:
- title: Storage
  questions:
  - {id: q1, text: How would you store raw data?, criteria: [Land raw files in object storage]}
  - {id: q2, text: How do you protect it?, criteria: ["Encrypt it \\e[31mat rest"]}
"""
STRONG = b"Land raw files in object storage, sorted by the day they came in."


@pytest.fixture
def settings(tmp_path: Path, stub_llm: StubLLM) -> Settings:
    return Settings(data_dir=tmp_path / "data", embeddings_base_url=stub_llm.base_url, embedding_model="stub-embedder")


@pytest.fixture(params=["in this process", "beside the server"])
def place(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Settings]:
    """Where the interview is held."""
    if request.param == "in this process":
        yield settings
        return
    with serving(settings) as served:
        yield served


@contextmanager
def serving(settings: Settings) -> Iterator[Settings]:
    bound = socket.create_server(("127.0.0.1", 0))
    settings = settings.model_copy(update={"port": bound.getsockname()[1]})
    server = uvicorn.Server(uvicorn.Config(create_app(settings), log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.02)
    try:
        yield settings
    finally:
        server.should_exit = True
        thread.join()
        bound.close()


def talk(settings: Settings, typed: bytes, **wanted: object) -> TerminalChat:
    """Type all of this, then nothing more."""
    read, write = os.pipe()
    os.write(write, typed)
    os.close(write)
    asked = {"bank": "aws_data_engineer", "mode": Mode.PRACTICE, "sections": (), "limit": 2, "resume": "", **wanted}
    chat = TerminalChat(settings, Wanted(**asked), keyboard=Keyboard(read))  # type: ignore[arg-type] # overridden by name
    try:
        asyncio.run(chat.hold())
    finally:
        os.close(read)
    return chat


def test_interview_goes_from_consent_to_the_report(place: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    chat = talk(place, b"maybe\nyes\n" + STRONG + b"\n\n/repeat\n/dance\n/skip\n/skip\n/skip\n/skip\n")
    said = capsys.readouterr().out
    for expected in (
        "I am Viva, an AI interviewer",
        "Please type yes or no.",
        "Question 1 of 2 · ",
        "There is no command /dance",
        "Question 2 of 2 · ",
        "Expected point",
        f"/interviews/{chat.interview_id}",
    ):
        assert expected in said
    assert chat.ended
    assert kept_link(place, chat.interview_id) is None


def test_left_interview_is_gone_on_with_at_the_same_question(
    place: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    left = talk(place, b"yes\n" + STRONG + b"\n\n" + STRONG + b"\n\n")
    said = capsys.readouterr().out
    assert f"viva chat --resume {left.interview_id}" in said
    question = re.findall(r"Question (\d) of 2", said)[-1]
    again = talk(place, b"/pause\n", resume=left.interview_id)
    said = capsys.readouterr().out
    assert again.interview_id == left.interview_id
    assert f"Question {question} of 2" in said
    assert "I am Viva" not in said
    assert "Paused. Your place is kept" in said
    talk(place, b"/stop\n/submit\n", resume=left.interview_id)
    assert "Welcome back" in capsys.readouterr().out


def test_assessment_shows_no_mark(place: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    talk(place, b"yes\n" + STRONG + b"\n\n/stop\n/submit\n", mode=Mode.ASSESSMENT)
    said = capsys.readouterr().out
    assert "Expected point" not in said
    assert "%" not in said


def test_answers_are_looked_at_and_changed_before_they_are_handed_in(
    place: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    first = b"Files are landed in object storage.\n/more\nAnd sorted by day.\n/more\n/done\n/skip\n/skip\n/skip\n"
    changing = b"/more\n/change\n/change 9\nnothing\n\n/change 1\nAnother answer, in full.\n\n"
    chat = talk(place, b"yes\n" + first + changing + b"/submit\n", mode=Mode.ASSESSMENT)
    said = capsys.readouterr().out
    for expected in (
        "I keep that and wait for the rest.",
        "1. Files are landed in object storage.\n\nAnd sorted by day.",
        "2. (no answer)",
        "Type /submit to hand in your answers",
        "There is no text yet.",
        "Say which question: /change 2.",
        "That question has no answer that could be changed yet.",
        "Your new answer to question 1",
        "1. Another answer, in full.",
    ):
        assert expected in said
    assert chat.ended


def test_an_interview_is_left_to_a_person_to_grade_in_its_midst(
    place: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    talk(place, b"yes\n/decline\n", mode=Mode.ASSESSMENT)
    assert "nothing is graded by a machine, and a person reads them" in capsys.readouterr().out


def test_link_of_no_interview_is_refused(place: Settings) -> None:
    with pytest.raises(NotFound) if place.port == 8000 else pytest.raises(Exception, match="Send the operator's token"):
        talk(place, b"", resume="http://127.0.0.1:8000/i/guess")
