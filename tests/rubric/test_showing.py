"""A bank as programs look at it."""

from rubric.showing import show
from tests.builders import a_bank_of, a_full_bank, a_question


def test_showing_a_bank_gives_exactly_the_documented_keys() -> None:
    question = a_question("Why?", "So.", id="why")
    assert show(a_bank_of(question), 3) == {
        "name": "storage",
        "version": 3,
        "sections": [
            {
                "title": "Storage",
                "questions": [{"id": "why", "text": "Why?", "criteria": [{"id": "", "text": "So.", "weight": 1}]}],
            }
        ],
    }


def test_showing_gives_weights_and_ids_in_the_order_of_the_bank() -> None:
    shown = show(a_full_bank(), 1)["sections"][0]["questions"][0]["criteria"]
    assert [(criterion["id"], criterion["weight"]) for criterion in shown] == [("sbar", 3), ("bedside", 1)]
