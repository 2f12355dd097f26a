"""Keep what people decide about candidates, and files until they are confirmed"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_decisions"
down_revision = "20261127_webhooks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "candidate_decisions",
        sa.Column("interview_id", sa.String(length=64), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("proposal", sa.String(length=20), nullable=False),
        sa.Column("screening_version", sa.Integer(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["interview_id"],
            ["candidates.interview_id"],
            name=op.f("fk_candidate_decisions_interview_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("interview_id", "serial", name=op.f("pk_candidate_decisions")),
        sa.UniqueConstraint(
            "interview_id", "decision_id", name=op.f("uq_candidate_decisions_interview_id_decision_id")
        ),
    )
    op.create_table(
        "screening_files",
        sa.Column("screening_id", sa.String(length=64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("empty_is_blank", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["screening_id"], ["screenings.id"], name=op.f("fk_screening_files_screening_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("screening_id", name=op.f("pk_screening_files")),
    )


def downgrade() -> None:
    op.drop_table("screening_files")
    op.drop_table("candidate_decisions")
