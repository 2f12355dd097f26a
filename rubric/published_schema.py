"""The JSON Schemas of Viva's YAML files, as editors and validators read them.

`python -m rubric.published_schema` writes them anew; a test holds them in step with the models.
"""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from rubric.bank_schema import BankSchema
from rubric.information import InformationSchema

FOLDER = Path(__file__).parent / "schema"
_PUBLISHED: dict[str, tuple[type[BaseModel], str]] = {
    "bank.schema.json": (BankSchema, "Viva question bank"),
    "information.schema.json": (InformationSchema, "Viva information sheet"),
}


def published() -> dict[str, str]:
    """The text of each schema file by its name."""
    return {name: json.dumps(_schema(model, title), indent=2) + "\n" for name, (model, title) in _PUBLISHED.items()}


def _schema(model: type[BaseModel], title: str) -> dict[str, Any]:
    schema = model.model_json_schema(mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": title}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file_name, text in published().items():
        (FOLDER / file_name).write_text(text, encoding="utf-8")
