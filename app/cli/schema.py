"""`viva schema`: the published JSON Schemas of what Viva reads and writes."""

import json
from typing import Annotated

import typer

from app.screening.schemas import names, schema


def print_schema(
    name: Annotated[
        str, typer.Argument(help="grade-input, grade-output or bank; without one, the names are listed.")
    ] = "",
) -> None:
    """Print the JSON Schema of rows, grades or banks."""
    if not name:
        typer.echo("\n".join(names()))
        return
    typer.echo(json.dumps(schema(name), ensure_ascii=False, indent=2))
