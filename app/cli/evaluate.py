"""`viva evaluate`: how far the grader can be believed, measured on answers that people have marked."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.progress import progress
from app.cli.settings import read_settings
from app.cli.terminal import safe
from app.config import Settings
from app.errors import InvalidInput

if TYPE_CHECKING:
    from app.evaluation.evaluation import Evaluation
    from app.evaluation.figures import Figure
    from app.evaluation.labelled import Labelled
    from app.grading.outcome import Outcome

NO_MODEL = "No chat model is configured (VIVA_LLM_MODEL), so what is measured is the local reading alone."
HTML, JSON = "evaluation.html", "evaluation.json"
_SHOWN_QUESTIONS = 5
_SHOWN_CHARS = 90


def evaluate(
    labelled: Annotated[
        Path, typer.Argument(metavar="LABELLED", help="Answers with people's marks, a JSON object a line.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            metavar="FOLDER|FILE.html",
            help="Where the report goes, as a page with its JSON beside it; a folder is made where it is missing.",
        ),
    ] = None,
    grades: Annotated[
        Path | None,
        typer.Option("--grades", metavar="FILE", help="Take what viva grade wrote, by id, instead of grading anew."),
    ] = None,
    no_llm: Annotated[bool, typer.Option("--no-llm", help="Ask no chat model for critiques.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the evaluation as JSON.")] = False,
) -> None:
    """Measure the grader against people's marks.

    A line is {"question", "criteria", "criteria_credit": [0, 0.5 or 1 …], "answer"}, with "answer_id", "bank", "style",
    "overall", "evidence" and "flags" where they are known; or {"question", "references", "answer"} with "correct" (true
    or false) or "score" (0 to 1), where any one reference suffices. Intervals say how far a figure would move with
    other questions.
    """
    # Statistics and assembly take longer to import than `viva --help` may.
    from app.evaluation.compared import compared, read_grades  # noqa: PLC0415 (slow to import)
    from app.evaluation.evaluation import evaluate as measure  # noqa: PLC0415 (slow to import)
    from app.evaluation.export import as_json as to_json  # noqa: PLC0415 (slow to import)
    from app.evaluation.labelled import read_file  # noqa: PLC0415 (slow to import)

    settings = read_settings()
    places = _places(output)
    answers = list(read_file(labelled))
    if not answers:
        raise InvalidInput(f"{labelled} has no labelled answer; give one JSON object a line.")
    outcomes = read_grades(grades, answers) if grades else _graded(settings, answers, no_llm=no_llm)
    pairs = [compared(answer, given) for answer, given in zip(answers, outcomes, strict=True)]
    graded = [pair for pair in pairs if pair is not None]
    if not graded:
        raise InvalidInput("None of the labelled answers has a grade, so there is nothing to measure.")
    evaluation = measure(
        graded,
        labelled=labelled.name,
        grades=grades.name if grades else None,
        ungraded=len(pairs) - len(graded),
    )
    typer.echo(to_json(evaluation) if as_json else _summary(evaluation), nl=not as_json)
    if places is not None:
        _write(evaluation, *places)


def _graded(settings: Settings, answers: "Sequence[Labelled]", *, no_llm: bool) -> "list[list[Outcome]]":
    from app.bootstrap import build_grader  # noqa: PLC0415 (as above)
    from app.evaluation.grading_run import grade_labelled, grades_needed  # noqa: PLC0415 (slow to import)
    from app.logs import set_up  # noqa: PLC0415 (slow to import)

    if not settings.llm_configured and not no_llm:
        typer.echo(NO_MODEL, err=True)
    chosen = settings.model_copy(update={"llm_model": None}) if no_llm else settings
    set_up("warning")

    async def run(advance: Callable[[], object]) -> "list[list[Outcome]]":
        async with build_grader(chosen) as grader:
            return await grade_labelled(answers, grader, concurrency=chosen.llm_concurrency, advance=advance)

    with progress(grades_needed(answers)) as advance:
        return asyncio.run(run(advance))


def _places(output: Path | None) -> tuple[Path, Path] | None:
    """Page and JSON, checked before anything is graded."""
    if output is None:
        return None
    is_file = output.suffix.lower() in {".html", ".htm"}
    folder = output.parent if is_file else output
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(f"{folder} cannot be made a folder ({error.strerror}); check --output.") from error
    return (output, output.with_suffix(".json")) if is_file else (output / HTML, output / JSON)


def _write(evaluation: "Evaluation", page: Path, data: Path) -> None:
    from app.evaluation.export import as_json  # noqa: PLC0415 (as above)
    from app.evaluation.page import as_html  # noqa: PLC0415 (slow to import)

    try:
        page.write_text(as_html(evaluation), encoding="utf-8")
        data.write_text(as_json(evaluation), encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"{error.filename} cannot be written ({error.strerror}); check --output.") from error
    typer.echo(f"Written: {page} and {data}", err=True)


def _summary(evaluation: "Evaluation") -> str:
    from app.evaluation.figures import undefined  # noqa: PLC0415 (as above)

    source, operating = evaluation.source, evaluation.operating
    lines = [
        f"{source.answers - source.ungraded} of {source.answers} answers to {source.questions} questions are graded.",
        "",
        f"{'':45}{'all answers':>26}{'accepted without review':>26}",
    ]
    for figure, accepted in zip(evaluation.all_figures, evaluation.accepted_figures, strict=True):
        if figure.value is not None:
            lines.append(f"{figure.title:45}{_told(figure):>26}{_told(accepted):>26}")
    lines += [f"Undefined, as {why}: {', '.join(titles)}." for why, titles in undefined(evaluation.all_figures).items()]
    wrong = "" if operating.wrong is None else f", {operating.wrong:.1%} of their criteria wrong"
    lines += ["", f"Accepted without review: {operating.answers} answers ({operating.share:.1%}){wrong}."]
    if len(evaluation.by_question) > 1:
        lines += ["", "Worst questions (criteria with another credit than the person's, and off by a full credit):"]
        lines += [
            f"  {row.wrong:4.0%} {row.far_off:4.0%}  {safe(row.group)}: {safe(shorten(row.name, _SHOWN_CHARS, placeholder=' …'))}"
            for row in evaluation.by_question[:_SHOWN_QUESTIONS]
        ]
    return "\n".join(lines)


def _told(figure: "Figure") -> str:
    if figure.value is None:
        return "undefined"
    ends = "" if figure.low is None else f"  [{figure.low:.3f} to {figure.high:.3f}]"
    return f"{figure.value:.3f}{ends}"
