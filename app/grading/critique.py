"""The LLM's verdicts on one answer: asked for in one request, then checked word by word.

The model quotes, reasons and picks a verdict from a closed menu; it never gives a number, and nothing it says is
believed unchecked. What may change a mark is decided elsewhere (`app.grading.ledger`).
"""

import asyncio
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from app.errors import LLMError, LLMUnavailable, LLMUnparseable
from app.grading.decoys import place
from app.grading.exemplars import Exemplar
from app.grading.graded_examples import graded_examples
from app.grading.grader import GradeRequest
from app.grading.normalise import clean
from app.grading.outcome import Critique, Judgement
from app.grading.quotes import QuoteFinder
from app.grading.second_look import joined
from app.llm.chat import ChatMessage, ChatModel, Completion, StructuredRequest, Usage
from app.llm.prices import Prices
from app.llm.reply_cache import ReplyCache, ReplyKey, key_of
from app.llm.single_flight import SingleFlight
from app.telemetry.chat_requests import paid
from prompts.inputs import CritiqueInputs
from prompts.loader import RenderedPrompt, render
from rubric.criteria import Criterion, Verdict

MENU = (Verdict.COVERED, Verdict.PARTIAL, Verdict.MISSING, Verdict.CONTRADICTED)
_Menu = tuple[Verdict, ...]
MOST_AT_ONCE = 12
CHUNK = 8
SECOND = 1
"""Which taking of its question a second look is."""
BASE_TOKENS = 400
TOKENS_PER_CRITERION = 90
MAX_SENT_CHARS = 24_000
MAX_FEEDBACK_WORDS = 40
MAX_ITEMS = 3
MAX_ITEM_WORDS = 12
MAX_REASON_WORDS = 30
DECOY_MARKED = "a point of another question was marked as met, so none of its verdicts can be trusted"
CUT = "\n[…]\n"


@dataclass(frozen=True, slots=True)
class _Chunk:
    """The criteria of one request by their opaque ids; the decoy's id where there is one."""

    criteria: Mapping[str, Criterion]
    rubric: tuple[tuple[str, str], ...]
    decoy: str | None

    @property
    def ids(self) -> tuple[str, ...]:
        """Of all that is asked, in order."""
        return tuple(key for key, _ in self.rubric)


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
    """One request's reply, checked.

    Attributes:
        is_whole: Whether every id, the decoy's too, has one clear verdict, and the decoy's is an honest one.
    """

    judgements: tuple[Judgement, ...]
    decoy_marked: bool
    is_whole: bool
    remarks: _Remarks
    completion: Completion


class Critic:
    """Judges answers with a chat model; never raises for what the model does."""

    def __init__(
        self,
        chat: ChatModel,
        *,
        second: ChatModel | None = None,
        cache: ReplyCache | None = None,
        endpoint: str = "",
        prices: Prices | None = None,
    ) -> None:
        """A critic.

        Args:
            chat: Judges.
            second: Judges once more what `judge_again` is asked; by default the same model.
            cache: Remembers whole replies; without one every answer is asked about.
            endpoint: Where the model is, so that replies of another place are not taken for its own.
            prices: Of the model's tokens; None where nobody said.
        """
        self._chat = chat
        self._second = second or chat
        self._cache = cache
        self._endpoint = endpoint
        self._prices = prices
        self._flights: SingleFlight[Completion] = SingleFlight()

    async def judge(self, request: GradeRequest, exemplars: Sequence[Exemplar] = ()) -> Critique:
        """The critique of an answer: one request, or over 12 criteria one for each 8 of them, at the same time.

        A failure of any of them makes the whole critique "failed"; `request.decoy` marked as met makes it "void".
        What is asked does not depend on the order of the request's criteria.
        """
        return await self._judge(self._chat, request, exemplars, MENU, take=0)

    async def judge_again(
        self, request: GradeRequest, first: Critique, criteria: Collection[str], exemplars: Sequence[Exemplar] = ()
    ) -> Critique:
        """The critique after these criteria (by id) were judged once more: verdicts in reverse order, another seed.

        See `app.grading.second_look.joined` for what becomes of the two.
        """
        asked = replace(request, criteria=tuple(one for one in request.criteria if one.id in criteria))
        second = await self._judge(self._second, asked, exemplars, MENU[::-1], take=SECOND)
        return joined(first, second, is_independent=self.has_second_model)

    @property
    def has_second_model(self) -> bool:
        """Whether another model than the first gives the second look."""
        return self._second.name != self._chat.name

    async def _judge(
        self, chat: ChatModel, request: GradeRequest, exemplars: Sequence[Exemplar], menu: _Menu, take: int
    ) -> Critique:
        finder = QuoteFinder(request.parts, request.question)
        chunks = _chunks(request)
        prompts = [render(_inputs(request, chunk, exemplars)) for chunk in chunks]
        asked = [_structured(prompt, chunk, menu, take) for prompt, chunk in zip(prompts, chunks, strict=True)]
        tasks = [self._judged(chat, request, chunk, finder) for request, chunk in zip(asked, chunks, strict=True)]
        results = await asyncio.gather(*tasks, return_exceptions=True)
        provenance = _identity(chat.name, prompts[0], _schema(chunks[0].ids, menu)[1], request, exemplars)
        judged: list[_Judged] = []
        errors: list[LLMError] = []
        for result in results:
            if isinstance(result, LLMError):
                errors.append(result)
            elif isinstance(result, BaseException):
                raise result
            else:
                judged.append(result)
        measured = self._measured([chunk.completion for chunk in judged], errors)
        if "cost" in measured:
            paid(chat.name, measured["cost"], measured["currency"])
        if errors:
            retry = isinstance(errors[0], LLMUnavailable)
            told = {**provenance, "measured": measured}
            return Critique(status="failed", reason=str(errors[0]), retry=retry, provenance=told)
        return _critique(request, judged, {**provenance, **_observed(judged), "measured": measured})

    async def _judged(self, chat: ChatModel, asked: StructuredRequest, chunk: _Chunk, finder: QuoteFinder) -> _Judged:
        key = key_of(asked, model=chat.name, endpoint=self._endpoint)
        completion, is_shared = await self._flights.run(key.id, lambda: self._completed(chat, asked, key))
        if is_shared:
            completion = replace(completion, usage=Usage(0, 0), requests=0, retries=0, probes=0)
        judged = _checked(completion, chunk, finder)
        if asked.take == SECOND and not judged.is_whole and not judged.decoy_marked:
            # What settles a doubt must leave none itself, the decoy included.
            raise _unusable("the second look is not whole", completion)
        if self._cache is not None and judged.is_whole and not completion.is_cached and not is_shared:
            await self._cache.keep(key, completion)
        return judged

    async def _completed(self, chat: ChatModel, asked: StructuredRequest, key: ReplyKey) -> Completion:
        found = await self._cache.find(key) if self._cache is not None else None
        return found or await chat.complete(asked)

    def _measured(self, completions: Sequence[Completion], errors: Sequence[LLMError]) -> dict[str, Any]:
        """What it took: requests by their reason, time and tokens, and money where prices are known."""
        spent = [*(_spent(completion) for completion in completions), *(error.measured for error in errors)]
        usage = Usage(
            input_tokens=sum(entry.get("input_tokens", 0) for entry in spent),
            output_tokens=sum(entry.get("output_tokens", 0) for entry in spent),
            is_estimated=any(entry.get("tokens_estimated", False) for entry in spent),
        )
        return {
            **{name: sum(entry.get(name, 0) for entry in spent) for name in ("requests", "retries", "probes")},
            "cached": bool(completions) and not errors and all(completion.is_cached for completion in completions),
            "latency_ms": round(max((entry.get("latency_ms", 0.0) for entry in spent), default=0.0), 1),
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            **({"tokens_estimated": True} if usage.is_estimated else {}),
            **({"cost": self._prices.cost(usage), "currency": self._prices.currency} if self._prices else {}),
        }


def _checked(completion: Completion, chunk: _Chunk, finder: QuoteFinder) -> _Judged:
    """The reply about a chunk, checked.

    Raises:
        LLMUnparseable: It lists no criteria.
    """
    items = completion.value.get("criteria")
    if not isinstance(items, list):
        raise _unusable("the chat model's reply lists no criteria", completion)
    verdicts = _by_id(items)
    judgements = tuple(
        _judgement(criterion.id, verdicts.get(key, []), finder) for key, criterion in chunk.criteria.items()
    )
    marks = [item.verdict for item in verdicts.get(chunk.decoy or "", [])]
    marked = any(verdict in {Verdict.COVERED, Verdict.PARTIAL} for verdict in marks)
    has_honest_decoy = chunk.decoy is None or (len(marks) == 1 and marks[0] in MENU and not marked)
    return _Judged(
        judgements=judgements,
        decoy_marked=marked,
        is_whole=has_honest_decoy and all(judgement.verdict is not None for judgement in judgements),
        remarks=_remarks(completion.value),
        completion=completion,
    )


def _unusable(told: str, completion: Completion) -> LLMUnparseable:
    error = LLMUnparseable(told)
    error.measured = _spent(completion)
    return error


@lru_cache(maxsize=256)
def _schema(ids: tuple[str, ...], menu: _Menu) -> tuple[Mapping[str, Any], str]:
    """The schema and its sha256, made once: requests of equally many criteria share it."""
    schema = verdict_schema(ids, menu)
    return schema, hashlib.sha256(json.dumps(schema, sort_keys=True).encode("utf-8")).hexdigest()


def verdict_schema(ids: Sequence[str], menu: Sequence[Verdict] = MENU) -> dict[str, Any]:
    """The JSON Schema of a reply about these ids, in the subset strict structured output allows.

    Quote and reason stand before the verdict, so that the model looks before it decides.
    """
    item = _object(
        {
            "id": {"type": "string", "enum": list(ids)},
            "quote": {"type": "string"},
            "reason": {"type": "string"},
            "verdict": {"type": "string", "enum": [verdict.value for verdict in menu]},
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


def _inputs(request: GradeRequest, chunk: _Chunk, exemplars: Sequence[Exemplar]) -> CritiqueInputs:
    return CritiqueInputs(
        question=request.question,
        rubric=chunk.rubric,
        answer=[sendable(part) for part in request.parts],
        examples=graded_examples(
            exemplars,
            keys={criterion.text: key for key, criterion in chunk.criteria.items()},
            rubric=[criterion.text for criterion in request.criteria],
        ),
        language=request.language,
    )


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


def _structured(prompt: RenderedPrompt, chunk: _Chunk, menu: _Menu, take: int) -> StructuredRequest:
    return StructuredRequest(
        messages=tuple(ChatMessage(message.role, message.content) for message in prompt.messages),
        schema_name="critique",
        schema=_schema(chunk.ids, menu)[0],
        max_tokens=BASE_TOKENS + TOKENS_PER_CRITERION * len(chunk.rubric),
        take=take,
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
        provenance=provenance,
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
    schema_sha256: str,
    request: GradeRequest,
    exemplars: Sequence[Exemplar],
) -> dict[str, Any]:
    return {
        "model": model,
        "prompt": prompt.name,
        "prompt_version": prompt.version,
        "prompt_sha256": prompt.sha256,
        "schema_sha256": schema_sha256,
        "language": request.language,
        "decoy": bool(request.decoy),
        "decoy_text": request.decoy or None,
        "exemplars": [exemplar.id for exemplar in exemplars],
    }


def _observed(judged: Sequence[_Judged]) -> dict[str, Any]:
    """What the model and its server said."""
    completions = [chunk.completion for chunk in judged]
    first = completions[0]
    return {
        "returned_model": clean(first.returned_model).text,
        "system_fingerprint": clean(first.system_fingerprint or "").text or None,
        "output_mode": first.output_mode,
        "raw_replies": [clean(completion.text).text for completion in completions],
    }


def _spent(completion: Completion) -> dict[str, Any]:
    """What a reply took, as a failure tells it, too."""
    return {
        "requests": completion.requests,
        "retries": completion.retries,
        "probes": completion.probes,
        "latency_ms": completion.latency_ms,
        "input_tokens": completion.usage.input_tokens,
        "output_tokens": completion.usage.output_tokens,
        "tokens_estimated": completion.usage.is_estimated,
    }
