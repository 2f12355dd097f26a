"""The page of an evaluation: self-contained, escaped, its plots told in tables too."""

import re

import lxml.html
import pytest

from app.evaluation.evaluation import Evaluation, evaluate
from app.evaluation.page import as_html, pieces
from app.grading.outcome import Evidence, Flag
from tests.evaluation.comparisons import a_grade, a_labelled, a_whole, pair

HOSTILE = "</style><script>alert(1)</script><img src=x onerror=alert(2)> {{ 7 * 7 }} \u202eevil"


def evaluated() -> Evaluation:
    span = Evidence(0, 0, 8, HOSTILE[:8])
    hostile = a_labelled(0, 2, answer=HOSTILE, question=HOSTILE, bank=HOSTILE, style=HOSTILE, id=HOSTILE)
    return evaluate(
        [
            pair(hostile, a_grade(2, 0, evidence=(span,), flags=(Flag.CONFLICT,))),
            pair(a_labelled(2, 1, id="b"), a_grade(2, 2, reasons=(HOSTILE,))),
        ],
        labelled=HOSTILE,
        grades=HOSTILE,
        ungraded=1,
    )


def test_nothing_is_loaded_and_nothing_runs() -> None:
    html = as_html(evaluated())
    root = lxml.html.fromstring(html)
    assert root.xpath("//script | //link | //img | //iframe | //object | //@style | //*[@onerror or @onload]") == []
    assert [value for value in root.xpath("//@href | //@src") if not value.startswith("#")] == []
    assert re.findall(r"url\(|@import|https?:", "".join(root.xpath("//style/text()"))) == []
    [policy] = root.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'")


def test_what_candidates_wrote_is_shown_as_written() -> None:
    html = as_html(evaluated())
    root = lxml.html.fromstring(html)
    assert "<script" not in html
    assert HOSTILE in root.text_content()
    assert [mark.text for mark in root.xpath("//article//mark")] == [HOSTILE[:8]]


def test_every_plot_has_a_name_and_its_numbers_in_a_table() -> None:
    root = lxml.html.fromstring(as_html(evaluated()))
    plots = root.xpath("//svg[@role='img']")
    assert len(plots) == 3
    for plot in plots:
        [title] = plot.xpath("./title")
        assert plot.get("aria-labelledby") == title.get("id")
        assert title.text
    captions = [caption.text_content() for caption in root.xpath("//caption")]
    assert {"Agreement matrix", "Calibration"} <= set(captions)
    assert any("by how many answers are accepted" in caption for caption in captions)


def test_labels_that_only_say_correct_or_not_leave_out_what_does_not_exist() -> None:
    answers = [pair(a_whole("So.", correct=True), a_grade(2)), pair(a_whole("So.", correct=False), a_grade(2))]
    html = as_html(evaluate(answers, labelled="school.jsonl", grades=None, ungraded=0))
    assert "no criterion is marked with 0, ½ or 1" in html
    assert "Agreement matrix" not in html
    assert "nan" not in lxml.html.fromstring(html).text_content().lower().split()


def test_a_grader_that_is_always_right_has_no_worst_disagreements() -> None:
    html = as_html(evaluate([pair(a_labelled(2, 0), a_grade(2, 0))], labelled="m.jsonl", grades=None, ungraded=0))
    assert "None: grader and people agree on every criterion." in html


@pytest.mark.parametrize(
    ("spans", "marked"),
    [
        ([(0, 3)], ["abc"]),
        ([(4, 7), (0, 3)], ["abc", "def"]),
        ([(0, 5), (4, 7)], ["abc d"]),
        ([], []),
    ],
)
def test_evidence_is_cut_out_of_the_answer_without_changing_it(spans: list[tuple[int, int]], marked: list[str]) -> None:
    text = "abc def"
    found = pieces(text, [Evidence(0, start, end, text[start:end]) for start, end in spans])
    assert "".join(piece.text for piece in found) == text
    assert [piece.text for piece in found if piece.is_evidence] == marked


def test_a_quote_that_is_not_in_the_answer_is_not_marked() -> None:
    assert [piece.is_evidence for piece in pieces("abc def", [Evidence(0, 0, 3, "xyz")])] == [False]
