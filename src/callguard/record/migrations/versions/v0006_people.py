"""People can be disabled, and get a one-time password; every version of a policy is kept."""

import sqlalchemy as sa

from callguard.record.migrate import Operations
from callguard.record.tables import UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade(op: Operations) -> None:
    """Add the columns and make the table."""
    op.add_column("users", sa.Column("is_disabled", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("users", sa.Column("one_time_until", UtcDateTime))
    op.create_table(
        "policy_versions",
        sa.Column("label", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("added_at", UtcDateTime, nullable=False),
        sa.Column("added_by", sa.String, nullable=False),
        sa.Column("used_at", UtcDateTime),
        sa.Column("used_by", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("label", name="pk_policy_versions"),
    )
