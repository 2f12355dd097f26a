"""What grading would take before any of it is done: answers, requests, tokens and money.

What is sent is counted in the very requests that would go out, but for the answers' own characters and for examples of
corrections; what comes back is the most that each request allows. So tokens and money are an upper bound, unless a
model's tokens are shorter than four characters.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from app.grading.critique import Critic, sendable
from app.grading.grader import GradeRequest
from app.grading.precheck import precheck
from app.llm.batch_file import Body, RequestId
from app.llm.chat import Usage
from app.llm.prices import Prices
from app.llm.recorded_chat import WritingChat
from app.llm.replies import CHARS_PER_TOKEN
from app.screening.preview import RecordedAnswer
from app.screening.screening import Screening
from rubric.bank import Bank

SECOND_LOOK_SHARE = 0.08
"""Answers that may be asked about once more; see `VIVA_LLM_ESCALATION`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What answers would take.

    Attributes:
        answers: To be graded.
        silent: Those that say nothing, so that no model is asked about them.
        requests: To the chat model; none where none is configured.
        input_tokens, output_tokens: At most about so many.
        cost: None where no price is set.
    """

    answers: int
    silent: int
    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None
    currency: str = ""

    def told(self) -> str:
        """What it would take, in sentences."""
        if not self.answers:
            return "Every answer is there already; none is to be graded anew."
        said = f"{self.answers:,} answers to grade, {self.silent:,} of which say nothing."
        if not self.requests:
            return f"{said} No chat model is asked."
        cost = "" if self.cost is None else f", at most about {self.cost:,.2f} {self.currency}".rstrip()
        return (
            f"{said} {self.requests:,} requests to the chat model and second looks at up to {SECOND_LOOK_SHARE:.0%}, "
            f"at most about {self.input_tokens:,} tokens sent and {self.output_tokens:,} received{cost}."
        )


@dataclass(frozen=True, slots=True)
class _Frame:
    """What a question's requests are without an answer."""

    requests: int
    chars: int
    max_tokens: int


def requests_of(screening: Screening, bank: Bank, answers: Iterable[RecordedAnswer]) -> Iterator[GradeRequest]:
    """These answers as they would be graded."""
    questions = {question.id: question for question in bank.questions()}
    for one in answers:
        yield GradeRequest(
            question=questions[one.question_id].text,
            criteria=questions[one.question_id].criteria,
            parts=(one.text,),
            question_id=one.question_id,
            bank=screening.bank,
            language=screening.language,
        )


async def estimate(requests: Iterable[GradeRequest], *, model: str | None, prices: Prices | None) -> Estimate:
    """What these answers would take.

    Args:
        requests: One an answer.
        model: Name of the chat model; None where none is configured.
        prices: Of its tokens; None where nobody said.
    """
    answers = silent = asked = 0
    chars = most = 0.0
    frames: dict[str, _Frame] = {}
    for request in requests:
        answers += 1
        if precheck(request) is not None:
            silent += 1
            continue
        if model is None:
            continue
        frame = frames.get(request.question_id)
        if frame is None:
            frame = frames[request.question_id] = await _frame(request, model)
        own = sum(len(json.dumps(sendable(part), ensure_ascii=False)) for part in request.parts)
        asked += frame.requests
        chars += frame.chars + own * frame.requests
        most += frame.max_tokens
    usage = Usage(
        input_tokens=round(chars * (1 + SECOND_LOOK_SHARE) / CHARS_PER_TOKEN),
        output_tokens=round(most * (1 + SECOND_LOOK_SHARE)),
        is_estimated=True,
    )
    return Estimate(
        answers=answers,
        silent=silent,
        requests=asked,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cost=prices.cost(usage) if prices is not None and asked else None,
        currency=prices.currency if prices is not None else "",
    )


async def _frame(request: GradeRequest, model: str) -> _Frame:
    """The requests about a question, written down with an empty answer and a decoy of usual length."""
    bodies: list[Body] = []

    def keep(_: RequestId, body: Body) -> None:
        bodies.append(body)

    decoy = max((criterion.text for criterion in request.criteria), key=len)
    empty = replace(request, parts=("",), decoy=f"{decoy} ")
    await Critic(WritingChat(model, "", keep)).judge(empty)
    chars = sum(len(json.dumps(body, ensure_ascii=False)) for body in bodies)
    return _Frame(len(bodies), chars, sum(_most(body) for body in bodies))


def _most(body: Body) -> int:
    """The most tokens that a reply may have."""
    return int(body.get("max_completion_tokens") or body.get("max_tokens") or 0)
