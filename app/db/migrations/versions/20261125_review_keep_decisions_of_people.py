"""Keep what people decide, the audit sample, and the exemplars that corrections make"""

import sqlalchemy as sa
from alembic import op

revision = "20261125_review"
down_revision = "20261123_first"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Added, not made anew: SQLite adds a column with a default in place.
    op.add_column("grades", sa.Column("audit_sample", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "review_decisions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("grade_id", sa.String(length=64), nullable=False),
        sa.Column("new_grade_id", sa.String(length=64), nullable=False),
        sa.Column("answer_id", sa.String(length=300), nullable=False),
        sa.Column("answer_revision", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("verdicts", sa.JSON(), nullable=False),
        sa.Column("review_reasons", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answers.id"], name=op.f("fk_review_decisions_answer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["grade_id"], ["grades.id"], name=op.f("fk_review_decisions_grade_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["new_grade_id"], ["grades.id"], name=op.f("fk_review_decisions_new_grade_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_decisions")),
        sa.UniqueConstraint("new_grade_id", name=op.f("uq_review_decisions_new_grade_id")),
    )
    op.create_index(op.f("ix_review_decisions_answer_id"), "review_decisions", ["answer_id"])
    op.create_index(op.f("ix_review_decisions_grade_id"), "review_decisions", ["grade_id"])
    op.create_table(
        "exemplars",
        sa.Column("id", sa.String(length=300), nullable=False),
        sa.Column("answer_id", sa.String(length=300), nullable=False),
        sa.Column("criterion_id", sa.String(length=200), nullable=False),
        sa.Column("criterion", sa.Text(), nullable=False),
        sa.Column("bank", sa.String(length=200), nullable=False),
        sa.Column("question_id", sa.String(length=200), nullable=False),
        sa.Column("excerpt", sa.Text(), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name=op.f("fk_exemplars_answer_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exemplars")),
    )
    op.create_index(op.f("ix_exemplars_answer_id"), "exemplars", ["answer_id"])


def downgrade() -> None:
    op.drop_table("exemplars")
    op.drop_table("review_decisions")
    op.drop_column("grades", "audit_sample")
