"""Fits the shipped turn heads to labelled replies and prints what they are worth on replies they have not seen.

    python -m app.evaluation.fit_turns [FILE ...] [--write]

Each FILE is as `app.evaluation.turn_sets` describes; the examples that ship with Viva are always among them. Without
--write nothing is replaced.
"""

import argparse
import asyncio
import json
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from app.errors import AppError
from app.evaluation.measure_turns import figures
from app.evaluation.turn_sets import LabelledTurn, read_turns
from app.interviews.turn_class import Classified, TurnClass
from app.interviews.turn_features import NAMES, measured
from app.interviews.turn_head import CUES_HEAD, DEFAULT_HEAD, NEARNESS, Numbers
from app.interviews.turn_rules import BY_CUES, WITH_VECTORS, Caution, certain, most_likely
from vectorstore.errors import VectorStoreError
from vectorstore.sentence_transformer import SentenceTransformerEmbedder

VERSION = 1
EXAMPLES = Path(str(files("app.evaluation"))) / "turns" / "examples.jsonl"
FOLDS = 5
INVERSE_PENALTY = 5.0
FEATURE_SCALE = 2.0
VECTOR_SCALE = 3.0
"""Of features and vector before they are penalised alike; chosen on the folds."""
TEMPERATURES = tuple(np.round(np.arange(0.5, 2.55, 0.05), 2))


async def rows_of(turns: Sequence[LabelledTurn], embedder: SentenceTransformerEmbedder) -> Numbers:
    """What the heads are given of each reply, shape (n, len(NAMES) + 1 + d)."""
    replies = (await embedder.embed([each.text.strip() for each in turns])).astype(np.float64)
    asked = (await embedder.embed([each.question for each in turns])).astype(np.float64)
    found = np.stack([measured(each.text.strip(), question=each.question) for each in turns])
    nearness = (replies * asked).sum(axis=1, keepdims=True)
    return np.hstack([found, nearness, replies])


def scales(width: int) -> Numbers:
    """By what each column is multiplied before the fit."""
    return np.array([FEATURE_SCALE] * min(width, len(NAMES)) + [VECTOR_SCALE] * max(width - len(NAMES), 0))


def fitted(rows: Numbers, labels: Sequence[str]) -> LogisticRegression:
    """The fit of rows as they are measured."""
    return LogisticRegression(C=INVERSE_PENALTY, max_iter=3000).fit(rows * scales(rows.shape[1]), labels)


def unseen_scores(rows: Numbers, labels: Sequence[str], classes: Sequence[str]) -> Numbers:
    """Scores of each reply by a fit without its fold."""
    scores = np.zeros((len(labels), len(classes)))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    for known, unseen in folds.split(rows, labels):
        fit = fitted(rows[known], [labels[index] for index in known])
        scores[unseen] = fit.decision_function(rows[unseen] * scales(rows.shape[1]))
    return scores


def best_temperature(scores: Numbers, truth: Sequence[int]) -> float:
    """By what the scores are divided so that the labels are as likely as can be."""
    return float(min(TEMPERATURES, key=lambda each: -_log(scores / each)[np.arange(len(truth)), truth].mean()))


def _log(scores: Numbers) -> Numbers:
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs: Numbers = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return logs


def decided(
    turns: Sequence[LabelledTurn], scores: Numbers, classes: Sequence[str], caution: Caution
) -> list[Classified]:
    """What replies are taken for, rules and all."""
    found = []
    for each, row in zip(turns, np.exp(_log(scores)), strict=True):
        text = each.text.strip()
        chances = {TurnClass(name): float(chance) for name, chance in zip(classes, row, strict=True)}
        sure = certain(text, question=each.question, said=(each.question,))
        found.append(sure or most_likely(chances, text, question=each.question, caution=caution))
    return found


def fit_head(name: str, turns: Sequence[LabelledTurn], rows: Numbers, embedder: tuple[str, str]) -> dict[str, Any]:
    """A head's JSON, with figures on replies that it has not seen."""
    labels = [str(each.turn) for each in turns]
    classes = sorted(set(labels))
    scores = unseen_scores(rows, labels, classes)
    temperature = best_temperature(scores, [classes.index(label) for label in labels])
    caution = WITH_VECTORS if rows.shape[1] > len(NAMES) else BY_CUES
    given = decided(turns, scores / temperature, classes, caution)
    unseen = figures([each.turn for each in turns], [each.turn for each in given])
    fit = fitted(rows, labels)
    weights = fit.coef_.T * scales(rows.shape[1])[:, None] / temperature
    listed = [[round(float(value), 3) for value in row] for row in weights]
    names = NAMES if rows.shape[1] == len(NAMES) else (*NAMES, NEARNESS)
    return {
        "name": name,
        "version": VERSION,
        "embedder": embedder[0],
        "embedder_sha256": embedder[1],
        "classes": classes,
        "intercepts": [round(float(value) / temperature, 3) for value in fit.intercept_],
        "features": dict(zip(names, listed, strict=False)),
        "vector": listed[len(names) :],
        "training": {
            "replies": len(turns),
            "by_class": dict(sorted(Counter(labels).items())),
            "inverse_penalty": INVERSE_PENALTY,
            "temperature": temperature,
            "fitted": datetime.now(UTC).date().isoformat(),
            "folds": {
                "macro-F1": round(unseen.macro_f1, 3),
                "accuracy": round(unseen.accuracy, 3),
                "content taken for skip, stop, abuse or injection": unseen.misused,
                "content taken for anything but content": unseen.lost,
            },
        },
    }


def as_text(head: dict[str, Any]) -> str:
    """The JSON with one list of weights after the other in short lines."""
    return json.dumps(head, indent=1) + "\n"


async def run(paths: Sequence[Path], *, write: bool) -> None:
    """Measure, fit, print; replace the shipped heads when told to."""
    # Rules alone find the empty ones.
    turns = [each for each in read_turns([EXAMPLES, *paths]) if each.turn is not TurnClass.EMPTY]
    embedder = SentenceTransformerEmbedder()
    try:
        rows = await rows_of(turns, embedder)
        for name, given, known in (
            (DEFAULT_HEAD, rows, (embedder.name, embedder.fingerprint)),
            (CUES_HEAD, rows[:, : len(NAMES)], ("", "")),
        ):
            head = fit_head(name, turns, given, known)
            print(name, json.dumps(head["training"], indent=2))
            if write:
                path = Path(str(files("app.interviews"))) / "heads" / f"{name}.json"
                path.write_text(as_text(head), encoding="utf-8")
                print(f"written: {path}")
    finally:
        await embedder.aclose()


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line; 0 when done."""
    parser = argparse.ArgumentParser(
        prog="python -m app.evaluation.fit_turns", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("files", type=Path, nargs="*", metavar="FILE")
    parser.add_argument("--write", action="store_true", help="replace the shipped heads")
    options = parser.parse_args(arguments)
    try:
        asyncio.run(run(options.files, write=options.write))
    except (AppError, VectorStoreError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
