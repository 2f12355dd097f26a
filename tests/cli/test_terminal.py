"""What is typed becomes replies and commands; what is printed cannot take the terminal over."""

import asyncio
import os

import pytest

from app.cli.terminal import Entered, Keyboard, safe


async def entries(typed: bytes, number: int) -> list[Entered]:
    read, write = os.pipe()
    os.write(write, typed)
    os.close(write)
    keyboard = Keyboard(read)
    keyboard.start()
    try:
        return [await asyncio.wait_for(keyboard.entry(), 5) for _ in range(number)]
    finally:
        os.close(read)


async def test_a_line_that_says_more_keeps_what_stands_before_it() -> None:
    read, write = os.pipe()
    os.write(write, b"First thought\n/MORE\n/more\nA line\n/more words\n\n")
    os.close(write)
    keyboard = Keyboard(read)
    keyboard.start()
    try:
        found = [await asyncio.wait_for(keyboard.entry(more="/more"), 5) for _ in range(3)]
    finally:
        os.close(read)
    assert found == [
        Entered("First thought", more=True),
        Entered("/more", is_command=True),
        Entered("A line\n/more words"),
    ]


async def test_blank_line_sends_what_was_written() -> None:
    assert await entries(b"First line\n  second\n\nNext answer\n\n", 3) == [
        Entered("First line\n  second"),
        Entered("Next answer"),
        Entered(left=True),
    ]


async def test_end_of_the_input_sends_what_was_written_then_leaves() -> None:
    assert await entries(b"All I know", 3) == [Entered("All I know"), Entered(left=True), Entered(left=True)]


async def test_first_line_with_a_slash_is_a_command_at_once_and_later_ones_are_text() -> None:
    assert await entries(b"\n/skip\nUse paths like\n/var/lib\n\n", 2) == [
        Entered("/skip", is_command=True),
        Entered("Use paths like\n/var/lib"),
    ]


async def test_two_slashes_begin_an_answer_with_one() -> None:
    assert await entries(b"//var/lib\n\n", 1) == [Entered("/var/lib")]


async def test_bytes_that_are_no_text_are_replaced_and_stop_nothing() -> None:
    assert await entries(b"caf\xff\r\n\n", 1) == [Entered("caf\ufffd")]


@pytest.mark.parametrize(
    ("hostile", "printed"),
    [
        ("\x1b[2J\x1b]0;title\x07", "␛[2J␛]0;title␇"),
        ("line one\n\tline two", "line one\n\tline two"),
        ("over\rwritten\x08", "over␍written␈"),
        ("c1\x9b31m", "c1\ufffd31m"),
        ("\u202ereversed\u2066", "\ufffdreversed\ufffd"),
        ("lone \ud800", "lone \ufffd"),
    ],
)
def test_control_characters_are_shown_not_obeyed(hostile: str, printed: str) -> None:
    assert safe(hostile) == printed
