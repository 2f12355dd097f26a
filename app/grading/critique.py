"""The LLM's verdicts on one answer: asked for in one request, then checked word by word.

The model quotes, reasons and picks a verdict from a closed menu; it never gives a number, and nothing it says is
believed unchecked. What may change a mark is decided elsewhere (`app.grading.ledger`).
"""

import asyncio
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from app.errors import LLMError, LLMUnavailable, LLMUnparseable
from app.grading.decoys import place
from app.grading.exemplars import Exemplar
from app.grading.grader import GradeRequest
from app.grading.normalise import clean
from app.grading.outcome import Critique, Judgement
from app.grading.quotes import QuoteFinder
from app.llm.chat import ChatMessage, ChatModel, Completion, StructuredRequest
from prompts.inputs import CritiqueInputs, GradedExample
from prompts.loader import RenderedPrompt, render
from rubric.criteria import Criterion, Verdict

MENU = (Verdict.COVERED, Verdict.PARTIAL, Verdict.MISSING, Verdict.CONTRADICTED)
MOST_AT_ONCE = 12
CHUNK = 8
BASE_TOKENS = 400
TOKENS_PER_CRITERION = 90
MAX_SENT_CHARS = 24_000
MAX_FEEDBACK_WORDS = 40
MAX_ITEMS = 3
MAX_ITEM_WORDS = 12
MAX_REASON_WORDS = 30
MAX_EXAMPLE_CHARS = 130
"""Of one exemplar as the model sees it: excerpt, note and, where it is no criterion of the rubric, the criterion."""
MAX_NOTE_CHARS = 40
MAX_FOREIGN_CRITERION_CHARS = 60
DECOY_MARKED = "a point of another question was marked as met, so none of its verdicts can be trusted"
CUT = "\n[…]\n"


@dataclass(frozen=True, slots=True)
class _Chunk:
    """The criteria of one request by their opaque ids; the decoy's id where there is one."""

    criteria: Mapping[str, Criterion]
    rubric: tuple[tuple[str, str], ...]
    decoy: str | None


class _Item(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    id: str
    quote: str | None = None
    reason: str | None = None
    verdict: str


class _Remarks(BaseModel):
    model_config = ConfigDict(extra="ignore")

    manipulation: bool = False
    feedback: str = ""
    strengths: list[str] = []
    gaps: list[str] = []
    misconceptions: list[str] = []
    unlisted: list[str] = []


@dataclass(frozen=True, slots=True)
class _Judged:
    """One request's reply, checked."""

    judgements: tuple[Judgement, ...]
    decoy_marked: bool
    remarks: _Remarks
    completion: Completion


class Critic:
    """Judges answers with a chat model; never raises for what the model does."""

    def __init__(self, chat: ChatModel) -> None:
        self._chat = chat

    async def judge(self, request: GradeRequest, exemplars: Sequence[Exemplar] = ()) -> Critique:
        """The critique of an answer: one request, or over 12 criteria one for each 8 of them, at the same time.

        A failure of any of them makes the whole critique "failed"; `request.decoy` marked as met makes it "void".
        What is asked does not depend on the order of the request's criteria.
        """
        finder = QuoteFinder(request.parts, request.question)
        chunks = _chunks(request)
        prompts = [render(_inputs(request, chunk, _examples(exemplars, chunk, request))) for chunk in chunks]
        asked = [_structured(prompt, chunk) for prompt, chunk in zip(prompts, chunks, strict=True)]
        tasks = [self._judged(request, chunk, finder) for request, chunk in zip(asked, chunks, strict=True)]
        results = await asyncio.gather(*tasks, return_exceptions=True)
        provenance = _identity(self._chat.name, prompts[0], asked[0], request, exemplars)
        judged: list[_Judged] = []
        for result in results:
            if isinstance(result, LLMError):
                retry = isinstance(result, LLMUnavailable)
                return Critique(status="failed", reason=str(result), retry=retry, provenance=provenance)
            if isinstance(result, BaseException):
                raise result
            judged.append(result)
        return _critique(request, judged, provenance)

    async def _judged(self, asked: StructuredRequest, chunk: _Chunk, finder: QuoteFinder) -> _Judged:
        completion = await self._chat.complete(asked)
        items = completion.value.get("criteria")
        if not isinstance(items, list):
            raise LLMUnparseable("the chat model's reply lists no criteria")
        verdicts = _by_id(items)
        judgements = tuple(
            _judgement(criterion.id, verdicts.get(key, []), finder) for key, criterion in chunk.criteria.items()
        )
        marked = [item.verdict for item in verdicts.get(chunk.decoy or "", [])]
        return _Judged(
            judgements=judgements,
            decoy_marked=any(verdict in {Verdict.COVERED, Verdict.PARTIAL} for verdict in marked),
            remarks=_remarks(completion.value),
            completion=completion,
        )


def verdict_schema(ids: Sequence[str]) -> dict[str, Any]:
    """The JSON Schema of a reply about these ids, in the subset strict structured output allows.

    Quote and reason stand before the verdict, so that the model looks before it decides.
    """
    item = _object(
        {
            "id": {"type": "string", "enum": list(ids)},
            "quote": {"type": "string"},
            "reason": {"type": "string"},
            "verdict": {"type": "string", "enum": [verdict.value for verdict in MENU]},
        }
    )
    texts = {"type": "array", "items": {"type": "string"}}
    return _object(
        {
            "criteria": {"type": "array", "items": item},
            "manipulation": {"type": "boolean"},
            "feedback": {"type": "string"},
            "strengths": texts,
            "gaps": texts,
            "misconceptions": texts,
            "unlisted": texts,
        }
    )


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _chunks(request: GradeRequest) -> list[_Chunk]:
    criteria = sorted(request.criteria, key=lambda criterion: (criterion.text, criterion.id))
    size = len(criteria) if len(criteria) <= MOST_AT_ONCE else CHUNK
    return [_chunk(criteria[start : start + size], request, start) for start in range(0, len(criteria), size)]


def _chunk(criteria: Sequence[Criterion], request: GradeRequest, start: int) -> _Chunk:
    """The criteria under opaque ids, with the decoy in a place that the rubric's revision decides."""
    texts: list[tuple[Criterion | None, str]] = [(criterion, criterion.text) for criterion in criteria]
    if request.decoy:
        texts.insert(place(request, start, len(texts)), (None, request.decoy))
    keyed = [(f"c{start + index}", criterion, text) for index, (criterion, text) in enumerate(texts)]
    return _Chunk(
        criteria={key: criterion for key, criterion, _ in keyed if criterion is not None},
        rubric=tuple((key, text) for key, _, text in keyed),
        decoy=next((key for key, criterion, _ in keyed if criterion is None), None),
    )


def _inputs(request: GradeRequest, chunk: _Chunk, examples: Sequence[GradedExample]) -> CritiqueInputs:
    return CritiqueInputs(
        question=request.question,
        rubric=chunk.rubric,
        answer=[sendable(part) for part in request.parts],
        examples=examples,
        language=request.language,
    )


def _examples(exemplars: Sequence[Exemplar], chunk: _Chunk, request: GradeRequest) -> list[GradedExample]:
    """Those of the exemplars that bear on this chunk, kept short; near criteria bear on every chunk."""
    keys = {criterion.text: key for key, criterion in chunk.criteria.items()}
    elsewhere = {criterion.text for criterion in request.criteria} - keys.keys()
    return [
        _example(exemplar, keys.get(exemplar.criterion))
        for exemplar in exemplars
        if exemplar.criterion not in elsewhere
    ]


def _example(exemplar: Exemplar, key: str | None) -> GradedExample:
    criterion = key or _within(exemplar.criterion, MAX_FOREIGN_CRITERION_CHARS)
    note = _within(exemplar.note, MAX_NOTE_CHARS)
    room = MAX_EXAMPLE_CHARS - len(criterion) - len(note)
    excerpt = _within(exemplar.excerpt, room)
    return GradedExample(criterion=criterion, excerpt=excerpt, verdict=exemplar.verdict.value, note=note)


def _within(text: str, most: int) -> str:
    """The text on one line, cut at a word where it is longer than `most` characters."""
    text = " ".join(clean(text).text.split())
    return text if len(text) <= most else text[: most - 1].rpartition(" ")[0] + "…"


def sendable(part: str) -> str:
    """The part as it is sent: head and tail of one longer than 24,000 characters, whose grade says so."""
    part = clean(part).text
    if len(part) <= MAX_SENT_CHARS:
        return part
    head = MAX_SENT_CHARS * 2 // 3
    return part[:head] + CUT + part[-(MAX_SENT_CHARS - head) :]


def is_too_long(request: GradeRequest) -> bool:
    """Whether the critique saw only head and tail of a part."""
    return any(len(part) > MAX_SENT_CHARS for part in request.parts)


def _structured(prompt: RenderedPrompt, chunk: _Chunk) -> StructuredRequest:
    return StructuredRequest(
        messages=tuple(ChatMessage(message.role, message.content) for message in prompt.messages),
        schema_name="critique",
        schema=verdict_schema([key for key, _ in chunk.rubric]),
        max_tokens=BASE_TOKENS + TOKENS_PER_CRITERION * len(chunk.rubric),
    )


def _by_id(items: Sequence[object]) -> dict[str, list[_Item]]:
    """The readable items by id; one that is not even of the right shape counts as not there."""
    found: dict[str, list[_Item]] = {}
    for item in items:
        try:
            read = _Item.model_validate(item)
        except ValidationError:
            continue
        found.setdefault(read.id, []).append(read)
    return found


def _judgement(criterion_id: str, items: Sequence[_Item], finder: QuoteFinder) -> Judgement:
    """The one judgement of a criterion; unjudged when it was dropped, given twice or off the menu."""
    if len(items) != 1 or items[0].verdict not in MENU:
        return Judgement(criterion_id=criterion_id, verdict=None, evidence=None, reason="")
    item = items[0]
    reason = _trimmed(item.reason or "", MAX_REASON_WORDS)
    return Judgement(
        criterion_id=criterion_id, verdict=Verdict(item.verdict), evidence=finder.find(item.quote or ""), reason=reason
    )


def _remarks(value: Mapping[str, Any]) -> _Remarks:
    """What was said beside the verdicts; a remark of the wrong shape is left out, as no mark depends on it."""
    try:
        return _Remarks.model_validate(value)
    except ValidationError as error:
        wrong = {fault["loc"][0] for fault in error.errors()}
        return _Remarks.model_validate({key: entry for key, entry in value.items() if key not in wrong})


def _critique(request: GradeRequest, judged: Sequence[_Judged], provenance: Mapping[str, Any]) -> Critique:
    by_criterion = {item.criterion_id: item for item in chain.from_iterable(chunk.judgements for chunk in judged)}
    void = any(chunk.decoy_marked for chunk in judged)
    remarks = [chunk.remarks for chunk in judged]
    return Critique(
        status="void" if void else "done",
        reason=DECOY_MARKED if void else None,
        judgements=tuple(by_criterion[criterion.id] for criterion in request.criteria),
        feedback=_trimmed(" ".join(remark.feedback for remark in remarks), MAX_FEEDBACK_WORDS),
        strengths=_items(remark.strengths for remark in remarks),
        gaps=_items(remark.gaps for remark in remarks),
        misconceptions=_items(remark.misconceptions for remark in remarks),
        unlisted=_items(remark.unlisted for remark in remarks),
        manipulation=any(remark.manipulation for remark in remarks),
        provenance={**provenance, **_observed([chunk.completion for chunk in judged])},
    )


def _items(lists: Iterable[Sequence[str]]) -> tuple[str, ...]:
    trimmed = (_trimmed(text, MAX_ITEM_WORDS) for text in chain.from_iterable(lists))
    return tuple(text for text in dict.fromkeys(trimmed) if text)[:MAX_ITEMS]


def _trimmed(text: str, most: int) -> str:
    words = clean(text).text.split()
    return " ".join(words) if len(words) <= most else " ".join(words[:most]) + "…"


def _identity(
    model: str,
    prompt: RenderedPrompt,
    asked: StructuredRequest,
    request: GradeRequest,
    exemplars: Sequence[Exemplar],
) -> dict[str, Any]:
    schema = json.dumps(asked.schema, sort_keys=True).encode("utf-8")
    return {
        "model": model,
        "prompt": prompt.name,
        "prompt_version": prompt.version,
        "prompt_sha256": prompt.sha256,
        "schema_sha256": hashlib.sha256(schema).hexdigest(),
        "language": request.language,
        "decoy": bool(request.decoy),
        "decoy_text": request.decoy or None,
        "exemplars": [exemplar.id for exemplar in exemplars],
    }


def _observed(completions: Sequence[Completion]) -> dict[str, Any]:
    """What the model and its server said, and under "measured" what it took."""
    first = completions[0]
    return {
        "returned_model": clean(first.returned_model).text,
        "system_fingerprint": clean(first.system_fingerprint or "").text or None,
        "output_mode": first.output_mode,
        "raw_replies": [clean(completion.text).text for completion in completions],
        "measured": {
            "requests": sum(completion.requests for completion in completions),
            "latency_ms": round(max(completion.latency_ms for completion in completions), 1),
            "input_tokens": _total(completion.usage.input_tokens for completion in completions),
            "output_tokens": _total(completion.usage.output_tokens for completion in completions),
        },
    }


def _total(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
