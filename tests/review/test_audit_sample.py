import pytest

from app.grading.grader import GradeRequest
from app.review.audit_sample import AuditSample
from rubric.criteria import Criterion

KEY = b"k" * 32


def request(answer: str, *, question: str = "How would you store raw data?", more: str = "") -> GradeRequest:
    criteria = (Criterion(id="c1", text="In object storage"),)
    return GradeRequest(question=question, criteria=criteria, parts=(answer, more) if more else (answer,))


def sample(share: float, key: bytes = KEY) -> AuditSample:
    return AuditSample(share, lambda: key)


def drawn(sample: AuditSample, answers: int = 4000) -> list[int]:
    return [number for number in range(answers) if sample.holds(request(f"Answer {number}"))]


def test_about_the_share_that_was_set_is_drawn() -> None:
    assert 0.04 < len(drawn(sample(0.05))) / 4000 < 0.06


def test_the_same_answer_to_the_same_question_draws_the_same_however_it_is_spaced_or_cased() -> None:
    chosen = next(n for n in range(4000) if sample(0.05).holds(request(f"Answer {n}")))
    again = sample(0.05)
    assert again.holds(request(f"  answer\n{chosen} "))
    assert any(not again.holds(request(f"Answer {chosen}", question=f"Question {n}?")) for n in range(5))
    assert any(not again.holds(request(f"Answer {chosen}", more=f"More {n}")) for n in range(5))


def test_another_key_draws_others() -> None:
    assert drawn(sample(0.05)) != drawn(sample(0.05, b"x" * 32))


def test_a_larger_share_holds_the_smaller_one() -> None:
    assert set(drawn(sample(0.05), 500)) <= set(drawn(sample(0.5), 500))


@pytest.mark.parametrize(("share", "held"), [(0.0, False), (1.0, True)])
def test_nothing_or_everything_is_drawn_without_a_key(share: float, held: bool) -> None:
    def no_key() -> bytes:
        raise AssertionError("no key is needed")

    assert AuditSample(share, no_key).holds(request("An answer")) is held


def test_text_that_is_no_text_is_drawn_too() -> None:
    assert isinstance(sample(0.5).holds(request("half a surrogate \ud800 and \x00")), bool)
