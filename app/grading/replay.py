"""A grade computed again from what was kept with it, and what came out other.

First without a model: the recorded features through the head, the recorded judgements through the ledger; the record
must come out equal to the byte. Then the text is measured again, and each feature must be what it was to 1e-4.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from app.grading.answer_grader import Reader, cleaned, stopped
from app.grading.entailment import ENTAILMENT_PROVENANCE, recorded_inferences, weighed
from app.grading.grader import GradeRequest
from app.grading.grounds import Grounds, recorded_spans, recorded_values
from app.grading.head import DEFAULT_HEAD, SEGMENT_HEAD, Head, load_head
from app.grading.ledger import fuse
from app.grading.outcome import DECISION, Graded, Reading
from app.grading.precheck import precheck
from app.grading.record import from_record, to_record
from app.grading.semantic import concluded
from prompts.inputs import CritiqueInputs
from prompts.loader import template_sha256

TOLERANCE = 1e-4
"""Two features that differ by more were not measured alike."""
_ROUNDING = 1e-9
READING_PROVENANCE = (
    "embedder",
    "embedder_sha256",
    "head",
    "head_sha256",
    "vector_ids",
    "reading",
    *ENTAILMENT_PROVENANCE,
)
_MACHINE = ("verdict", "credit", "probability", "source")

Record = Mapping[str, Any]


class CannotReplay(Exception):
    """The record holds too little, or something else than this version of Viva wrote; its text says what."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is other than it was; `where` names the criterion and the key or feature."""

    where: str
    was: Any
    now: Any

    @property
    def sentence(self) -> str:
        """The difference on one line."""
        if isinstance(self.was, float) and isinstance(self.now, float):
            return f"{self.where} was {self.was:g}, now {self.now:g} (by {abs(self.was - self.now):.4f})"
        return f"{self.where} was {_shown(self.was)}, now {_shown(self.now)}"


@dataclass(frozen=True, slots=True)
class Installed:
    """What would grade now, to be told apart from what graded then.

    Attributes:
        model: The chat model; None where none is configured.
        bank_sha256: Of the newest version of the grade's bank; None where the grade has no bank.
    """

    model: str | None = None
    bank_sha256: str | None = None


def recompute(record: Record, request: GradeRequest) -> dict[str, Any]:
    """The record once more, from its features and judgements; what only its writer knew is carried over.

    Args:
        record: A graded record of schema 1.
        request: What was graded.

    Raises:
        CannotReplay: The record does not hold what is needed.
    """
    outcome = _graded(record)
    request = cleaned(request)
    again = to_record(
        fuse(request, _reading(record, request), outcome.critique), grade_id=record["grade_id"], row_id=record["id"]
    )
    return _like(record, {**again, "provenance": _like(record["provenance"], again["provenance"])})


def differences(record: Record, again: Record) -> tuple[Difference, ...]:
    """What of a record came out other; where a person decided, the machine's part is compared.

    Viva's own version is left to `others`.
    """
    if DECISION in record["provenance"] or any("machine" in line for line in record["criteria"]):
        return tuple(_machine_differences(record, again))
    return tuple(_differ("", _compared(record), _compared(again)))


def others(record: Record, installed: Installed) -> tuple[str, ...]:
    """What is installed now and is another than the one that graded; empty when all is the same."""
    told = record["provenance"]
    head = _head(record)
    found = []
    if told.get("head_sha256", head.sha256) != head.sha256:
        found.append(f"The head is another one: {told['head']} then, {head.name} now.")
    if "prompt_sha256" in told:
        if installed.model is not None and told["model"] != installed.model:
            found.append(f"The chat model is another one: {told['model']} then, {installed.model} now.")
        if told["prompt_sha256"] != template_sha256(CritiqueInputs):
            then = f"{told['prompt']} v{told['prompt_version']}"
            found.append(f"The prompt is another one: {then} then, critique v{CritiqueInputs.version} now.")
    if installed.bank_sha256 is not None and told.get("bank_sha256") not in {None, installed.bank_sha256}:
        found.append(
            f"The bank {told['bank']} has a newer version than the {told['bank_version']} that was graded with."
        )
    viva = version("viva")
    if told.get("viva") != viva:
        found.append(f"Viva is another one: {told.get('viva')} then, {viva} now.")
    return tuple(found)


async def measured_again(record: Record, request: GradeRequest, reader: Reader) -> tuple[Difference, ...]:
    """What is other when the text is embedded and measured once more; features within 1e-4 are the same.

    Raises:
        CannotReplay: Another embedder or other features are installed now.
        VectorStoreError: The embedder is not there.
    """
    kept = record["provenance"].get("reading")
    if kept is None:
        return ()
    reading = await reader.read(cleaned(request))
    fresh = reading.provenance
    then = record["provenance"]
    if fresh["embedder_sha256"] != then["embedder_sha256"]:
        raise CannotReplay(f"The embedder is another one: {then['embedder']} then, {fresh['embedder']} now.")
    now = fresh["reading"]
    if now["features"] != kept["features"]:
        raise CannotReplay("The features are others than those that were measured then.")
    found = []
    for line, values, again in zip(record["criteria"], kept["values"], now["values"], strict=True):
        pairs = zip(kept["features"], values, again, strict=True)
        found += [
            Difference(f"criterion {line['id']}: {name}", was, value)
            for name, was, value in pairs
            if abs(was - value) > TOLERANCE + _ROUNDING
        ]
    return tuple(found)


def _graded(record: Record) -> Graded:
    try:
        outcome = from_record(record)
    except (KeyError, ValueError, TypeError) as error:
        raise CannotReplay(f"The record can't be read ({type(error).__name__}).") from error
    if not isinstance(outcome, Graded):
        raise CannotReplay(f"It has no grade: {outcome.reason}.")
    return outcome


def _head(record: Record) -> Head:
    name = str(record["provenance"].get("head", ""))
    return load_head(SEGMENT_HEAD if name.startswith(f"{SEGMENT_HEAD}/") else DEFAULT_HEAD)


def _reading(record: Record, request: GradeRequest) -> Reading:
    told = record["provenance"]
    if "reading" not in told:
        reason = precheck(request)
        if reason is None:
            raise CannotReplay("It was graded before Viva kept what a reading rests on; its reading can't be replayed.")
        return stopped(request, reason)
    head = _head(record)
    try:
        spans = recorded_spans(told["reading"], request)
        values = recorded_values(told["reading"])
        inferences = recorded_inferences(told)
        languages = tuple(str(language) for language in told["reading"].get("languages", ()))
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise CannotReplay(
            f"What was kept of its reading does not fit what is installed or the answer ({type(error).__name__})."
        ) from error
    if len(spans) != len(request.criteria) or (values is not None and len(values) != len(request.criteria)):
        raise CannotReplay("It was graded with another number of criteria than the question has.")
    fits = head.file.name != SEGMENT_HEAD and head.fits(told["embedder_sha256"])
    grounds = Grounds(values, lambda index: spans[index], is_calibrated=fits, languages=languages)
    reading = weighed(concluded(request, grounds, head), inferences)
    # The head is named as it is now: that it is another one must show.
    now = {"head": head.name, "head_sha256": head.sha256}
    kept = {key: now.get(key, told[key]) for key in READING_PROVENANCE if key in told}
    return Reading(
        criteria=reading.criteria, flags=reading.flags, review_reasons=reading.review_reasons, provenance=kept
    )


def _like(model: Record, made: Record) -> dict[str, Any]:
    """What was made, in the order of the model; what only the model has is carried over."""
    return {
        **{key: made.get(key, value) for key, value in model.items()},
        **{k: made[k] for k in made if k not in model},
    }


def _compared(record: Record) -> Record:
    told = {key: value for key, value in record["provenance"].items() if key not in {"measured", "viva"}}
    return {**{key: value for key, value in record.items() if key != "grade_id"}, "provenance": told}


def _machine_differences(record: Record, again: Record) -> list[Difference]:
    found = []
    for line, fresh in zip(record["criteria"], again["criteria"], strict=True):
        then = line.get("machine", line)
        found += [
            Difference(f"criterion {line['id']}: {key}", then[key], fresh[key])
            for key in _MACHINE
            if key in then and then[key] != fresh[key]
        ]
    return found


def _differ(where: str, was: Any, now: Any) -> list[Difference]:  # noqa: ANN401 - JSON values have no narrower type
    """The innermost places where two JSON values differ, in their bytes."""
    if json.dumps(was, ensure_ascii=False) == json.dumps(now, ensure_ascii=False):
        return []
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        name = f"criterion {was['id']}" if where == "criteria" else where
        keys = dict.fromkeys([*was, *now])
        found = [_differ(f"{name}: {key}" if name else key, was.get(key), now.get(key)) for key in keys]
        return [one for several in found for one in several]
    if where == "criteria" and len(was) == len(now):
        return [found for one, other in zip(was, now, strict=True) for found in _differ(where, one, other)]
    return [Difference(where, was, now)]


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
