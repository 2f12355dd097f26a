"""Other rules for a screening: chosen with a form, looked at with whom they would flip, then put in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from app.access.principal import OperatorOnly
from app.errors import Conflict, InvalidInput
from app.screening.policy import Doubt
from app.screening.policy_file import MOST_WEIGHT, PolicyFile, policy_of
from app.screening.screening import Screening
from app.screening.service import Change
from app.web import screening_view as view
from app.web.screenings import LARGEST_FORM, MOST_FIELDS
from app.web.services import Desk
from app.web.templating import page
from rubric.bank import Bank, Question

FLIPS_SHOWN = 200
_NUMBERS = {
    "decline_below": "Propose to decline below",
    "advance_from": "Propose to advance from",
    "minimum_completeness": "Rank from",
}
router = APIRouter(prefix="/screenings/{screening_id}/rules", include_in_schema=False, max_body_size=LARGEST_FORM)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the form shows as chosen.

    Attributes:
        weights: By question id; what was typed, whatever it is.
        numbers: The cuts and the completeness, as typed.
    """

    questions: frozenset[str]
    must_haves: tuple[str, ...]
    doubts: frozenset[str]
    weights: Mapping[str, str]
    numbers: Mapping[str, str]


@router.get("")
async def rules_page(request: Request, desk: Desk, _: OperatorOnly, screening_id: str) -> Response:
    """The rules in force, to be changed."""
    screening = await desk.screenings.load(screening_id)
    bank = await desk.screenings.bank(screening)
    return _page(request, screening, bank, _in_force(screening))


@router.post("/preview")
async def look(request: Request, desk: Desk, _: OperatorOnly, screening_id: str) -> Response:
    """Whom the chosen rules would flip; nothing is changed."""
    screening = await desk.screenings.load(screening_id)
    bank = await desk.screenings.bank(screening)
    chosen = _chosen(await request.form(max_fields=MOST_FIELDS), bank)
    try:
        change = await desk.screenings.change(await desk.screenings.proposed(screening_id, _policy(chosen)))
    except (InvalidInput, Conflict) as error:
        return _page(request, screening, bank, chosen, error=str(error))
    return _page(request, screening, bank, chosen, change=change)


@router.post("")
async def adopt(request: Request, desk: Desk, _: OperatorOnly, screening_id: str) -> Response:
    """Put the rules in force that were looked at; where others are by now, they are to be looked at again."""
    screening = await desk.screenings.load(screening_id)
    bank = await desk.screenings.bank(screening)
    form = await request.form(max_fields=MOST_FIELDS)
    chosen = _chosen(form, bank)
    try:
        change = await desk.screenings.change(await desk.screenings.proposed(screening_id, _policy(chosen)))
        if form.get("version") != str(screening.version):
            raise Conflict("Somebody changed the rules meanwhile; look again at whom yours would flip.")
        await desk.screenings.adopt(change)
    except (InvalidInput, Conflict) as error:
        return _page(request, screening, bank, chosen, error=str(error))
    return RedirectResponse(f"/screenings/{screening_id}?done=rules", 303)


def _page(
    request: Request, screening: Screening, bank: Bank, chosen: Chosen, *, change: Change | None = None, error: str = ""
) -> Response:
    flips = change.flips if change is not None else None
    return page(
        request,
        "screening_rules.html",
        422 if error else 200,
        screening=screening,
        sections=[(one.title, _gradable(one.questions)) for one in bank.sections if _gradable(one.questions)],
        chosen=chosen,
        numbers=_NUMBERS.items(),
        doubts=[(doubt.value, view.doubt_words(doubt.value)) for doubt in Doubt],
        most_weight=MOST_WEIGHT,
        change=change,
        is_same=change is not None and change.screening.policy == screening.policy,
        flips=flips.proposals[:FLIPS_SHOWN] if flips is not None else (),
        proposals=view.PROPOSALS,
        rules=view.rules(change.screening, bank) if change is not None else None,
        error=error,
    )


def _in_force(screening: Screening) -> Chosen:
    policy = screening.policy
    numbers = {name: getattr(policy, name) for name in _NUMBERS}
    return Chosen(
        questions=frozenset(policy.questions),
        must_haves=tuple(must.criterion_id for must in policy.must_haves),
        doubts=frozenset(doubt.value for doubt in policy.review),
        weights={id_: str(weight) for id_, weight in policy.weights.items()},
        numbers={name: "" if value is None else str(value) for name, value in numbers.items()},
    )


def _chosen(form: FormData, bank: Bank) -> Chosen:
    def ticked(name: str) -> frozenset[str]:
        return frozenset(value for value in form.getlist(name) if isinstance(value, str))

    def typed(name: str) -> str:
        value = form.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    questions, musts = ticked("question"), ticked("must_have")
    weights = {question.id: typed(f"weight-{question.id}") for question in bank.questions()}
    inside = [one.id for question in bank.questions() if question.id in questions for one in question.criteria]
    return Chosen(
        questions=questions,
        # What a question asks for that does not count is asked of nobody.
        must_haves=tuple(id_ for id_ in inside if id_ in musts),
        doubts=ticked("doubt"),
        weights={id_: weight for id_, weight in weights.items() if weight},
        numbers={name: typed(name) for name in _NUMBERS},
    )


def _policy(chosen: Chosen) -> PolicyFile:
    """The rules that were chosen.

    Raises:
        InvalidInput: No question was, or a number is none.
    """
    if not chosen.questions:
        raise InvalidInput("Choose at least one question that counts.")
    numbers = {name: _number(given, _NUMBERS[name], 0, 100) for name, given in chosen.numbers.items()}
    weights = {
        id_: _number(given, "Weight", 1, MOST_WEIGHT)
        for id_, given in chosen.weights.items()
        if id_ in chosen.questions
    }
    return policy_of(
        {
            "questions": sorted(chosen.questions),
            "weights": weights,
            "must_haves": list(chosen.must_haves),
            "cuts": {name: numbers[name] for name in ("decline_below", "advance_from")},
            "minimum_completeness": numbers["minimum_completeness"],
            "review": [doubt for doubt in Doubt if doubt.value in chosen.doubts],
        },
        source="The rules",
    )


def _number(given: str, label: str, least: int, most: int) -> int | None:
    if not given:
        return None
    if not (given.isascii() and given.isdecimal() and len(given) <= len(str(most)) and least <= int(given) <= most):
        raise InvalidInput(f"{label}: give a whole number from {least} to {most:,}.")
    return int(given)


def _gradable(questions: Sequence[Question]) -> list[Question]:
    return [question for question in questions if question.criteria]
