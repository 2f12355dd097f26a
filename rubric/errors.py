"""What can be wrong with a bank, said so that its author can mend it."""

from pathlib import Path


class RubricError(Exception):
    """A question bank, criterion or verdict that cannot be used."""


class BankFormatError(RubricError):
    """A bank file that cannot be read: where, and what was expected instead.

    Attributes:
        path: The file as the author named it.
        line: 1-based line (or row) of the fault; None when it concerns the whole file.
        expected: One sentence: what stands there and what was expected.
    """

    def __init__(self, path: str | Path, line: int | None, expected: str) -> None:
        self.path = str(path)
        self.line = line
        self.expected = expected
        place = self.path if line is None else f"{self.path}, line {line}"
        super().__init__(f"{place}: {expected}")


class UnknownCriterion(RubricError):
    """A criterion id that the question does not have."""


class UnknownVerdict(RubricError):
    """A word that is none of the five verdicts."""


class LossyExport(RubricError):
    """A format that can't carry all of a bank.

    Attributes:
        format_title: The format's title, such as "CSV".
        losses: One phrase for each thing that would be lost, with the questions concerned.
    """

    def __init__(self, format_title: str, losses: tuple[str, ...]) -> None:
        self.format_title = format_title
        self.losses = losses
        super().__init__(f"{format_title} can't carry {'; '.join(losses)}. Choose YAML, or --lossy to leave it out.")
