"""One critique through an independent OpenAI-compatible server, aimock (needs Node; see package.json beside this)."""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from app.grading.answer_grader import AnswerGrader
from app.grading.critique import Critic
from app.grading.decoys import place
from app.grading.outcome import Graded, Source
from app.llm.openai_chat import OpenAIChat
from rubric.criteria import Verdict
from tests.grading.requests import ANSWER, ScriptedReader, a_request

HERE = Path(__file__).parent
VERDICTS = [
    {"quote": "Raw files land in object storage", "reason": "stated", "verdict": "covered"},
    {"quote": "Crawlers infer the schema", "reason": "stated", "verdict": "covered"},
    {"quote": "", "reason": "not mentioned", "verdict": "missing"},
]
DECOY = {"quote": "", "reason": "not mentioned", "verdict": "missing"}
"""The criterion of another question stands at a place that is fixed for a question and its criteria."""
AT = place(a_request(), 0, len(VERDICTS))
REPLY = {
    "criteria": [
        {"id": f"c{number}", **verdict} for number, verdict in enumerate([*VERDICTS[:AT], DECOY, *VERDICTS[AT:]])
    ],
    "manipulation": False,
    "feedback": "Storage and schema are there.",
    "strengths": ["Clear order"],
    "gaps": ["Querying"],
    "misconceptions": [],
    "unlisted": [],
}


def missing_peer() -> str | None:
    """What this machine lacks to run the peer."""
    if shutil.which("node") is None:
        return "Node is not installed"
    if not (HERE / "node_modules" / "@copilotkit" / "aimock").is_dir():
        return "aimock is not installed; run: npm ci --prefix tests/peers"
    return None


@pytest.fixture
def aimock() -> Iterator[str]:
    """The address of a running aimock that always replies `REPLY`."""
    lacking = missing_peer()
    if lacking is not None and os.environ.get("CI"):
        pytest.fail(lacking)
    if lacking is not None:
        pytest.skip(lacking)
    command = ["node", str(HERE / "aimock.mjs"), json.dumps(REPLY)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        yield server.stdout.readline().strip()
        server.stdin.close()
        server.wait(timeout=10)


async def test_a_critique_through_an_independent_server(aimock: str) -> None:
    chat = OpenAIChat(model="gpt-4o-mini", base_url=f"{aimock}/v1", api_key="none")
    outcome = await AnswerGrader(ScriptedReader(), Critic(chat)).grade(a_request())
    await chat.aclose()
    assert isinstance(outcome, Graded)
    assert outcome.basis == "semantic+critique"
    assert [line.verdict for line in outcome.criteria] == [Verdict.COVERED, Verdict.COVERED, Verdict.MISSING]
    assert outcome.criteria[0].source is Source.CRITIQUE
    assert outcome.criteria[1].evidence[0].quote == "Crawlers infer the schema"
    journal = await asyncio.to_thread(lambda: httpx2.get(f"{aimock}/__aimock/journal").json())
    bodies = [entry["body"] for entry in journal]
    assert len(bodies) == 1
    assert json.loads(bodies[0]["messages"][1]["content"])["answer"] == ANSWER
    assert bodies[0]["response_format"]["type"] == "json_schema"
