"""Keep what waits for a person as a table, who takes it on, and what the team says of answers"""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from app.review.reasons import weightiest

revision = "20261129_queue"
down_revision = "20261129_invitations"
branch_labels = None
depends_on = None

_AT_A_TIME = 1000
_WAITING = """
    SELECT g.answer_id, g.id AS grade_id, g.created_at AS graded_at, i.bank_name, c.screening_id, g.audit_sample,
           g.outcome, k.contested
    FROM grades g
    JOIN answers a ON a.id = g.answer_id
    JOIN interviews i ON i.id = a.interview_id
    JOIN (SELECT id, EXISTS (SELECT 1 FROM requests r WHERE r.interview_id = answers.interview_id
          AND r.question_id = answers.question_id AND r.kind = 'contest' AND r.settled_at IS NULL) AS contested
          FROM answers) k ON k.id = a.id
    LEFT JOIN candidates c ON c.interview_id = i.id
    WHERE g.status = 'graded' AND i.state <> 'withdrawn' AND i.mode <> 'practice' AND g.answer_id > :last
      AND NOT EXISTS (SELECT 1 FROM grades n WHERE n.answer_id = g.answer_id AND n.serial > g.serial)
      AND (k.contested OR ((g.needs_review OR g.audit_sample)
           AND NOT EXISTS (SELECT 1 FROM review_decisions d WHERE d.new_grade_id = g.id)))
    ORDER BY g.answer_id LIMIT :most
"""


def upgrade() -> None:
    queue = op.create_table(
        "review_queue",
        sa.Column("answer_id", sa.String(length=300), nullable=False),
        sa.Column("grade_id", sa.String(length=64), nullable=False),
        sa.Column("graded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bank_name", sa.String(length=200), nullable=False),
        sa.Column("screening_id", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("assignee", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answers.id"], name=op.f("fk_review_queue_answer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["grade_id"], ["grades.id"], name=op.f("fk_review_queue_grade_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["screening_id"], ["screenings.id"], name=op.f("fk_review_queue_screening_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_review_queue")),
        sa.UniqueConstraint("grade_id", name=op.f("uq_review_queue_grade_id")),
    )
    for rows in _waiting():
        op.bulk_insert(queue, rows)
    op.create_index(op.f("ix_review_queue_graded_at_grade_id"), "review_queue", ["graded_at", "grade_id"])
    for first in ("bank_name", "screening_id", "reason", "assignee"):
        name = op.f(f"ix_review_queue_{first}_graded_at_grade_id")
        op.create_index(name, "review_queue", [first, "graded_at", "grade_id"])
    op.create_table(
        "review_comments",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("answer_id", sa.String(length=300), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answers.id"], name=op.f("fk_review_comments_answer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_comments")),
    )
    op.create_index(op.f("ix_review_comments_answer_id"), "review_comments", ["answer_id"])


def downgrade() -> None:
    op.drop_table("review_comments")
    op.drop_table("review_queue")


def _waiting() -> Iterator[list[dict[str, Any]]]:
    """The rows of what waits already, some at a time: an installation may have very many."""
    query = sa.text(_WAITING).columns(graded_at=sa.DateTime(timezone=True), audit_sample=sa.Boolean)
    last = ""
    while rows := op.get_bind().execute(query, {"last": last, "most": _AT_A_TIME}).all():
        yield [_row(row) for row in rows]
        last = rows[-1].answer_id


def _row(row: sa.Row[Any]) -> dict[str, Any]:
    sentences = json.loads(row.outcome)["review_reasons"]
    reason = weightiest(sentences, audited=row.audit_sample, contested=bool(row.contested))
    return {
        "answer_id": row.answer_id,
        "grade_id": row.grade_id,
        "graded_at": row.graded_at,
        "bank_name": row.bank_name,
        "screening_id": row.screening_id,
        "reason": reason.value,
        "assignee": "",
    }
