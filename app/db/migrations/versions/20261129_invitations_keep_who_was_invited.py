"""Keep who was invited to a screening, and which version of a screening was told to be completed"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_invitations"
down_revision = "20261128_decisions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invitations",
        sa.Column("interview_id", sa.String(length=64), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offered_sha256", sa.String(length=64), nullable=True),
        sa.Column("offered_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["interview_id"], ["candidates.interview_id"], name=op.f("fk_invitations_interview_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("interview_id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("offered_sha256", name=op.f("uq_invitations_offered_sha256")),
    )
    with op.batch_alter_table("screenings") as batch:
        batch.add_column(sa.Column("told_version", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("screenings") as batch:
        batch.drop_column("told_version")
    op.drop_table("invitations")
