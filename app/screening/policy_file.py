"""A policy as people write it: a YAML file in the words of the bank, checked against the bank it is for."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from app.errors import InvalidInput
from app.screening.mapping import QuestionNames
from app.screening.policy import DEFAULT_DOUBTS, Doubt, MustHave, Policy
from rubric.bank import Bank, Question

MAX_BYTES = 1_000_000
Percent = Annotated[int, Field(ge=0, le=100)]
MOST_WEIGHT = 1000
Weight = Annotated[int, Field(ge=1, le=MOST_WEIGHT)]
T = TypeVar("T")
_POLICY = TypeAdapter(Policy)


class Cuts(BaseModel):
    """Where proposals begin, in percent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    decline_below: Percent | None = None
    advance_from: Percent | None = None


class PolicyFile(BaseModel):
    """The file; everything may be left out. Questions and criteria are named by id or by their exact text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sections: list[str] = Field([], description="Titles of the sections that count; all where none is named.")
    questions: list[str] = Field([], description="Questions that count; all of the sections where none is named.")
    weights: dict[str, Weight] = Field({}, description="Questions that weigh other than 1.")
    must_haves: list[str] | None = Field(
        None, description="Criteria that must be covered; those that the bank calls so where this is left out."
    )
    cuts: Cuts = Cuts()
    minimum_completeness: Percent | None = Field(
        None, description="Percent of the questions to be answered before anybody is ranked; the bank's where left out."
    )
    review: list[Doubt] = Field(list(DEFAULT_DOUBTS), description="Doubts that leave a proposal to people.")


def load_policy(path: Path) -> PolicyFile:
    """The policy of a YAML file.

    Raises:
        InvalidInput: It can't be read or is no policy; names the field.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"The policy {path} cannot be read ({error.strerror}); check --policy.") from error
    if len(data) > MAX_BYTES:
        raise InvalidInput(f"{path} is larger than a policy can be ({MAX_BYTES:,} bytes).")
    try:
        value = yaml.safe_load(data.decode("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(f"{path} is no YAML: {' '.join(str(error).split())}.") from error
    return policy_of({} if value is None else value, source=str(path))


def policy_of(value: Any, *, source: str) -> PolicyFile:  # noqa: ANN401 (decoded YAML or JSON)
    """The policy that decoded YAML or JSON describes.

    Raises:
        InvalidInput: It is none; names the field.
    """
    try:
        return PolicyFile.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole of it"
        known = ", ".join(PolicyFile.model_fields)
        raise InvalidInput(f"{source}, {where}: {first['msg']}; a policy has {known}.") from error


def resolved(file: PolicyFile, bank: Bank) -> Policy:
    """The policy in the ids of this bank.

    Raises:
        InvalidInput: It names a section, question or criterion that the bank does not have, or its cuts cross.
    """
    questions = _questions(file, bank)
    names = QuestionNames(questions)
    weights = {
        _found(names.find(name), name, "question", _names_of(questions)): weight
        for name, weight in file.weights.items()
    }
    cuts = file.cuts
    if cuts.decline_below is not None and cuts.advance_from is not None and cuts.decline_below > cuts.advance_from:
        raise InvalidInput(
            f"cuts: decline_below ({cuts.decline_below}) lies above advance_from ({cuts.advance_from}); swap them."
        )
    completeness = file.minimum_completeness
    return Policy(
        questions=tuple(question.id for question in questions),
        weights={id_: weight for id_, weight in weights.items() if weight != 1},
        must_haves=_must_haves(file.must_haves, questions),
        decline_below=cuts.decline_below,
        advance_from=cuts.advance_from,
        minimum_completeness=bank.minimum_completeness if completeness is None else completeness,
        review=tuple(dict.fromkeys(file.review)),
    )


def as_written(policy: Policy) -> PolicyFile:
    """The policy as a file would say it, to be resolved against another version of its bank."""
    return PolicyFile(
        questions=list(policy.questions),
        weights=dict(policy.weights),
        must_haves=[must.criterion_id for must in policy.must_haves],
        cuts=Cuts(decline_below=policy.decline_below, advance_from=policy.advance_from),
        minimum_completeness=policy.minimum_completeness,
        review=list(policy.review),
    )


def policy_json(policy: Policy) -> str:
    """The policy as it is kept."""
    return _POLICY.dump_json(policy).decode()


def policy_from_json(content: str) -> Policy:
    """The policy that was kept."""
    return _POLICY.validate_json(content)


def policy_record(policy: Policy) -> Mapping[str, Any]:
    """The policy as plain values."""
    record: Mapping[str, Any] = _POLICY.dump_python(policy, mode="json")
    return record


def _questions(file: PolicyFile, bank: Bank) -> list[Question]:
    titles = [section.title for section in bank.sections]
    for title in file.sections:
        _found(title if title in titles else None, title, "section", titles)
    inside = [
        question
        for section in bank.sections
        if not file.sections or section.title in file.sections
        for question in section.questions
    ]
    names = QuestionNames(inside)
    wanted = {_found(names.find(name), name, "question", _names_of(inside)) for name in file.questions}
    chosen = [question for question in inside if not wanted or question.id in wanted]
    for question in chosen:
        if not question.criteria:
            raise InvalidInput(
                f"The question {question.id} has no criteria, so its answers can't be graded; "
                "add some and import the bank again, or leave it out of the policy."
            )
    return chosen


def _must_haves(named: Sequence[str] | None, questions: Sequence[Question]) -> tuple[MustHave, ...]:
    every = [(question, criterion) for question in questions for criterion in question.criteria]
    if named is None:
        return tuple(MustHave(question_id=q.id, criterion_id=c.id) for q, c in every if c.must_have)
    by_name: dict[str, MustHave] = {}
    for question, criterion in every:
        must = MustHave(question_id=question.id, criterion_id=criterion.id)
        by_name.setdefault(" ".join(criterion.text.split()), must)
        by_name[criterion.id] = must
    texts = [criterion.text for _, criterion in every]
    return tuple(dict.fromkeys(_found(by_name.get(" ".join(name.split())), name, "criterion", texts) for name in named))


def _names_of(questions: Iterable[Question]) -> list[str]:
    return [name for question in questions for name in (question.id, question.text)]


def _found(found: T | None, name: str, kind: str, known: Sequence[str]) -> T:
    if found is None:
        near = get_close_matches(name, known, n=1, cutoff=0.5)
        hint = f"; the nearest is {near[0]!r}" if near else ""
        raise InvalidInput(f"The policy names the {kind} {name!r}, which is not among those that count{hint}.")
    return found
