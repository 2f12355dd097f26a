"""A bank as people and programs look at it: what is asked and expected, with the ids to refer to."""

from typing import Any

from rubric.bank import Bank


def show(bank: Bank, version: int) -> dict[str, Any]:
    """The bank as JSON values: name, version, and sections with their questions and criteria."""
    return {
        "name": bank.name,
        "version": version,
        "sections": [
            {
                "title": section.title,
                "questions": [
                    {
                        "id": question.id,
                        "text": question.text,
                        "criteria": [
                            {"id": criterion.id, "text": criterion.text, "weight": criterion.weight}
                            for criterion in question.criteria
                        ],
                    }
                    for question in section.questions
                ],
            }
            for section in bank.sections
        ],
    }
