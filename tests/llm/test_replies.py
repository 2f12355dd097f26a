import pytest

from app.errors import LLMUnparseable
from app.llm.replies import parse_object


@pytest.mark.parametrize(
    "text",
    [
        '{"a": {"b": 1}}',
        'Here you are:\n{"a": {"b": 1}}\nHope it helps.',
        '```json\n{"a": {"b": 1}}\n```',
        '<think>maybe {"a": 2}?</think>\n{"a": {"b": 1}}',
    ],
)
def test_one_object_is_found_with_what_models_put_around_it(text: str) -> None:
    assert parse_object(text) == {"a": {"b": 1}}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no JSON object"),
        ("I cannot do that.", "no JSON object"),
        ('{"a": [{"b": 1}', "broken"),
        ('{"a": NaN}', "broken"),
        ("{" * 100_000, "broken"),
        ('{"a":' * 100_000, "broken"),
        ('{"a": 1}\n{"a": 2}', "more than one"),
    ],
)
def test_anything_else_is_unparseable_and_says_why(text: str, told: str) -> None:
    with pytest.raises(LLMUnparseable, match=told):
        parse_object(text)
