"""`viva schema`: the published JSON Schemas of what Viva reads and writes."""

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from app.screening.schemas import names, schema

OPENAPI = "openapi"


def schema_command(openapi: Callable[[], Mapping[str, Any]]) -> Callable[[str], None]:
    """The command, with what makes the API's own document."""

    def print_schema(
        name: Annotated[
            str, typer.Argument(help="Such as grade-output, bank or openapi; without one, the names are listed.")
        ] = "",
    ) -> None:
        """Print a JSON Schema of what Viva reads or writes, or the OpenAPI document of its API."""
        if not name:
            typer.echo("\n".join((*names(), OPENAPI)))
            return
        found = openapi() if name == OPENAPI else schema(name)
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))

    return print_schema
