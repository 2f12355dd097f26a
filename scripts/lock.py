"""Resolves every dependency for Python 3.11 to 3.13 on Linux, macOS and Windows into constraints.txt (`make lock`).

CUDA packages are left out: on Linux Viva installs PyTorch's CPU build, which needs none of them, and a pin would not
keep them away.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "constraints.txt"
HEADER = """\
# The lock: exact versions of everything Viva runs, tests and builds with, for Python 3.11 to 3.13.
# Written by `make lock`; installed from by `make run`, `make test` and the image.
"""
NOT_PINNED = re.compile(r"^(nvidia|cuda|triton)\b")


def main() -> None:
    """Write the lock."""
    command = [
        *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
        *("--no-annotate", "--no-header", "--all-extras", "pyproject.toml"),
    ]
    resolved = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    pins = [line for line in resolved.splitlines() if not NOT_PINNED.match(line)]
    LOCK.write_text(HEADER + "\n".join(pins) + "\n", encoding="utf-8")
    print(f"{LOCK.name}: {len(pins)} pins")


if __name__ == "__main__":
    main()
