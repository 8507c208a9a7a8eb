"""What people say of calls."""

import sqlalchemy as sa

from callguard.record.migrate import Operations
from callguard.record.tables import UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade(op: Operations) -> None:
    """Make the table."""
    op.create_table(
        "call_comments",
        sa.Column("comment_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("call_id", sa.String, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("comment_id", name="pk_call_comments"),
    )
    op.create_index("ix_call_comments_call_id", "call_comments", ["call_id"])
