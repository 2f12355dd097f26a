"""The stub is part of the test bench, so what others rely on is itself tested with the real SDK."""

import socket
import subprocess
import sys
from pathlib import Path

from openai import AsyncOpenAI

from tests.stub_llm import MODEL, StubLLM


def client(stub: StubLLM) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=stub.base_url, api_key="none", max_retries=0)


async def test_models_are_listed(stub_llm: StubLLM) -> None:
    async with client(stub_llm) as sdk:
        assert [model.id async for model in sdk.models.list()] == [MODEL]


async def test_embeddings_are_alike_in_both_encodings(stub_llm: StubLLM) -> None:
    async with client(stub_llm) as sdk:
        packed = await sdk.embeddings.create(model="e", input=["raw data in S3", "nurse"])
        plain = await sdk.embeddings.create(model="e", input=["raw data in S3", "nurse"], encoding_format="float")
    assert [request.body["encoding_format"] for request in stub_llm.requests] == ["base64", "float"]
    assert len(packed.data[0].embedding) == 384
    for left, right in zip(packed.data, plain.data, strict=True):
        assert all(abs(a - b) < 1e-6 for a, b in zip(left.embedding, right.embedding, strict=True))


async def test_a_reply_can_be_streamed(stub_llm: StubLLM) -> None:
    async with client(stub_llm) as sdk:
        stream = await sdk.chat.completions.create(
            model=MODEL,
            messages=[{"role": "user", "content": "hello"}, {"role": "user", "content": "you"}],
            stream=True,
        )
        text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
    assert text == "You said: you"


def test_started_by_hand_it_says_what_to_set() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tests.stub_llm", "--port", str(port), "--latency-ms", "5"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as server:
        assert server.stdout is not None
        told = "".join(server.stdout.readline() for _ in range(4))
        server.terminate()
    assert f"export VIVA_LLM_BASE_URL=http://127.0.0.1:{port}/v1" in told
    assert f"export VIVA_LLM_MODEL={MODEL}" in told
