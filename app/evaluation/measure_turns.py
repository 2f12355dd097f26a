"""Says how well replies are told apart, on replies that people have labelled.

    python -m app.evaluation.measure_turns FILE [--rules-only]

Prints figures and the confusion table as Markdown, never a reply.
"""

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import AppError
from app.evaluation.turn_sets import LabelledTurn, read_turns
from app.interviews.turn_class import CONTENT, NEARLY_CERTAIN, TurnClass
from app.interviews.turn_classifier import TurnClassifier
from vectorstore.errors import VectorStoreError
from vectorstore.sentence_transformer import SentenceTransformerEmbedder


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """How one class was told, each 0..1."""

    precision: float
    recall: float
    f1: float
    count: int


@dataclass(frozen=True, slots=True)
class TurnFigures:
    """What a measurement gives.

    Attributes:
        pairs: How often a reply of the first class was taken for the second.
        by_class: Of every class of the set.
        misused: Replies with content taken for skip, stop, abuse or injection.
        lost: Replies with content taken for anything but content.
    """

    pairs: Counter[tuple[TurnClass, TurnClass]]
    by_class: dict[TurnClass, ClassFigures]
    accuracy: float
    macro_f1: float
    misused: int
    lost: int


def figures(labelled: Sequence[TurnClass], given: Sequence[TurnClass]) -> TurnFigures:
    """The figures of two lists of the same length, at least 1; macro-F1 is over the classes that were labelled."""
    pairs = Counter(zip(labelled, given, strict=True))
    by_class = {turn: _of_class(turn, pairs) for turn in TurnClass if turn in set(labelled)}
    content = {pair: count for pair, count in pairs.items() if pair[0] in CONTENT}
    return TurnFigures(
        pairs=pairs,
        by_class=by_class,
        accuracy=sum(count for (a, b), count in pairs.items() if a is b) / len(labelled),
        macro_f1=sum(each.f1 for each in by_class.values()) / len(by_class),
        misused=sum(count for (_, b), count in content.items() if b in NEARLY_CERTAIN),
        lost=sum(count for (_, b), count in content.items() if b not in CONTENT),
    )


def markdown(found: TurnFigures) -> str:
    """The figures, one row a class with what its replies were taken for."""
    lines = [
        f"macro-F1 {found.macro_f1:.3f}, accuracy {found.accuracy:.3f}",
        f"replies with content taken for skip, stop, abuse or injection: {found.misused}",
        f"replies with content taken for anything but content: {found.lost}",
        "",
        "| class | n | precision | recall | F1 | taken for |",
        "|---|---|---|---|---|---|",
    ]
    for turn, each in found.by_class.items():
        taken = Counter({b: count for (a, b), count in found.pairs.items() if a is turn})
        told = ", ".join(f"{b} {count}" for b, count in sorted(taken.items(), key=lambda item: (-item[1], item[0])))
        lines.append(f"| {turn} | {each.count} | {each.precision:.2f} | {each.recall:.2f} | {each.f1:.2f} | {told} |")
    return "\n".join(lines)


async def measure(turns: Sequence[LabelledTurn], classifier: TurnClassifier) -> TurnFigures:
    """Classify each reply, with its question as what was said last, and compare."""
    given = [
        (await classifier.classify(each.text, question=each.question, said=(each.question,))).turn for each in turns
    ]
    return figures([each.turn for each in turns], given)


async def run(path: Path, *, rules_only: bool) -> TurnFigures:
    """Measure a file with the bundled embedder, or without any."""
    turns = read_turns([path])
    if rules_only:
        return await measure(turns, TurnClassifier())
    embedder = SentenceTransformerEmbedder()
    try:
        await embedder.load()
        return await measure(turns, TurnClassifier(embedder))
    finally:
        await embedder.aclose()


def _of_class(turn: TurnClass, pairs: Counter[tuple[TurnClass, TurnClass]]) -> ClassFigures:
    right = pairs[turn, turn]
    count = sum(n for (a, _), n in pairs.items() if a is turn)
    taken = sum(n for (_, b), n in pairs.items() if b is turn)
    return ClassFigures(right / taken if taken else 0.0, right / count, 2 * right / (count + taken), count)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line; 0 when done."""
    parser = argparse.ArgumentParser(
        prog="python -m app.evaluation.measure_turns", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--rules-only", action="store_true", help="as while the embedding model is loading")
    options = parser.parse_args(arguments)
    try:
        found = asyncio.run(run(options.file, rules_only=options.rules_only))
    except (AppError, VectorStoreError) as error:
        print(error, file=sys.stderr)
        return 2
    print(markdown(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
