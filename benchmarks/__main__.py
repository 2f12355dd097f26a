"""`make bench`: the figures people ask for, each against an aim or against a reference of the same run."""

import argparse
import asyncio
import os
import platform
from pathlib import Path
from tempfile import TemporaryDirectory

# Before anything imports torch: one thread a process is how Viva runs, and two collapse when the cores are shared.
os.environ["OMP_NUM_THREADS"] = "1"

from app.config import Settings
from app.logs import set_up
from benchmarks import critiques, server, throughput, turns
from benchmarks.figures import table


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure turns, throughput and memory.")
    parser.add_argument(
        "--banks", type=int, default=1000, help="how many banks the crowded database holds (default 1000)"
    )
    parser.add_argument("--only", choices=["server", "grade", "critiques", "turns"], help="measure one part")
    asked = parser.parse_args()
    set_up("warning")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}\n", flush=True)
    with TemporaryDirectory() as folder:
        if asked.only in {None, "server"}:
            print(table("viva serve", server.measure(Path(folder) / "served")), flush=True)
        if asked.only in {None, "grade"}:
            settings = Settings(data_dir=Path(folder) / "graded")
            print(table("viva grade", asyncio.run(throughput.measure(settings))), flush=True)
        if asked.only in {None, "critiques"}:
            settings = Settings(data_dir=Path(folder) / "critiqued")
            figures = asyncio.run(critiques.measure(settings))
            print(table("grading with a chat model that takes 200 ms", figures), flush=True)
        if asked.only in {None, "turns"}:
            figures = asyncio.run(turns.measure(Path(folder) / "turns", banks=asked.banks))
            print(table("a turn of the chat, in process, without a chat model", figures), flush=True)


main()
