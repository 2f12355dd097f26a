"""Measures the local reading on answers whose criteria people have marked.

    python -m app.evaluation.measure_reading FILE [--train FOLDER]

FILE holds marked criteria as `app.evaluation.labelled` describes. The shipped head is measured; if it was fitted to
FILE, its figures are in-sample. With --train, a head is fitted to the folder anew for each bank of FILE without that
bank's rows, and the figures are those of answers and rubrics the head has not seen. Printed are, without any language
model:

- Evidence: whether credit comes with verbatim spans, and whether these are what a person showed.
- Criteria: how well credit is told from none (AUC), bank by bank, of all styles and of true claims; verdicts.
- Styles: mean credit and flagged share; whether styles that claim nothing true are read below a partial answer.
- Accepted share against error: what accepting costs up to five doubts, one of them the product's own rule.
- Score intervals: how often they hold the marked score, how wide they are, and what intervals would be that know the
  banks' marks and read nothing.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from app.errors import AppError, InvalidInput
from app.evaluation.heads import Data, fit_without
from app.evaluation.labelled import Labelled, read_file, read_folder
from app.evaluation.measured import measure_all
from app.evaluation.reading_figures import ReadAnswer, as_request, print_figures
from app.grading.answer_grader import AnswerGrader
from app.grading.encodings import InlineRubrics
from app.grading.head import Head, load_head
from app.grading.segments import Segment, segments
from app.grading.semantic import SemanticReader
from vectorstore.embeddings import Embedder
from vectorstore.errors import VectorStoreError
from vectorstore.sentence_transformer import SentenceTransformerEmbedder

_CHUNK = 64


async def read_all(answers: Sequence[Labelled], embedder: Embedder, head: Head) -> list[ReadAnswer]:
    """Every answer read as the product reads it, pre-check included, with what the best cosine would show."""
    reader = AnswerGrader(SemanticReader(embedder, InlineRubrics(embedder), head))
    found: list[ReadAnswer] = []
    for start in range(0, len(answers), _CHUNK):
        chunk = answers[start : start + _CHUNK]
        readings = await reader.read_many([as_request(answer) for answer in chunk])
        for answer, reading in zip(chunk, readings, strict=True):
            found.append(ReadAnswer(answer, reading, *await _by_cosine(answer, embedder)))
    return found


async def _by_cosine(answer: Labelled, embedder: Embedder) -> tuple[list[Segment], list[float]]:
    """The baseline: of each criterion the sentence of highest cosine, each read by itself, and that cosine."""
    places = segments(answer.answer)
    if not places:
        return [Segment(0, 0)] * len(answer.criteria), [0.0] * len(answer.criteria)
    said = await embedder.embed([answer.answer[place.start : place.end] for place in places])
    cosines = said @ (await embedder.embed(answer.criteria)).T
    return [places[int(best)] for best in cosines.argmax(axis=0)], [float(best) for best in cosines.max(axis=0)]


async def run(file: Path, train: Path | None) -> None:
    """Measure and print."""
    answers = [answer for answer in read_file(file) if not answer.is_reference]
    if not answers:
        raise InvalidInput(f"{file} has no answers with marked criteria")
    embedder = SentenceTransformerEmbedder()
    try:
        print("Shipped head (in-sample where it was fitted to this file)")
        print_figures(await read_all(answers, embedder, load_head()))
        if train is not None:
            everything = read_folder(train)
            data = Data(everything, await measure_all(everything, embedder))
            read: list[ReadAnswer] = []
            for bank in sorted({answer.group for answer in answers}):
                head = fit_without(data, bank, embedder)
                read += await read_all([answer for answer in answers if answer.group == bank], embedder, head)
            print("\nLeaving one bank out")
            print_figures(read)
    finally:
        await embedder.aclose()


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line; 0 when done."""
    told_by = argparse.ArgumentParser(prog="python -m app.evaluation.measure_reading")
    told_by.add_argument("file", type=Path)
    told_by.add_argument("--train", type=Path, metavar="FOLDER", help="fit anew without each bank of FILE")
    told = told_by.parse_args(arguments)
    try:
        asyncio.run(run(told.file, told.train))
    except (AppError, VectorStoreError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
