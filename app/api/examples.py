"""Examples of answers whose shape is a published schema, and how an operation shows one in the OpenAPI document."""

import json
from importlib.resources import files
from typing import Any

from pydantic import BaseModel


def example(name: str) -> Any:  # noqa: ANN401 (JSON)
    """The example of that name: bank, grade or report."""
    return json.loads(files("app.api").joinpath("example_answers", f"{name}.json").read_text("utf-8"))


def shown(value: Any, *, media: str = "application/json") -> dict[int | str, dict[str, Any]]:  # noqa: ANN401 (JSON)
    """The example of a successful answer, as FastAPI's `responses`."""
    return {200: {"content": {media: {"example": value}}}}


def listed(model: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """A list with the model's own example, as FastAPI's `responses`."""
    return shown([model.model_json_schema()["examples"][0]])
