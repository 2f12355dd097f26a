"""The endpoint embedder against a real HTTP server: what it sends, and what it says when the server fails."""

from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import numpy as np
import pytest

from tests.stub_llm import StubLLM
from vectorstore.embeddings import InContext
from vectorstore.errors import EmbedderUnavailable
from vectorstore.openai_embeddings import OpenAIEmbedder


async def test_texts_travel_in_batches_and_come_back_in_order(stub_llm: StubLLM) -> None:
    embedder = OpenAIEmbedder(base_url=stub_llm.base_url, model="nomic", api_key="secret-key")
    texts = [f"text{n}" for n in range(150)]

    vectors = await embedder.embed(texts)

    assert vectors.shape == (150, stub_llm.dimensions)
    np.testing.assert_array_equal(vectors[149], (await embedder.embed(["text149"]))[0])
    inputs = [request.body["input"] for request in stub_llm.requests]
    assert [len(batch) for batch in inputs] == [1, 64, 64, 22, 1]
    assert stub_llm.requests[0].body["model"] == "nomic"
    assert embedder.dimensions == stub_llm.dimensions
    await embedder.aclose()


def test_fingerprint_tells_endpoints_and_models_apart() -> None:
    made = [
        OpenAIEmbedder(base_url=url, model=model).fingerprint
        for url, model in [("http://a/v1", "m"), ("http://a/v1/", "m"), ("http://b/v1", "m"), ("http://a/v1", "n")]
    ]
    assert made[0] == made[1]
    assert len(set(made)) == 3


def test_endpoint_without_a_model_is_refused() -> None:
    with pytest.raises(EmbedderUnavailable, match="VIVA_EMBEDDING_MODEL"):
        OpenAIEmbedder(base_url="http://a/v1", model="bundled")


def test_dimensions_are_unknown_before_the_first_answer() -> None:
    with pytest.raises(EmbedderUnavailable, match="not been asked"):
        _ = OpenAIEmbedder(base_url="http://a/v1", model="m").dimensions


async def test_endpoint_that_is_away_is_named(unused_port: int) -> None:
    embedder = OpenAIEmbedder(base_url=f"http://127.0.0.1:{unused_port}/v1", model="m", api_key="secret-key")
    with pytest.raises(EmbedderUnavailable, match=f"127.0.0.1:{unused_port}.*APIConnectionError") as unavailable:
        await embedder.embed(["text"])
    assert "secret-key" not in str(unavailable.value)
    assert embedder.status.startswith("failed: ")
    await embedder.aclose()


ITEM = '{"object": "embedding", "index": %d, "embedding": %s}'
FAULTS = {
    "an error body with 200": (200, '{"error": {"message": "secret words"}}'),
    "no JSON": (200, "<html>"),
    "too few vectors": (200, '{"object": "list", "model": "m", "data": []}'),
    "a wrong index": (200, '{"object": "list", "model": "m", "data": [' + ITEM % (3, "[1.0]") + "]}"),
    "a zero vector": (200, '{"object": "list", "model": "m", "data": [' + ITEM % (0, "[0.0, 0.0]") + "]}"),
    "an empty vector": (200, '{"object": "list", "model": "m", "data": [' + ITEM % (0, "[]") + "]}"),
    "words for numbers": (200, '{"object": "list", "model": "m", "data": [' + ITEM % (0, '["a"]') + "]}"),
    "a refused key": (401, '{"error": {"message": "Incorrect API key provided: secret words"}}'),
}


@pytest.fixture(params=list(FAULTS))
def faulty_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """An endpoint that gives every request the same wrong answer."""
    status, body = FAULTS[request.param]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            pass

    with closing(_Server(("127.0.0.1", 0), Handler)) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()
        thread.join()


class _Server(HTTPServer):
    def close(self) -> None:
        self.server_close()


async def test_answer_that_holds_no_vectors_is_unavailable(faulty_url: str) -> None:
    embedder = OpenAIEmbedder(base_url=faulty_url, model="m")
    with pytest.raises(EmbedderUnavailable, match="VIVA_EMBEDDINGS_BASE_URL") as unavailable:
        await embedder.encode([InContext("", ("text",))])
    assert "secret words" not in str(unavailable.value)
    await embedder.aclose()
