"""Whether a bank can be graded fairly."""

from dataclasses import replace
from typing import Any

import pytest

from app.banks.lint import Code, Finding, Severity, lint
from rubric.bank import Bank, Question, QuestionTranslation, Term
from rubric.bank_file import load_bank
from rubric.criteria import Criterion
from rubric.ids import with_ids
from tests.builders import SHIPPED_BANK, a_bank_of, a_question
from tests.fakes import HashEmbedder
from vectorstore.sentence_transformer import SentenceTransformerEmbedder


@pytest.fixture(scope="module")
def embedder() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder()


async def found(*questions: Question) -> list[Finding]:
    return await lint(with_ids(a_bank_of(*questions), None), HashEmbedder())


def texts_of(bank: Bank, ids: tuple[str, ...]) -> tuple[str, ...]:
    texts = {criterion.id: criterion.text for question in bank.questions() for criterion in question.criteria}
    return tuple(texts[id_] for id_ in ids)


async def test_a_well_made_bank_has_no_findings() -> None:
    assert await found(a_question("How do you keep raw data?", "In object storage.", "Partitioned by date.")) == []


async def test_a_question_without_criteria_is_an_error() -> None:
    (finding,) = await found(replace(a_question("Why?"), criteria=(), id="why"))
    assert (finding.code, finding.severity, finding.question_id) == (Code.NO_CRITERIA, Severity.ERROR, "why")


async def test_more_criteria_than_one_request_takes_are_too_many() -> None:
    points = [f"Point {chr(97 + n) * 5}." for n in range(13)]
    assert Code.MANY_CRITERIA in {finding.code for finding in await found(a_question("Why?", *points))}
    assert Code.MANY_CRITERIA not in {finding.code for finding in await found(a_question("Why?", *points[:12]))}


async def test_texts_too_long_to_keep_in_mind_are_found() -> None:
    long = a_question("Why " + "oh " * 60 + "?", "Because " + "so " * 30 + ".", id="why")
    assert [finding.code for finding in await found(long)] == [Code.LONG_QUESTION, Code.LONG_CRITERION]


async def test_a_criterion_of_two_points_is_found_with_a_way_to_split_it() -> None:
    (finding,) = await found(a_question("Safety?", "Encrypt the data and rotate the keys."))
    assert finding.code is Code.COMPOUND
    assert finding.remedy == "Split it: Encrypt the data / rotate the keys."


async def test_a_question_that_contains_its_own_answer_is_found() -> None:
    (finding,) = await found(a_question("Would you encrypt the bucket with KMS keys?", "Encrypt the bucket with KMS."))
    assert (finding.code, finding.severity) == (Code.OWN_ANSWER, Severity.WARNING)


async def test_a_question_that_gives_away_a_later_answer_is_worse_than_one_that_comes_after() -> None:
    telling = a_question("How does Athena query raw data in S3?", "Schema on read.", id="telling")
    asking = a_question("How is a lake read?", "Athena queries the data in S3.", id="asking")
    (before,) = await found(telling, asking)
    (after,) = await found(asking, telling)
    assert (before.code, before.severity, before.question_id) == (Code.GIVES_AWAY, Severity.WARNING, "telling")
    assert (after.code, after.severity, after.question_id) == (Code.GIVES_AWAY, Severity.NOTE, "telling")


async def test_one_criterion_twice_in_a_question_is_a_warning() -> None:
    (finding,) = await found(a_question("Why?", "Cheap object storage.", "cheap object storage."))
    assert (finding.code, finding.severity, len(finding.criterion_ids)) == (Code.TWINS, Severity.WARNING, 2)


async def test_a_bank_of_nothing_but_questions_is_linted_without_a_model() -> None:
    embedder = HashEmbedder()
    await lint(with_ids(a_bank_of(replace(a_question(), criteria=())), None), embedder)
    assert embedder.encoded == []


async def test_the_twins_of_the_shipped_bank_are_those_that_make_the_same_point(
    embedder: SentenceTransformerEmbedder,
) -> None:
    bank = with_ids(load_bank(SHIPPED_BANK), None)
    findings = await lint(bank, embedder)
    assert {texts_of(bank, finding.criterion_ids) for finding in findings if finding.code is Code.TWINS} == {
        (
            "DynamoDB: NoSQL database for high-throughput, low-latency applications.",
            "DynamoDB: NoSQL key-value store, highly scalable with millisecond latency.",
        ),
        ("Use S3 to store raw input data.", "Store raw data in S3."),
        (
            "Leverage Redshift Spectrum to query data in S3 without loading it.",
            "Use Amazon Redshift Spectrum to query data in S3 directly.",
        ),
        ("Check AWS CloudWatch logs for error details.", "Check CloudWatch logs for errors."),
        (
            "Use distribution keys and sort keys appropriately.",
            "Use sort keys and distribution keys effectively.",
        ),
        (
            "Use CloudTrail for auditing access to data.",
            "Use AWS CloudTrail for auditing and monitoring access to data.",
        ),
    }
    assert not [finding for finding in findings if finding.severity is Severity.ERROR]


async def test_a_paraphrase_within_a_question_is_found_by_the_bundled_model(
    embedder: SentenceTransformerEmbedder,
) -> None:
    question = a_question(
        "Why?", "Compress the data to save storage cost.", "Compressing data reduces the cost of storage."
    )
    findings = await lint(with_ids(a_bank_of(question), None), embedder)
    assert Code.TWINS in {finding.code for finding in findings}


@pytest.mark.parametrize(
    "told",
    [
        {"follow_up": "Would you encrypt the bucket with a KMS key?"},
        {"clarification": "Think of KMS: encrypt the whole bucket."},
        {"terms": (Term(term="KMS", gloss="what you encrypt a bucket with"),)},
        {"translations": {"de": QuestionTranslation(text="Wie?", follow_up="Verschlüsseln Sie den Bucket mit KMS?")}},
    ],
)
async def test_prepared_words_that_say_what_is_expected_are_found(told: dict[str, Any]) -> None:
    criterion = Criterion(text="Encrypt the bucket with KMS.", translations={"de": "Den Bucket mit KMS verschlüsseln."})
    (finding,) = await found(replace(a_question("How do you keep it safe?"), criteria=(criterion,), **told))
    assert (finding.code, finding.severity) == (Code.TOLD_ON_THE_WAY, Severity.WARNING)
    assert "Encrypt the bucket with KMS." in finding.sentence


async def test_a_clarification_that_says_what_a_later_question_asks_for_is_found() -> None:
    telling = replace(
        a_question("How do you query?", "Schema on read.", id="telling"), clarification="By S3 and Athena."
    )
    asking = a_question("What reads a lake?", "Athena, by S3.", id="asking")
    assert [finding.code for finding in await found(telling, asking)] == [Code.TOLD_ON_THE_WAY]
    assert await found(asking, telling) == []


async def test_a_neutral_follow_up_gives_nothing_away() -> None:
    question = a_question("How do you keep it safe?", "Encrypt the bucket with KMS.")
    assert await found(replace(question, follow_up="What else?", clarification="Assume one account.")) == []
