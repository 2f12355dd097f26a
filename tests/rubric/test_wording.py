"""What words alone say of a criterion."""

import pytest

from rubric.wording import given_away, points


@pytest.mark.parametrize(
    "text",
    [
        "Use Glue jobs to clean and transform the data.",
        "Use distribution keys and sort keys appropriately.",
        "RDS: Relational database for OLTP (transactions), supports multiple engines (MySQL; PostgreSQL, etc.).",
        "Keep the code compatible with both the old and the new schema during rollout.",
        "Set up monitoring and alerting using CloudWatch.",
        "Transform data using Glue jobs (cleaning, aggregating, reshaping).",
    ],
)
def test_one_point_stays_one(text: str) -> None:
    assert points(text) == [text if "(" not in text else points(text)[0]]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Encrypt the data and rotate the keys.", ["Encrypt the data", "rotate the keys."]),
        (
            "Data lakes use object storage (e.g., S3), while data warehouses use columnar storage.",
            ["Data lakes use object storage", "data warehouses use columnar storage."],
        ),
        (
            "Star schema is faster for querying; snowflake schema reduces data redundancy.",
            ["Star schema is faster for querying", "snowflake schema reduces data redundancy."],
        ),
    ],
)
def test_two_points_in_one_criterion_are_told_apart(text: str, parts: list[str]) -> None:
    assert points(text) == parts


def test_a_question_that_says_the_criterion_gives_it_away() -> None:
    assert given_away("Encrypt data with KMS keys.", "Do you encrypt your data with a KMS key?") == 1
    assert given_away("Encrypt data with KMS keys.", "How do you protect data?") == 0.25
    assert given_away("and the", "and the") == 0
