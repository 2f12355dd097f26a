"""Holds interviews with candidates of every temper on the shipped bank and writes what was said: `make conversations`.

No chat model is asked. Where an interview does not go as it must, that is printed and the exit status is 1.
"""

import argparse
import asyncio
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

# Before anything imports torch; see the Makefile.
os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

from app.logs import set_up
from tests.journeys.conversations import hold, markdown, troubles
from tests.journeys.house import open_viva
from tests.journeys.personas import PERSONAS


async def write(out: Path) -> list[str]:
    """Hold every interview and write each as Markdown; gives what went otherwise than it must."""
    found: list[str] = []
    with TemporaryDirectory() as folder:
        async with open_viva(Path(folder) / "data") as house:
            for persona in PERSONAS:
                conversation = await hold(house, persona)
                (out / f"{persona.name}.md").write_text(markdown(conversation), encoding="utf-8")
                found += troubles(conversation)
    return found


def main() -> None:
    """Write the conversations and say how they went."""
    parser = argparse.ArgumentParser(description="Hold interviews with candidates of every temper.")
    parser.add_argument("--out", type=Path, default=Path("build") / "conversations", help="folder of the transcripts")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    set_up("error")
    found = asyncio.run(write(out))
    print(f"{len(PERSONAS)} interviews are written to {out}.")
    if found:
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
