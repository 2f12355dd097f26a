"""Token vectors on disk: kept as they were, bounded in memory, never trusted when damaged."""

from pathlib import Path

import numpy as np
import pytest

from vectorstore.token_cache import Table, TokenCache, Tokens

VERSION = "ab" * 32


def a_table(*lengths: int, dimensions: int = 8) -> dict[str, Tokens]:
    numbers = np.random.default_rng(3)
    return {
        f"bank:criterion:c{n}:0000": Tokens(
            numbers.normal(size=(length, dimensions)).astype(np.float16),
            np.arange(2 * length, dtype=np.int32).reshape(-1, 2),
        )
        for n, length in enumerate(lengths)
    }


def assert_equal(table: Table, expected: Table) -> None:
    assert list(table) == list(expected)
    for id_, tokens in expected.items():
        np.testing.assert_array_equal(table[id_].vectors, tokens.vectors)
        np.testing.assert_array_equal(table[id_].offsets, tokens.offsets)
        assert table[id_].vectors.dtype == np.float16
        assert table[id_].offsets.dtype == np.int32


@pytest.mark.parametrize("lengths", [(5, 0, 12), (1,), (0,), ()])
async def test_table_outlives_its_process(tmp_path: Path, lengths: tuple[int, ...]) -> None:
    table = a_table(*lengths)
    await TokenCache(tmp_path, "f" * 64).put(VERSION, table)
    assert_equal(await TokenCache(tmp_path, "f" * 64).get(VERSION), table)
    assert await TokenCache(tmp_path, "e" * 64).get(VERSION) == {}


async def test_missing_table_is_empty(tmp_path: Path) -> None:
    assert await TokenCache(tmp_path, "f" * 64).get(VERSION) == {}


async def test_damaged_file_is_not_trusted_and_can_be_replaced(tmp_path: Path) -> None:
    table = a_table(5, 7)
    await TokenCache(tmp_path, "f" * 64).put(VERSION, table)
    [path] = tmp_path.rglob("*.npz")
    sound = path.read_bytes()
    for damaged in (sound[: len(sound) // 2], b"", b"no archive", sound[:200] + b"\x00\xff" * 20 + sound[240:]):
        path.write_bytes(damaged)
        assert await TokenCache(tmp_path, "f" * 64).get(VERSION) == {}
    await TokenCache(tmp_path, "f" * 64).put(VERSION, table)
    assert_equal(await TokenCache(tmp_path, "f" * 64).get(VERSION), table)


async def test_consistent_archive_with_other_numbers_is_not_trusted(tmp_path: Path) -> None:
    await TokenCache(tmp_path, "f" * 64).put(VERSION, a_table(5))
    [path] = tmp_path.rglob("*.npz")
    with np.load(path) as file:
        arrays = dict(file)
    arrays["vectors"] = arrays["vectors"] * 2
    np.savez(path, **arrays)
    assert await TokenCache(tmp_path, "f" * 64).get(VERSION) == {}


async def test_memory_stays_within_its_bound_and_disk_keeps_everything(tmp_path: Path) -> None:
    one = sum(tokens.vectors.nbytes + tokens.offsets.nbytes for tokens in a_table(100).values())
    cache = TokenCache(tmp_path, "f" * 64, max_bytes=3 * one)
    for n in range(10):
        await cache.put(f"{n:064d}", a_table(100))
        assert cache.size_bytes <= 3 * one
    for n in range(10):
        assert_equal(await cache.get(f"{n:064d}"), a_table(100))
    assert cache.size_bytes <= 3 * one


async def test_forgotten_and_cleared_tables_are_gone_from_disk(tmp_path: Path) -> None:
    cache = TokenCache(tmp_path, "f" * 64)
    await cache.put(VERSION, a_table(5))
    await cache.put("cd" * 32, a_table(5))
    await cache.forget(VERSION)
    await cache.forget(VERSION)
    assert len(list(tmp_path.rglob("*.npz"))) == 1
    assert await cache.get(VERSION) == {}
    await cache.clear()
    assert list(tmp_path.rglob("*.npz")) == []
    assert cache.size_bytes == 0


async def test_version_cannot_name_a_path(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="sha256"):
        await TokenCache(tmp_path, "f" * 64).get("../../elsewhere")


def test_full_precision_vectors_have_unit_length() -> None:
    rows = np.random.default_rng(1).normal(size=(9, 384))
    half = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16)
    full = Tokens(half, np.zeros((9, 2), np.int32)).full()
    assert full.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(full, axis=1), 1, atol=1e-6)
