"""What is to be sent to other systems and to people outside the consoles."""

import sqlalchemy as sa

from callguard.record.migrate import Operations
from callguard.record.tables import UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade(op: Operations) -> None:
    """Make the table."""
    op.create_table(
        "outbox",
        sa.Column("sending_id", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("route", sa.String, nullable=False),
        sa.Column("call_id", sa.String, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("tried_since", UtcDateTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("last_error", sa.String, nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.PrimaryKeyConstraint("sending_id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_call_id", "outbox", ["call_id"])
    op.create_index("ix_outbox_created_at", "outbox", ["created_at"])
    op.create_index("ix_outbox_state_channel_route_due_at", "outbox", ["state", "channel", "route", "due_at"])
