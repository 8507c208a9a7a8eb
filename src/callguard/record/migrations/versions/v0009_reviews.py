"""Reviews of calls and verdicts on what callguard said of them."""

import sqlalchemy as sa

from callguard.record.case_tables import ROW_ID
from callguard.record.migrate import Operations
from callguard.record.tables import UtcDateTime

revision = "0009"
down_revision = "0008"


def upgrade(op: Operations) -> None:
    """Make the tables."""
    op.create_table(
        "reviews",
        sa.Column("review_id", sa.String, nullable=False),
        sa.Column("call_id", sa.String, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("drawn", sa.String, nullable=False),
        sa.Column("seed", sa.String, nullable=False),
        sa.Column("reviewer", sa.String, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("taken_at", UtcDateTime),
        sa.Column("finished_at", UtcDateTime),
        sa.PrimaryKeyConstraint("review_id", name="pk_reviews"),
        sa.UniqueConstraint("call_id", "round", name="uq_reviews_call_id"),
    )
    op.create_index("ix_reviews_reviewer", "reviews", ["reviewer"])
    op.create_index("ix_reviews_finished_at", "reviews", ["finished_at"])
    op.create_table(
        "verdicts",
        sa.Column("verdict_id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("call_id", sa.String, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("about", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("segment", sa.Integer, nullable=False),
        sa.Column("at_s", sa.Float, nullable=False),
        sa.Column("judgement", sa.String, nullable=False),
        sa.Column("was", sa.String, nullable=False),
        sa.Column("categories", sa.String, nullable=False),
        sa.Column("severity", sa.Integer, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("policy", sa.String, nullable=False),
        sa.Column("is_settling", sa.Boolean, nullable=False),
        sa.Column("is_taken_back", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("verdict_id", name="pk_verdicts"),
    )
    op.create_index("ix_verdicts_call_id", "verdicts", ["call_id"])
