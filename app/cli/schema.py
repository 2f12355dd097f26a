"""`viva schema`: the published JSON Schemas of what Viva reads and writes."""

import json
from typing import Annotated

import typer

from app.screening.schemas import names, schema


def print_schema(
    name: Annotated[str, typer.Argument(help="Such as grade-output or bank; without one, the names are listed.")] = "",
) -> None:
    """Print a JSON Schema of what Viva reads or writes."""
    if not name:
        typer.echo("\n".join(names()))
        return
    typer.echo(json.dumps(schema(name), ensure_ascii=False, indent=2))
