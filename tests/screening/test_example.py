"""The example that ships: made by its generator, and nothing else."""

from importlib.resources import files

from app.screening.examples.make import answers_csv
from app.screening.examples.phrases import PHRASES
from rubric.bank_file import load_bank
from tests.builders import SHIPPED_BANK


def test_the_shipped_answers_are_what_the_generator_makes() -> None:
    assert files("app.screening.examples").joinpath("answers.csv").read_bytes().decode() == answers_csv()


def test_the_phrases_follow_the_criteria_of_the_bundled_bank() -> None:
    questions = {question.text: question for question in load_bank(SHIPPED_BANK).questions()}
    for phrases in PHRASES:
        assert len(phrases.points) == len(questions[phrases.question].criteria), phrases.question
