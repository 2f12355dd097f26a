"""One contract for every cache of replies: in memory, and in a file."""

import asyncio
import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from app.llm.chat import ChatMessage, Completion, StructuredRequest, Usage
from app.llm.reply_cache import InMemoryReplyCache, ReplyCache, SqliteReplyCache, key_of

MARKER = "Qx7VwMarker9Kp3"
REQUEST = StructuredRequest(
    messages=(ChatMessage("system", "You judge."), ChatMessage("user", f'{{"answer": "{MARKER} in S3"}}')),
    schema_name="critique",
    schema={"type": "object", "properties": {"quote": {}, "verdict": {}}},
    max_tokens=100,
)
KEY = key_of(REQUEST, model="m", endpoint="http://e/v1")
REPLY = Completion(
    text=f'{{"criteria": [], "quote": "{MARKER}"}}',
    value={"criteria": [], "quote": MARKER},
    requested_model="m",
    returned_model="m-2026",
    system_fingerprint="fp",
    output_mode="json_schema",
    usage=Usage(10, 20),
    requests=2,
    latency_ms=200.0,
    retries=1,
)


@pytest.fixture(params=["memory", "file"])
async def cache(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ReplyCache]:
    cache = InMemoryReplyCache() if request.param == "memory" else SqliteReplyCache(tmp_path / "data" / "replies.db")
    yield cache
    await cache.aclose()


async def test_a_kept_reply_comes_back_with_nothing_spent(cache: ReplyCache) -> None:
    assert await cache.find(KEY) is None
    await cache.keep(KEY, REPLY)
    spent = {"usage": Usage(0, 0), "requests": 0, "retries": 0, "latency_ms": 0.0, "is_cached": True}
    assert await cache.find(KEY) == replace(REPLY, **spent)  # type: ignore[arg-type]  # fields of it


async def test_a_reply_kept_again_replaces_the_first(cache: ReplyCache) -> None:
    await cache.keep(KEY, REPLY)
    await cache.keep(KEY, replace(REPLY, text='{"criteria": [1]}', value={"criteria": [1]}))
    found = await cache.find(KEY)
    assert found is not None
    assert found.value == {"criteria": [1]}


OTHERS = {
    "another answer": replace(REQUEST, messages=(REQUEST.messages[0], ChatMessage("user", '{"answer": "in S4"}'))),
    "another prompt": replace(REQUEST, messages=(ChatMessage("system", "You judge!"), REQUEST.messages[1])),
    "another order of the schema": replace(
        REQUEST, schema={"type": "object", "properties": {"verdict": {}, "quote": {}}}
    ),
    "another length": replace(REQUEST, max_tokens=101),
    "another taking": replace(REQUEST, take=1),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS.keys())
async def test_only_the_very_same_request_finds_it(cache: ReplyCache, other: StructuredRequest) -> None:
    await cache.keep(KEY, REPLY)
    assert await cache.find(key_of(other, model="m", endpoint="http://e/v1")) is None


@pytest.mark.parametrize(("model", "endpoint"), [("m2", "http://e/v1"), ("m", "http://f/v1")])
async def test_another_model_or_place_does_not_find_it(cache: ReplyCache, model: str, endpoint: str) -> None:
    await cache.keep(KEY, REPLY)
    assert await cache.find(key_of(REQUEST, model=model, endpoint=endpoint)) is None


async def test_without_the_request_nobody_can_read_what_was_kept(tmp_path: Path) -> None:
    """The file holds neither request nor reply, so that a deleted answer takes what was said of it with it."""
    cache = SqliteReplyCache(tmp_path / "replies.db")
    await cache.keep(KEY, REPLY)
    await cache.aclose()
    assert list(tmp_path.iterdir())
    for file in tmp_path.iterdir():
        assert MARKER.encode() not in file.read_bytes()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_a_file_outlives_its_process_and_is_shared(tmp_path: Path) -> None:
    first, second = SqliteReplyCache(tmp_path / "replies.db"), SqliteReplyCache(tmp_path / "replies.db")
    await asyncio.gather(first.keep(KEY, REPLY), second.keep(key_of(REQUEST, model="n", endpoint=""), REPLY))
    await first.aclose()
    assert await second.find(KEY) is not None
    await second.aclose()


async def test_of_more_replies_than_are_kept_the_oldest_go(tmp_path: Path) -> None:
    cache = SqliteReplyCache(tmp_path / "replies.db", most=3)
    keys = [key_of(REQUEST, model=f"m{number}", endpoint="") for number in range(6)]
    for key in keys[:3]:
        await cache.keep(key, REPLY)
    await cache.aclose()
    cache = SqliteReplyCache(tmp_path / "replies.db", most=3)
    await cache.keep(keys[3], REPLY)
    await cache.aclose()
    cache = SqliteReplyCache(tmp_path / "replies.db", most=3)
    found = [await cache.find(key) is not None for key in keys]
    assert found == [False, True, True, True, False, False]
    await cache.aclose()


async def test_a_reply_is_found_whether_or_not_it_is_written_yet(tmp_path: Path) -> None:
    cache = SqliteReplyCache(tmp_path / "replies.db")
    keys = [key_of(REQUEST, model=f"m{number}", endpoint="") for number in range(40)]
    for key in keys:
        await cache.keep(key, REPLY)
        assert await cache.find(key) is not None
    await cache.aclose()
    again = SqliteReplyCache(tmp_path / "replies.db")
    assert all([await again.find(key) is not None for key in keys])
    await again.aclose()


async def test_a_file_that_is_being_written_can_be_read(tmp_path: Path) -> None:
    cache = SqliteReplyCache(tmp_path / "replies.db")
    await cache.keep(KEY, REPLY)
    await cache.aclose()
    with closing(sqlite3.connect(tmp_path / "replies.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM kept")
        reader = SqliteReplyCache(tmp_path / "replies.db")
        assert await reader.find(KEY) is not None
        other.execute("ROLLBACK")
    await reader.aclose()


async def test_a_damaged_entry_counts_as_none(tmp_path: Path) -> None:
    cache = SqliteReplyCache(tmp_path / "replies.db")
    await cache.keep(KEY, REPLY)
    await cache.aclose()
    with closing(sqlite3.connect(tmp_path / "replies.db")) as file, file:
        file.execute("UPDATE kept SET sealed = zeroblob(length(sealed))")
    assert await cache.find(KEY) is None
    await cache.aclose()


async def test_a_file_that_cannot_be_used_costs_nothing_but_the_cache(tmp_path: Path) -> None:
    (tmp_path / "replies.db").write_bytes(b"no database at all, and longer than a header" * 100)
    cache = SqliteReplyCache(tmp_path / "replies.db")
    assert await cache.find(KEY) is None
    await cache.keep(KEY, REPLY)
    assert await cache.find(KEY) is None
    await cache.aclose()
