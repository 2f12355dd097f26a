"""What the made-up candidates of the example say: for each question sentences that reach a criterion, and some that reach none.

Written for this example; the questions are those of the bundled bank *AWS data engineer*.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrases:
    """Of one question.

    Attributes:
        points: For each criterion in the bank's order, ways to say it.
        vague: Sentences around the subject that say none of it.
        wrong: Claims that are false.
    """

    question: str
    points: tuple[tuple[str, ...], ...]
    vague: tuple[str, ...]
    wrong: tuple[str, ...]


PHRASES = (
    Phrases(
        "How would you design a data pipeline using AWS Glue and S3?",
        (
            ("Raw files land in an S3 bucket first.", "I keep the raw input data in S3, in a bucket nobody edits."),
            (
                "A Glue crawler infers the schema from what lies in S3.",
                "Crawlers run over the bucket and work out the schema.",
            ),
            ("Glue jobs then clean and transform the records.", "The cleaning and transforming happens in Glue jobs."),
            (
                "The result goes back to S3 as processed data, or into Redshift for analysis.",
                "I write the processed data to another S3 prefix and load it into Redshift where analysts need it.",
            ),
        ),
        ("I would draw the architecture with the team first.", "It depends on the volume and on who uses the data."),
        ("Glue stores the data itself, so no bucket is needed.",),
    ),
    Phrases(
        "What are the differences between Redshift, RDS, and DynamoDB?",
        (
            (
                "Redshift is a data warehouse made for OLAP and analytics.",
                "For analytics over much data there is Redshift, a warehouse.",
            ),
            (
                "RDS is a relational database for transactions and runs engines such as MySQL or PostgreSQL.",
                "RDS hosts relational engines like PostgreSQL and MySQL for OLTP work.",
            ),
            (
                "DynamoDB is a key-value NoSQL store that scales far and answers in milliseconds.",
                "For key-value access with millisecond latency at any scale I take DynamoDB.",
            ),
        ),
        ("They are all managed by Amazon and cost different amounts.", "I have worked with two of the three."),
        ("DynamoDB is the relational one, and RDS is NoSQL.",),
    ),
    Phrases(
        "How do you optimize data pipelines for performance in AWS?",
        (
            ("I partition the data in S3, usually by date.", "Partitioning the files in S3 saves most of the reading."),
            (
                "Columnar formats such as Parquet or ORC compress well and are read faster.",
                "I store Parquet instead of CSV, for compression and speed of queries.",
            ),
            ("Job bookmarks in Glue make runs incremental.", "With Glue bookmarks only new data is processed."),
            (
                "CloudWatch shows job run times, and I tune by that.",
                "I watch the job runtimes in CloudWatch and optimise the slow ones.",
            ),
        ),
        ("I look for the slowest step and improve it.", "More memory often helps."),
        ("Many small CSV files are the fastest layout.",),
    ),
    Phrases(
        "What steps would you take to debug a failing ETL job in AWS Glue?",
        (
            ("First I read the error in the CloudWatch logs.", "The CloudWatch logs of the run say what broke."),
            (
                "Then I look at the job's metrics, memory and CPU above all.",
                "Execution metrics show whether it ran out of memory or CPU.",
            ),
            (
                "I check the data: a changed schema or missing values.",
                "Often the data is at fault, with a schema mismatch or missing fields.",
            ),
            (
                "I make sure the role may reach S3 and Redshift; IAM permissions are a usual cause.",
                "Missing IAM permissions to S3 or Redshift are worth a look.",
            ),
        ),
        ("I would run it again and see.", "I ask whoever changed it last."),
        ("Glue repairs failing jobs by itself, so I wait.",),
    ),
    Phrases(
        "What is a data lake, and how would you build one on AWS?",
        (
            (
                "A data lake is one central place for raw, semi-structured and structured data.",
                "It is a central repository that takes structured and raw data alike.",
            ),
            ("S3 is the storage layer.", "I store everything in S3."),
            (
                "Glue keeps the metadata and discovers schemas.",
                "The Glue catalog manages metadata and schema discovery.",
            ),
            ("Athena queries the data where it lies in S3.", "With Athena one queries S3 directly."),
            (
                "Access is controlled with IAM and everything is encrypted.",
                "IAM policies limit access, and encryption protects the data.",
            ),
        ),
        ("It is a modern way to work with big data.", "Many companies have one by now."),
        ("A data lake is a relational database with strict tables.",),
    ),
    Phrases(
        "How does Amazon Athena query data in S3?",
        (
            (
                "Athena is schema-on-read: the data is interpreted only when a query runs.",
                "The schema is applied at query time, not when data is written.",
            ),
            (
                "It runs SQL over files such as Parquet, JSON or CSV.",
                "One writes plain SQL against CSV, JSON or Parquet files in S3.",
            ),
            ("Table definitions come from the Glue catalog.", "It takes its metadata from the Glue Data Catalog."),
        ),
        ("It is serverless and one pays per query.", "I have used its console a few times."),
        ("Athena copies the files into its own cluster first.",),
    ),
    Phrases(
        "What are some ways to optimize query performance in Amazon Redshift?",
        (
            (
                "Good distribution keys and sort keys matter most.",
                "I choose distribution and sort keys by the joins and filters.",
            ),
            (
                "Columns get the encoding that compresses them best.",
                "Compression with the right column encoding helps.",
            ),
            (
                "Vacuum and analyze run regularly, so that space and statistics stay fresh.",
                "I schedule VACUUM and ANALYZE.",
            ),
            ("Large tables are partitioned.", "I split large tables by date so that queries read less."),
        ),
        ("A bigger cluster is always an option.", "I read the query plan first."),
        ("Redshift needs an index on every column.",),
    ),
    Phrases(
        "How do you secure sensitive data stored in S3?",
        (
            (
                "Objects are encrypted at rest with SSE-KMS or SSE-S3.",
                "I turn on S3 encryption at rest, with KMS keys.",
            ),
            ("IAM policies and bucket policies say who gets in.", "Access is limited by IAM and by bucket policies."),
            (
                "A VPC endpoint keeps the traffic off the internet.",
                "Through VPC endpoints nothing travels over the public internet.",
            ),
            ("CloudTrail records who read what.", "Access is audited with CloudTrail."),
        ),
        ("Security is everybody's job.", "I follow the company's rules."),
        ("A bucket is private as long as its name is secret.",),
    ),
    Phrases(
        "How do you monitor a data pipeline in AWS for failures and performance bottlenecks?",
        (
            (
                "CloudWatch collects metrics and logs of Glue and Lambda.",
                "I monitor Glue and Lambda through CloudWatch metrics and logs.",
            ),
            (
                "Alarms fire when a threshold such as duration or memory is passed.",
                "I set CloudWatch alarms on duration and memory.",
            ),
            ("Glue bookmarks tell how far a job came.", "Job progress is tracked with bookmarks in Glue."),
            ("X-Ray traces Lambda calls end to end.", "For end-to-end traces of Lambda there is X-Ray."),
        ),
        ("Users tell us quickly when numbers are missing.", "There is a dashboard on the wall."),
        ("Pipelines in AWS never fail silently, so nothing is needed.",),
    ),
    Phrases(
        "How would you migrate an on-premise database to AWS?",
        (
            ("DMS replicates the data continuously.", "I use the Database Migration Service for ongoing replication."),
            (
                "The Schema Conversion Tool translates the schema for another engine.",
                "With SCT the schema is converted when the engines differ.",
            ),
            (
                "Large data goes in batches through S3 into Redshift.",
                "I move big tables in batches by way of S3 and Redshift.",
            ),
            (
                "A hybrid phase, in which both run, keeps the downtime short.",
                "Both systems run side by side for a while, for little downtime.",
            ),
        ),
        ("I would plan a weekend for it.", "A backup comes first."),
        ("The database is zipped and mailed to support.",),
    ),
)
