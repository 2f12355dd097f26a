"""The adversarial cases as data, and how they are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from app.grading.grader import GradeRequest
from rubric.criteria import Criterion, Verdict

FILE = Path(__file__).parent / "adversarial.yaml"
LONE_SURROGATE = "\ud800"


@dataclass(frozen=True)
class Case:
    """One answer of a numbered case.

    Attributes:
        expected: The most that may count for each criterion without a person.
        stopped: The pre-check's reason; empty when it passes.
        instructs: Whether it speaks to the grader.
        flag: A flag its grade must carry; "" says that it must not look manipulative; None says nothing.
    """

    number: int
    request: GradeRequest
    expected: tuple[Verdict, ...]
    stopped: str
    instructs: bool
    flag: str | None


@dataclass(frozen=True)
class JudgeFault:
    """A fault of the judge; `judge` or `fault` names it, `status` is the critique's, `flag` one of its grade's."""

    number: int
    judge: str = ""
    fault: str = ""
    status: str = "done"
    flag: str = ""
    answer: str = "good"


def cases() -> list[Case]:
    """Every answer of every case, in the file's order."""
    return [
        _case(entry, answer, _data()["rubrics"][entry.get("rubric", "pipeline")])
        for entry in _data()["cases"]
        for answer in entry["answers"]
    ]


def judge_faults() -> list[JudgeFault]:
    """Cases 62 to 74."""
    return [JudgeFault(**entry) for entry in _data()["judge_faults"]]


def an_answer(name: str) -> GradeRequest:
    """The example question with one of the file's named answers: "good" or "vague"."""
    return _request(_data()["rubrics"]["pipeline"], _data()[name])


def _case(entry: Mapping[str, Any], answer: object, rubric: Mapping[str, Any]) -> Case:
    text = _text(answer) + (LONE_SURROGATE if entry.get("surrogate") else "")
    request = _request(rubric, text)
    expected = tuple(Verdict(verdict) for verdict in entry["expected"])
    assert len(expected) == len(request.criteria), entry["number"]
    return Case(
        entry["number"], request, expected, entry.get("stopped", ""), entry.get("instructs", False), entry.get("flag")
    )


def _request(rubric: Mapping[str, Any], text: str) -> GradeRequest:
    criteria = tuple(Criterion(text=text, id=f"k{place}") for place, text in enumerate(rubric["criteria"]))
    return GradeRequest(question=rubric["question"], criteria=criteria, parts=(text,))


def _text(answer: object) -> str:
    if isinstance(answer, list):
        return "".join(_text(piece) for piece in answer)
    if isinstance(answer, dict):
        return str(answer["repeat"]) * int(answer["times"])
    return str(answer)


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    return data
