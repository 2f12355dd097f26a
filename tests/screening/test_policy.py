"""A policy in the words of its bank: everything may be left out, and what does not fit is named."""

import json
from importlib.resources import files
from pathlib import Path

import pytest

from app.errors import InvalidInput
from app.screening.policy import DEFAULT_DOUBTS, MustHave
from app.screening.policy_file import (
    PolicyFile,
    load_policy,
    policy_from_json,
    policy_json,
    policy_of,
    resolved,
)
from app.screening.schemas import schema
from rubric.bank_file import load_bank
from rubric.ids import with_ids
from tests.builders import SHIPPED_BANK
from tests.screening.values import BANK, a_policy


def written(path: Path, text: str) -> PolicyFile:
    file = path / "policy.yaml"
    file.write_text(text)
    return load_policy(file)


def test_an_empty_policy_takes_every_question_the_banks_must_haves_and_no_cut(tmp_path: Path) -> None:
    policy = resolved(written(tmp_path, ""), BANK)
    assert policy.questions == ("store", "move", "guard")
    assert policy.must_haves == (MustHave(question_id="guard", criterion_id="c-iam"),)
    assert (policy.decline_below, policy.advance_from) == (None, None)
    assert policy.minimum_completeness == BANK.minimum_completeness
    assert policy.review == DEFAULT_DOUBTS


def test_questions_and_criteria_are_named_by_id_or_text(tmp_path: Path) -> None:
    policy = resolved(
        written(
            tmp_path,
            'questions: [store, "How do you guard it?"]\nweights: {"How do you store raw data?": 3}\n'
            "must_haves: [object storage, c-iam]\ncuts: {decline_below: 30, advance_from: 60}\n"
            "minimum_completeness: 50\nreview: [waiting]\n",
        ),
        BANK,
    )
    assert policy.questions == ("store", "guard")
    assert (policy.weight("store"), policy.weight("guard")) == (3, 1)
    assert [must.criterion_id for must in policy.must_haves] == ["c-s3", "c-iam"]
    assert policy_from_json(policy_json(policy)) == policy


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("sections: [Lakes]", "names the section 'Lakes'"),
        ('questions: ["How do you store raw dat?"]', "nearest is 'How do you store raw data"),
        ("questions: [move]\nweights: {store: 2}", "names the question 'store', which is not among those that count"),
        ("must_haves: [c-none]", "names the criterion 'c-none'"),
        ("cuts: {decline_below: 70, advance_from: 60}", "swap them"),
    ],
)
def test_what_the_bank_does_not_have_is_named(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(InvalidInput, match=what):
        resolved(written(tmp_path, text), BANK)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("weights: {store: 0}", "weights.store"),
        ("weights: {store: 1.5}", "weights.store"),
        ("cut: 3", "cut: Extra inputs"),
        ("cuts: {advance_from: 101}", "cuts.advance_from"),
        ("review: [everything]", "review.0"),
        ("[1, 2]", "a policy has sections"),
        ("a: [", "is no YAML"),
        ("!!python/object/apply:os.system ['true']", "is no YAML"),
    ],
)
def test_what_is_no_policy_is_refused_by_its_field(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(InvalidInput, match=what):
        written(tmp_path, text)


def test_the_published_schema_is_that_of_the_file() -> None:
    published = {key: value for key, value in schema("policy").items() if key not in {"$schema", "title"}}
    assert published == {key: value for key, value in PolicyFile.model_json_schema().items() if key != "title"}
    assert json.loads(json.dumps(policy_of({}, source="x").model_dump(mode="json")))["cuts"] == {
        "decline_below": None,
        "advance_from": None,
    }


def test_the_policy_of_the_example_fits_the_bundled_bank() -> None:
    bank = with_ids(load_bank(SHIPPED_BANK), None)
    with files("app.screening.examples").joinpath("policy.yaml").open("rb") as stream:
        path = Path(stream.name)
    policy = resolved(load_policy(path), bank)
    assert len(policy.questions) == 10
    assert max(policy.weights.values()) == 2


def test_a_weight_of_one_is_none_at_all() -> None:
    assert a_policy(weights={"store": 1}) == a_policy()
