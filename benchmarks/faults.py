"""`python -m benchmarks.faults`: what becomes of an answer whose chat model fails, with the product's own time limits.

For each fault: how the critique ended, what the grade says, requests, wall time. The local reading calls both criteria
partial, so a score other than 1/2 is the critique's. A silent number would be a score that rests on a fault without a
flag, a reason or a failed critique beside it; the last column says that there is none, and the exit code with it.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ["OMP_NUM_THREADS"] = "1"

from app.config import Settings
from app.grading.answer_grader import AnswerGrader
from app.grading.critique import Critic
from app.grading.grader import GradeRequest
from app.grading.outcome import CriterionReading, Flag, Graded, Reading
from app.llm.openai_chat import OpenAIChat
from app.logs import set_up
from rubric.criteria import Criterion, Verdict
from tests import stub_llm as stubs
from tests.stub_llm import StubLLM, serving

ANSWER = "Raw files land in object storage. Crawlers infer the schema."
TEXTS = ("Bring raw files into object storage.", "Crawlers infer the schema.")
DECOY = "Medication is checked by two nurses."
TOLD = frozenset({Flag.UNJUDGED, Flag.UNVERIFIED_QUOTE, Flag.NO_REASON, Flag.DECOY})

REQUEST = GradeRequest(
    question="How would you design a data lake?",
    criteria=tuple(Criterion(id=f"c{place}", text=text) for place, text in enumerate(TEXTS)),
    parts=(ANSWER,),
    decoy=DECOY,
)
READING = Reading(
    criteria=tuple(
        CriterionReading(
            criterion_id=criterion.id, verdict=Verdict.PARTIAL, half_points=1, probability=0.6, probability_full=0.3
        )
        for criterion in REQUEST.criteria
    )
)

Break = Callable[[StubLLM], object]


def always(fault: stubs.Fault) -> Break:
    """Every request meets this."""
    return lambda stub: setattr(stub, "always", fault)


def judge(judge_: stubs.Judge) -> Break:
    """The model answers like this."""
    return lambda stub: setattr(stub, "judge", judge_)


FAULTS: dict[str, Break] = {
    "none": lambda _: None,
    "broken JSON": always(stubs.broken_json()),
    "another JSON object": always(stubs.wrong_schema()),
    "no JSON body": always(stubs.not_json()),
    "an error under status 200": always(stubs.error_body()),
    "status 500 for ever": always(stubs.server_error()),
    "status 429 for ever": always(stubs.rate_limited()),
    "429 with Retry-After 120": always(stubs.rate_limited(retry_after_s=120)),
    "429 with Retry-After 1, once": lambda stub: stub.script(stubs.rate_limited(retry_after_s=1)),
    "nobody serves the address": lambda stub: setattr(stub, "base_url", "http://127.0.0.1:9/v1"),
    "hangs": always(stubs.hang()),
    "drips": always(stubs.drip()),
    "breaks off": always(stubs.disconnect()),
    "cut off": always(stubs.cut_off()),
    "cut off, once": lambda stub: stub.script(stubs.cut_off()),
    "refusal": always(stubs.refusal()),
    "key refused": always(stubs.server_error(401)),
    "an id dropped": judge(stubs.dropped_id),
    "an id twice": judge(stubs.duplicate_id),
    "an unknown id": judge(stubs.unknown_id),
    "a verdict off the menu": judge(stubs.off_menu),
    "invented quotes": judge(stubs.invented_quote),
    "yes to everything": judge(stubs.say_yes),
    "json_schema refused": lambda stub: setattr(stub, "refuses", {"json_schema"}),
    "json_schema ignored": lambda stub: setattr(stub, "ignores", {"json_schema"}),
}


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one answer."""

    fault: str
    graded: Graded
    requests: int
    seconds: float
    budget_s: float

    @property
    def is_told(self) -> bool:
        """Whether what went wrong can be read off the grade, within the budget."""
        critique = self.graded.critique
        sound = critique is not None and critique.status == "done" and not TOLD & set(self.graded.flags)
        honest = self.graded.needs_review or TOLD & set(self.graded.flags) or (sound and self.graded.score == 1)
        return bool(honest) and self.seconds <= self.budget_s

    def line(self) -> str:
        """As one line of the table."""
        critique = self.graded.critique
        status = critique.status if critique else "none"
        review = "review" if self.graded.needs_review else "accepted"
        flags = ",".join(flag.value for flag in self.graded.flags) or "-"
        reason = (critique.reason if critique and critique.reason else "")[:60]
        told = "told" if self.is_told else "SILENT"
        return (
            f"{self.fault:<30} {status:<7} {float(self.graded.score):4.2f} {review:<9} {flags:<18} "
            f"{self.requests:>8} {self.seconds:>7.2f} s  {told:<6} {reason}"
        )


async def met(fault: str, break_: Break, settings: Settings) -> Row:
    """An answer graded by a model with this fault, on a server of its own."""
    with serving(StubLLM()) as stub:
        break_(stub)
        own = settings.model_copy(update={"llm_base_url": stub.base_url, "llm_model": stubs.MODEL})
        chat = OpenAIChat.from_settings(own)
        # Every answer may be looked at twice here, so that the table has what a second look does.
        grader = AnswerGrader(_NoReader(), Critic(chat), second_looks=1.0)
        start = time.perf_counter()
        graded = await grader.complete(REQUEST, READING)
        seconds = time.perf_counter() - start
        await chat.aclose()
        return Row(fault, graded, len(stub.chats), seconds, own.llm_budget_s)


async def spared(settings: Settings) -> Row:
    """An answer that comes while the breaker is open: after others have failed."""
    with serving(StubLLM(always=stubs.server_error())) as stub:
        own = settings.model_copy(update={"llm_base_url": stub.base_url, "llm_model": stubs.MODEL})
        chat = OpenAIChat.from_settings(own)
        grader = AnswerGrader(_NoReader(), Critic(chat))
        for _ in range(2):
            await grader.complete(REQUEST, READING)
        asked, start = len(stub.chats), time.perf_counter()
        graded = await grader.complete(REQUEST, READING)
        seconds = time.perf_counter() - start
        await chat.aclose()
        return Row("after five failures", graded, len(stub.chats) - asked, seconds, 0.1)


class _NoReader:
    async def read(self, request: GradeRequest) -> Reading:
        raise NotImplementedError

    async def read_many(self, requests: object) -> list[Reading]:
        raise NotImplementedError


async def measure(settings: Settings) -> list[Row]:
    """A row a fault; one after the other, so that times are a fault's own."""
    rows = [await met(fault, break_, settings) for fault, break_ in FAULTS.items()]
    return [*rows, await spared(settings)]


def main() -> None:
    """Measure and print."""
    set_up("error")
    with TemporaryDirectory() as folder:
        rows = asyncio.run(measure(Settings(data_dir=Path(folder))))
    print(f"{'fault':<30} critique score grade    flags              requests      time")
    for row in rows:
        print(row.line())
    sys.exit(0 if all(row.is_told for row in rows) else 1)


if __name__ == "__main__":
    main()
