"""Keep what candidates ask of people, what replies were taken for, clocks, and links that end"""

import sqlalchemy as sa
from alembic import op

revision = "20261126_conduct"
down_revision = "20261125_review"
branch_labels = None
depends_on = None


def _added() -> dict[str, tuple[sa.Column, ...]]:
    return {
        "interviews": (
            sa.Column("interface", sa.String(length=20), server_default="en", nullable=False),
            sa.Column("boundaries", sa.Integer(), server_default="0", nullable=False),
            sa.Column("extra_time", sa.Integer(), server_default="100", nullable=False),
            sa.Column("plain_wording", sa.Boolean(), server_default=sa.false(), nullable=False),
            sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
            sa.Column("link_expires_at", sa.DateTime(timezone=True), nullable=True),
            sa.Column("link_revoked_at", sa.DateTime(timezone=True), nullable=True),
        ),
        "entries": (
            sa.Column("turn", sa.String(length=30), nullable=True),
            sa.Column("masked", sa.Boolean(), server_default=sa.false(), nullable=False),
        ),
        "answers": (
            sa.Column("put_again", sa.Integer(), server_default="0", nullable=False),
            sa.Column("collecting", sa.Integer(), nullable=True),
            sa.Column("paused_s", sa.Integer(), server_default="0", nullable=False),
            sa.Column("warned", sa.Boolean(), server_default=sa.false(), nullable=False),
        ),
    }


def upgrade() -> None:
    for table, columns in _added().items():
        for column in columns:
            # Added, not made anew: SQLite adds a column with a default in place.
            op.add_column(table, column)
    op.create_table(
        "requests",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("interview_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("question_id", sa.String(length=200), nullable=False),
        sa.Column("criterion_id", sa.String(length=200), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["interview_id"], ["interviews.id"], name=op.f("fk_requests_interview_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
    )
    op.create_index(op.f("ix_requests_interview_id"), "requests", ["interview_id"])
    op.create_index(op.f("ix_requests_settled_at"), "requests", ["settled_at"])


def downgrade() -> None:
    op.drop_table("requests")
    for table, columns in reversed(_added().items()):
        for column in columns:
            op.drop_column(table, column.name)
