"""One process at a time, however the one before it ended."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from vectorstore.errors import StoreInUse
from vectorstore.ownership import Owner, Ownership, who_owns

HOLD = """
import sys
from pathlib import Path
from vectorstore.ownership import Ownership
ownership = Ownership.acquire(Path(sys.argv[1]), owner="viva serve", url="http://127.0.0.1:8000")
print("holding", flush=True)
sys.stdin.read()
"""


def test_second_process_is_told_who_has_it_and_gets_it_after_a_kill(tmp_path: Path) -> None:
    folder = tmp_path / "chroma"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "holding\n"

        with pytest.raises(StoreInUse) as in_use:
            Ownership.acquire(folder, owner="viva bank import")
        assert (in_use.value.owner, in_use.value.pid) == ("viva serve", holder.pid)
        assert in_use.value.url == "http://127.0.0.1:8000"
        assert str(in_use.value) == (
            f"The vector store is in use by viva serve (pid {holder.pid}); stop it or set VIVA_CHROMA_URL."
        )
        assert who_owns(folder) == Owner("viva serve", holder.pid, "http://127.0.0.1:8000")

        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()

    assert who_owns(folder) is None
    with Ownership.acquire(folder, owner="viva bank import"):
        assert who_owns(folder) == Owner("viva bank import", os.getpid(), None)


def test_released_folder_is_nobodys(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "chroma"
    assert who_owns(folder) is None
    ownership = Ownership.acquire(folder, owner="viva serve")
    ownership.release()
    ownership.release()
    assert who_owns(folder) is None
    Ownership.acquire(folder, owner="viva serve").release()


def test_owner_tells_its_address_once_it_knows_it(tmp_path: Path) -> None:
    with Ownership.acquire(tmp_path / "chroma", owner="viva serve") as ownership:
        ownership.announce("http://127.0.0.1:4711")
        assert who_owns(tmp_path / "chroma") == Owner("viva serve", os.getpid(), "http://127.0.0.1:4711")


@pytest.mark.parametrize("note", ["", "[]", "null", '{"pid": 1}', json.dumps({"owner": "x", "pid": "y", "url": None})])
def test_unreadable_note_still_protects_the_folder(tmp_path: Path, note: str) -> None:
    with Ownership.acquire(tmp_path / "chroma", owner="viva serve"):
        (tmp_path / "chroma.owner.json").write_text(note)
        with pytest.raises(StoreInUse, match="another process"):
            Ownership.acquire(tmp_path / "chroma", owner="viva bank import")
