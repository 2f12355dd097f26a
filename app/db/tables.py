"""The tables: what of banks, interviews and grades is kept."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """An aware UTC time; SQLite keeps none of the zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC, or an error for a naive time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times are aware UTC")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The time with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


bank_versions = Table(
    "bank_versions",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("sections", Integer, nullable=False),
    Column("questions", Integer, nullable=False),
    Column("criteria", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("imported_at", Moment, nullable=False),
    Index(None, "name", "sha256"),
)

information_sheets = Table(
    "information_sheets",
    metadata,
    Column("bank_name", String(200), primary_key=True),
    Column("content", Text, nullable=False),
)

interviews = Table(
    "interviews",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("link_sha256", String(64), nullable=False, unique=True),
    Column("bank_name", String(200), nullable=False),
    Column("bank_version", Integer, nullable=False),
    Column("bank_sha256", String(64), nullable=False),
    Column("mode", String(20), nullable=False),
    Column("language", String(20), nullable=False),
    Column("label", Text, nullable=False),
    Column("automated", Boolean, nullable=False),
    Column("state", String(20), nullable=False),
    Column("plan", JSON, nullable=False),
    Column("queue", JSON, nullable=False),
    Column("current", String(200)),
    Column("pending", String(200)),
    Column("stop_asked", Boolean, nullable=False),
    Column("skip_asked", Boolean, nullable=False),
    Column("clarified", Integer, nullable=False),
    Column("returned", JSON, nullable=False),
    Column("hand_over", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("consented_at", Moment),
    Column("finished_at", Moment),
    Column("interface", String(20), nullable=False, server_default="en"),
    Column("boundaries", Integer, nullable=False, server_default="0"),
    Column("extra_time", Integer, nullable=False, server_default="100"),
    Column("plain_wording", Boolean, nullable=False, server_default=false()),
    Column("paused_at", Moment),
    Column("link_expires_at", Moment),
    Column("link_revoked_at", Moment),
    Index(None, "bank_name", "bank_version"),
    Index(None, "pending"),
    Index(None, "created_at"),
)


def _interview_id() -> Column[str]:
    return Column("interview_id", String(64), ForeignKey("interviews.id", ondelete="CASCADE"), nullable=False)


entries = Table(
    "entries",
    metadata,
    Column("interview_id", String(64), ForeignKey("interviews.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("by_candidate", Boolean, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("question_id", String(200), nullable=False),
    Column("number", Integer, nullable=False),
    Column("channel", String(20)),
    Column("message_id", String(200)),
    Column("replaced", Integer, nullable=False),
    Column("turn", String(30)),
    Column("masked", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("interview_id", "channel", "message_id"),
)

requests = Table(
    "requests",
    metadata,
    Column("id", String(100), primary_key=True),
    _interview_id(),
    Column("kind", String(30), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("question_id", String(200), nullable=False),
    Column("criterion_id", String(200), nullable=False),
    Column("settled_at", Moment),
    Column("settled_by", Text, nullable=False),
    Column("note", Text, nullable=False),
    Index(None, "interview_id"),
    Index(None, "settled_at"),
)

answers = Table(
    "answers",
    metadata,
    Column("id", String(300), primary_key=True),
    _interview_id(),
    Column("question_id", String(200), nullable=False),
    Column("ending", String(20)),
    Column("revision", Integer, nullable=False),
    Column("followed_up", Boolean, nullable=False),
    Column("related_offered", Boolean, nullable=False),
    Column("put_again", Integer, nullable=False, server_default="0"),
    Column("collecting", Integer),
    Column("paused_s", Integer, nullable=False, server_default="0"),
    Column("warned", Boolean, nullable=False, server_default=false()),
    Column("opened_at", Moment, nullable=False),
    Column("final_at", Moment),
    UniqueConstraint("interview_id", "question_id"),
)

parts = Table(
    "parts",
    metadata,
    Column("answer_id", String(300), ForeignKey("answers.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("replaced", Integer, nullable=False),
)

grades = Table(
    "grades",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("answer_id", String(300), ForeignKey("answers.id", ondelete="CASCADE"), nullable=False),
    Column("answer_revision", Integer, nullable=False),
    Column("serial", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("needs_review", Boolean, nullable=False),
    Column("critique", String(20)),
    Column("status", String(20), nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reading", Text),
    Column("audit_sample", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("answer_id", "serial"),
)

review_decisions = Table(
    "review_decisions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("grade_id", String(64), ForeignKey("grades.id", ondelete="CASCADE"), nullable=False),
    Column("new_grade_id", String(64), ForeignKey("grades.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("answer_id", String(300), ForeignKey("answers.id", ondelete="CASCADE"), nullable=False),
    Column("answer_revision", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("blind", Boolean, nullable=False),
    Column("who", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("verdicts", JSON, nullable=False),
    Column("review_reasons", JSON, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "answer_id"),
    Index(None, "grade_id"),
)

review_queue = Table(
    "review_queue",
    metadata,
    Column("answer_id", String(300), ForeignKey("answers.id", ondelete="CASCADE"), primary_key=True),
    Column("grade_id", String(64), ForeignKey("grades.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("graded_at", Moment, nullable=False),
    Column("bank_name", String(200), nullable=False),
    Column("screening_id", String(64), ForeignKey("screenings.id", ondelete="CASCADE")),
    Column("reason", String(20), nullable=False),
    Column("assignee", String(200), nullable=False),
    Index(None, "graded_at", "grade_id"),
    Index(None, "bank_name", "graded_at", "grade_id"),
    Index(None, "screening_id", "graded_at", "grade_id"),
    Index(None, "reason", "graded_at", "grade_id"),
    Index(None, "assignee", "graded_at", "grade_id"),
)
"""What waits for a person, each way of looking at it in the order of an index."""

review_comments = Table(
    "review_comments",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("answer_id", String(300), ForeignKey("answers.id", ondelete="CASCADE"), nullable=False),
    Column("who", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "answer_id"),
)

exemplars = Table(
    "exemplars",
    metadata,
    Column("id", String(300), primary_key=True),
    Column("answer_id", String(300), ForeignKey("answers.id", ondelete="CASCADE"), nullable=False),
    Column("criterion_id", String(200), nullable=False),
    Column("criterion", Text, nullable=False),
    Column("bank", String(200), nullable=False),
    Column("question_id", String(200), nullable=False),
    Column("excerpt", Text, nullable=False),
    Column("verdict", String(20), nullable=False),
    Column("note", Text, nullable=False),
    Index(None, "answer_id"),
)

drafts = Table(
    "drafts",
    metadata,
    Column("interview_id", String(64), ForeignKey("interviews.id", ondelete="CASCADE"), primary_key=True),
    Column("text", Text, nullable=False),
    Column("saved_at", Moment, nullable=False),
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("interview_id", String(64), primary_key=True),
    Column("deleted_at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
)

screenings = Table(
    "screenings",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("state", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("language", String(20), nullable=False),
    Column("deadline", Moment),
    Column("retention_days", Integer),
    Column("created_at", Moment, nullable=False),
    Column("activated_at", Moment),
    Column("closed_at", Moment),
    Column("told_version", Integer),
    Index(None, "name"),
    Index(None, "created_at"),
)


def _screening_id(*, primary_key: bool = False) -> Column[str]:
    key = ForeignKey("screenings.id", ondelete="CASCADE")
    return Column("screening_id", String(64), key, primary_key=primary_key, nullable=False)


screening_versions = Table(
    "screening_versions",
    metadata,
    _screening_id(primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("bank_name", String(200), nullable=False),
    Column("bank_version", Integer, nullable=False),
    Column("bank_sha256", String(64), nullable=False),
    Column("policy", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
)

candidates = Table(
    "candidates",
    metadata,
    Column("interview_id", String(64), ForeignKey("interviews.id", ondelete="CASCADE"), primary_key=True),
    _screening_id(),
    Column("number", Integer, nullable=False),
    Column("key", String(200), nullable=False),
    UniqueConstraint("screening_id", "key"),
    Index(None, "screening_id", "number"),
)
"""Whose interview belongs to which screening."""

candidate_decisions = Table(
    "candidate_decisions",
    metadata,
    Column("interview_id", String(64), ForeignKey("candidates.interview_id", ondelete="CASCADE"), primary_key=True),
    Column("serial", Integer, primary_key=True),
    Column("decision_id", String(64), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("proposal", String(20), nullable=False),
    Column("screening_version", Integer, nullable=False),
    Column("who", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("interview_id", "decision_id"),
)

screening_files = Table(
    "screening_files",
    metadata,
    _screening_id(primary_key=True),
    Column("source", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("mapping", JSON, nullable=False),
    Column("empty_is_blank", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
)
"""Files that wait to be confirmed."""

invitations = Table(
    "invitations",
    metadata,
    Column("interview_id", String(64), ForeignKey("candidates.interview_id", ondelete="CASCADE"), primary_key=True),
    Column("address", Text, nullable=False),
    Column("invited_at", Moment, nullable=False),
    Column("opened_at", Moment),
    Column("mailed_at", Moment),
    Column("offered_sha256", String(64), unique=True),
    Column("offered_expires_at", Moment),
)
"""Candidates who were invited; a link that is offered takes the place of the interview's own once it is followed."""

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("prefix", String(20), nullable=False),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("previous_sha256", String(64), unique=True),
    Column("previous_ends_at", Moment),
    Column("scopes", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
    Column("last_used_at", Moment),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("url", Text, nullable=False),
    Column("events", JSON, nullable=False),
    Column("secret", String(100), nullable=False),
    Column("previous_secret", String(100)),
    Column("previous_ends_at", Moment),
    Column("created_at", Moment, nullable=False),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("webhook_id", String(64), ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
    Column("event_id", String(64), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("answer", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("since", Moment, nullable=False),
    Column("last_at", Moment),
    Index(None, "webhook_id", "created_at"),
)

api_repeats = Table(
    "api_repeats",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("claimed_at", Moment, nullable=False),
    Column("sealed", LargeBinary),
    Index(None, "claimed_at"),
)
