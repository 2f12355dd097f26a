"""Fits the shipped heads to labelled answers and prints what they are worth on answers they have not seen.

    python -m app.evaluation.fit_head FOLDER [--write]

FOLDER holds *.jsonl files as `app.evaluation.labelled` describes. Without --write the shipped heads are compared
with what the data give; with it they are replaced.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from app.errors import AppError
from app.evaluation.fitting import fit
from app.evaluation.heads import Data, columns_of, head_file, signs
from app.evaluation.held_out import figures
from app.evaluation.labelled import read_folder
from app.evaluation.measured import measure_all
from app.grading.features import SEGMENT_FEATURES, TOKEN_FEATURES
from app.grading.head import DEFAULT_HEAD, SEGMENT_HEAD, load_head
from vectorstore.errors import VectorStoreError
from vectorstore.sentence_transformer import SentenceTransformerEmbedder


def difference(made: dict[str, Any], name: str) -> str:
    """How far a fit is from the shipped head."""
    try:
        shipped = load_head(name).file
    except (OSError, ValueError) as error:
        return f"no shipped head to compare with ({error})"
    if [entry.feature for entry in shipped.coefficients] != [entry["feature"] for entry in made["coefficients"]]:
        return "the shipped head has other features"
    gaps = [
        abs(a.coefficient - b["coefficient"]) for a, b in zip(shipped.coefficients, made["coefficients"], strict=True)
    ]
    gaps += [abs(shipped.half_at - made["half_at"]), abs(shipped.full_at - made["full_at"])]
    return f"largest difference from the shipped head: {max(gaps):.4f}"


async def run(folder: Path, *, write: bool) -> None:
    """Measure, fit, print; replace the shipped heads when told to."""
    answers = read_folder(folder)
    embedder = SentenceTransformerEmbedder()
    try:
        data = Data(answers, await measure_all(answers, embedder))
        for name, features in ((DEFAULT_HEAD, TOKEN_FEATURES), (SEGMENT_HEAD, SEGMENT_FEATURES)):
            columns = columns_of(features)
            held_out = figures(data, columns)
            fitted = fit(data.sample(columns), signs(columns))
            made = head_file(name, fitted, data, columns, embedder)
            made["training"]["held_out"] = held_out
            _print(name, made, held_out)
            if write:
                path = Path(str(files("app.grading"))) / "heads" / f"{name}.json"
                path.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
                print(f"written: {path}")
            else:
                print(difference(made, name))
    finally:
        await embedder.aclose()


def _print(name: str, made: dict[str, Any], held_out: dict[str, float]) -> None:
    print(f"\n{name}")
    for entry in made["coefficients"]:
        print(f"  {entry['feature']:28}{entry['coefficient']:8.3f}")
    for figure, value in held_out.items():
        print(f"  {figure:70}{value:7.3f}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line; 0 when done."""
    parser = argparse.ArgumentParser(
        prog="python -m app.evaluation.fit_head", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true", help="replace the shipped heads")
    told = parser.parse_args(arguments)
    try:
        asyncio.run(run(told.folder, write=told.write))
    except (AppError, VectorStoreError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
