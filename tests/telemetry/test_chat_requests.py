"""Of the chat model's address no more is told than host and port."""

import pytest

from app.telemetry.chat_requests import place


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://api.openai.com/v1", "api.openai.com"),
        ("http://somebody:a-secret@gateway:8080/keys/another-secret", "gateway:8080"),
        ("not an address", ""),
        ("http://[", ""),
    ],
)
def test_an_address_is_told_without_what_may_be_secret_in_it(address: str, told: str) -> None:
    assert place(address) == told
