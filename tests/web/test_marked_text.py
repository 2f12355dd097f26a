import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.marked_text import Mark, Piece, blocks
from rubric.criteria import Verdict

FENCED = "Like this:\n\n```sql\nSELECT *\n  FROM t;\n```\n\nAnd so on."


def texts(text: str) -> list[tuple[bool, str]]:
    return [(block.is_code, "".join(piece.text for piece in block.pieces)) for block in blocks(text)]


def test_paragraphs_and_fenced_code_keep_their_line_breaks_and_indentation() -> None:
    assert texts(FENCED) == [(False, "Like this:"), (True, "SELECT *\n  FROM t;"), (False, "And so on.")]


def test_a_fence_that_is_never_closed_runs_to_the_end() -> None:
    assert texts("see\n```\na = 1\n\nb = 2") == [(False, "see"), (True, "a = 1\n\nb = 2")]


def test_code_without_fences_is_seen_and_a_list_is_not_taken_for_code() -> None:
    assert texts("CREATE TABLE t (\n  a int,\n  b int);")[0][0]
    assert not texts("- S3 for storage\n- Glue for jobs\n- Athena for queries")[0][0]


def test_blank_text_has_no_blocks() -> None:
    assert blocks(" \n\n ") == ()


def test_overlapping_evidence_is_split_into_pieces_that_carry_both_numbers() -> None:
    marks = [Mark(1, Verdict.COVERED, 0, 10), Mark(2, Verdict.CONTRADICTED, 5, 15)]

    (block,) = blocks("0123456789abcdefgh", marks)

    assert [
        (piece.text, [m.number for m in piece.marks], [m.number for m in piece.ends]) for piece in block.pieces
    ] == [
        ("01234", [1], []),
        ("56789", [1, 2], [1]),
        ("abcde", [2], [2]),
        ("fgh", [], []),
    ]
    assert [piece.verdict for piece in block.pieces] == [
        Verdict.COVERED,
        Verdict.CONTRADICTED,
        Verdict.CONTRADICTED,
        None,
    ]
    assert [piece.begins for piece in block.pieces] == [(1,), (2,), (), ()]


def test_each_criterion_begins_once_though_it_has_several_spans() -> None:
    marks = [Mark(1, Verdict.COVERED, 0, 3), Mark(1, Verdict.COVERED, 8, 12)]

    found = [piece.begins for block in blocks("abc\n\ndefghijk", marks) for piece in block.pieces if piece.begins]

    assert found == [(1,)]


SPAN = st.tuples(st.integers(0, 60), st.integers(1, 20))


@given(st.text(alphabet="ab \n`;", max_size=60), st.lists(SPAN, max_size=5))
def test_nothing_is_added_and_every_marked_letter_is_marked(text: str, spans: list[tuple[int, int]]) -> None:
    marks = [Mark(number, Verdict.PARTIAL, start, start + length) for number, (start, length) in enumerate(spans, 1)]

    found = blocks(text, marks)

    plain = [("".join(piece.text for piece in block.pieces)) for block in blocks(text)]
    assert ["".join(piece.text for piece in block.pieces) for block in found] == plain
    position = 0
    for block in found:
        for piece in block.pieces:
            position = text.index(piece.text, position)
            covering = {
                mark.number for mark in marks if mark.start <= position and mark.end >= position + len(piece.text)
            }
            assert {mark.number for mark in piece.marks} == covering
            position += len(piece.text)


# Work that grows with the square of the length takes minutes on these: a hung run is the failure.
LONG = 100_000


@pytest.mark.parametrize("line", [")" + " " * LONG + "x", ";" * LONG + "x", "){" * LONG + " x", " " * LONG])
def test_a_long_line_is_told_from_code_quickly(line: str) -> None:
    assert not any(is_code for is_code, _ in texts(f"{line}\nand\nso"))


def test_the_last_word_after_a_long_one_is_found_quickly() -> None:
    assert Piece("x" * LONG + " last \n").tail == "last \n"
    assert Piece("x" * LONG + " last \n").head == "x" * LONG + " "
    assert (Piece("one").tail, Piece(" ").tail, Piece("").tail) == ("one", " ", "")


@pytest.mark.parametrize("line", ["run();", "if (a) {", "}", "call(a)  ", "  indented", "import this", "  SELECT"])
def test_a_line_of_code_is_seen_by_its_start_or_end(line: str) -> None:
    assert texts(f"{line}\n{line}\n{line}")[0][0]
