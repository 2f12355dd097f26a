"""What a file would bring into a screening, before anything is kept: the answers it holds, and what is wrong by cell."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from app.grading.normalise import clean
from app.screening.answer_table import AnswerTable, CellProblem, TableRow, shown
from app.screening.mapping import ColumnMapping, QuestionNames
from rubric.bank import Bank

MAX_KEY_CHARS = 200
EMPTY = "empty, so nothing is taken from it"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAnswer:
    """One answer of a file.

    Attributes:
        row: Where it stands.
        candidate: The person's key.
        name: What the person is called.
        text: Verbatim, but for what cannot be stored; empty only where empty cells are answers left blank.
        replaced: Characters that became U+FFFD.
    """

    row: int
    candidate: str
    name: str
    question_id: str
    text: str
    replaced: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A file as a screening would take it.

    Attributes:
        answers: By candidate, in order of appearance; one a question at most.
        problems: Cells and rows that are left out, in order of their rows.
        repeated: Rows that say again, word for word, what an earlier one said.
    """

    source: str
    mapping: ColumnMapping
    rows: int
    answers: tuple[RecordedAnswer, ...]
    problems: tuple[CellProblem, ...]
    repeated: int = 0

    @property
    def candidates(self) -> int:
        """How many people the file brings."""
        return len({answer.candidate for answer in self.answers})

    @property
    def questions(self) -> int:
        """How many questions it answers."""
        return len({answer.question_id for answer in self.answers})


def preview(
    table: AnswerTable, mapping: ColumnMapping, bank: Bank, question_ids: Sequence[str], *, empty_is_blank: bool = False
) -> Preview:
    """What the table holds for these questions.

    Args:
        table: The file.
        mapping: What its columns mean.
        bank: Names the questions.
        question_ids: Those of the screening; answers to others are left out and named.
        empty_is_blank: Whether an empty cell is an answer left blank, which counts 0, instead of none.
    """
    sorting = _Sorting(
        mapping,
        QuestionNames(bank.questions()),
        frozenset(question_ids),
        empty_is_blank=empty_is_blank,
        named={(problem.row, problem.column) for problem in table.problems},
    )
    for row in table.rows:
        sorting.take(row)
    return Preview(
        source=table.source,
        mapping=mapping,
        rows=len(table.rows),
        answers=sorting.by_candidate(),
        problems=tuple(sorted((*table.problems, *sorting.problems), key=lambda problem: problem.row)),
        repeated=sorting.repeated,
    )


class _Sorting:
    """Rows taken one by one."""

    def __init__(
        self,
        mapping: ColumnMapping,
        names: QuestionNames,
        wanted: frozenset[str],
        *,
        empty_is_blank: bool,
        named: Set[tuple[int, str]],
    ) -> None:
        self._mapping = mapping
        self._names = names
        self._wanted = wanted
        self._empty_is_blank = empty_is_blank
        self._named = named
        self._answers: dict[str, dict[str, RecordedAnswer]] = {}
        self.problems: list[CellProblem] = []
        self.repeated = 0

    def by_candidate(self) -> tuple[RecordedAnswer, ...]:
        """Everybody's answers, one person after the other."""
        return tuple(answer for answers in self._answers.values() for answer in answers.values())

    def take(self, row: TableRow) -> None:
        """The answers of a row."""
        candidate = self._candidate(row)
        if candidate is None:
            return
        for column, question_id in self._asked(row):
            self._answer(row, column, candidate, question_id)

    def _candidate(self, row: TableRow) -> str | None:
        column = self._mapping.candidate
        key = clean(" ".join(row.cells.get(column, "").split())).text
        if not key:
            self._problem(row, column, "empty, so nobody can be told whose answer it is; fill it in")
            return None
        if len(key) > MAX_KEY_CHARS:
            self._problem(row, column, f"longer than {MAX_KEY_CHARS} characters; give each person a shorter key")
            return None
        return key

    def _asked(self, row: TableRow) -> Iterator[tuple[str, str]]:
        """Columns with answers, and the questions they answer."""
        if self._mapping.is_wide:
            for column, question_id in self._mapping.questions.items():
                if question_id in self._wanted:
                    yield column, question_id
            return
        column = self._mapping.question
        named = row.cells.get(column, "")
        found = self._names.find(named)
        if found is None:
            near = self._names.nearest(named)
            hint = f"; the nearest is “{shown(near)}”" if near else ""
            what = f"“{shown(named)}” is no question of the bank, by id or exact text{hint}" if named.strip() else EMPTY
            self._problem(row, column, what)
        elif found not in self._wanted:
            self._problem(row, column, "a question that this screening leaves out")
        else:
            yield self._mapping.answer, found

    def _answer(self, row: TableRow, column: str, candidate: str, question_id: str) -> None:
        text = row.cells.get(column, "")
        if (row.number, column) in self._named or (self._mapping.is_wide and column not in row.cells):
            return  # named already as a cell that can't be read, or never asked
        if not text.strip():
            if not self._empty_is_blank:
                self._problem(row, column, EMPTY)
                return
            text = ""
        cleaned = clean(text)
        name = clean(" ".join(row.cells.get(self._mapping.name, "").split())).text[:MAX_KEY_CHARS]
        answer = RecordedAnswer(
            row=row.number,
            candidate=candidate,
            name=name or candidate,
            question_id=question_id,
            text=cleaned.text,
            replaced=cleaned.replaced,
        )
        first = self._answers.setdefault(candidate, {}).setdefault(question_id, answer)
        if first is answer:
            return
        if first.text == answer.text:
            self.repeated += 1
            return
        self._problem(
            row, column, f"another answer of the same candidate to the same question stands in row {first.row}"
        )

    def _problem(self, row: TableRow, column: str, what: str) -> None:
        self.problems.append(CellProblem(row.number, column, what))
