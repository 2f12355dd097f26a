"""Prints the memory of a process that holds an interview: python -m benchmarks.resident FOLDER."""

import asyncio
import sys
from pathlib import Path

from benchmarks.turns import resident

if __name__ == "__main__":
    print(asyncio.run(resident(Path(sys.argv[1]))))
