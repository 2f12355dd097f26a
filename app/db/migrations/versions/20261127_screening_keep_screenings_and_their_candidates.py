"""Keep screenings, the versions of their rules, and whose interviews belong to them"""

import sqlalchemy as sa
from alembic import op

revision = "20261127_screening"
down_revision = "20261126_conduct"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "screenings",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retention_days", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screenings")),
    )
    op.create_index(op.f("ix_screenings_name"), "screenings", ["name"])
    op.create_index(op.f("ix_screenings_created_at"), "screenings", ["created_at"])
    op.create_table(
        "screening_versions",
        sa.Column("screening_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("bank_name", sa.String(length=200), nullable=False),
        sa.Column("bank_version", sa.Integer(), nullable=False),
        sa.Column("bank_sha256", sa.String(length=64), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["screening_id"],
            ["screenings.id"],
            name=op.f("fk_screening_versions_screening_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("screening_id", "version", name=op.f("pk_screening_versions")),
    )
    op.create_table(
        "candidates",
        sa.Column("interview_id", sa.String(length=64), nullable=False),
        sa.Column("screening_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["interview_id"], ["interviews.id"], name=op.f("fk_candidates_interview_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["screening_id"], ["screenings.id"], name=op.f("fk_candidates_screening_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("interview_id", name=op.f("pk_candidates")),
        sa.UniqueConstraint("screening_id", "key", name=op.f("uq_candidates_screening_id_key")),
    )
    op.create_index(op.f("ix_candidates_screening_id_number"), "candidates", ["screening_id", "number"])


def downgrade() -> None:
    op.drop_table("candidates")
    op.drop_table("screening_versions")
    op.drop_table("screenings")
