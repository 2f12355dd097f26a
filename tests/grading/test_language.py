"""When a reply counts as written in another language."""

import pytest

from app.grading.language import other_language

ENGLISH = frozenset({"en"})


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Un data lake es un repositorio central donde se guardan datos sin procesar.", "es"),
        ("Zuerst würde ich alle personenbezogenen Daten verschlüsseln und den Zugriff beschränken.", "de"),
        ("客户端为每次支付生成一个唯一的幂等键。", "zh"),
    ],
)
def test_another_language_is_named(text: str, language: str) -> None:
    assert other_language(text, ENGLISH) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "🎉 :)",
        "Parquet",
        "raw/ on S3 -> crawler -> Data Catalog -> Glue Spark job (DQ, dedupe, cast)",
        "Kinesis, Kafka, shards, partitions, brokers, producers, consumers",
        "i am using the glue for make transformation of the datas and after the redshift",
        'df = spark.read.parquet("s3://raw/")\ndf.write.partitionBy("dt").parquet("s3://curated/")',
    ],
)
def test_terse_technical_and_broken_english_is_english(text: str) -> None:
    assert other_language(text, ENGLISH) is None


def test_a_language_that_is_known_is_no_other_language() -> None:
    german = "Zuerst würde ich alle personenbezogenen Daten verschlüsseln."
    assert other_language(german, frozenset({"en", "de"})) is None
