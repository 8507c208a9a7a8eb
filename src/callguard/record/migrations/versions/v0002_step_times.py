"""When each event was stored and sent."""

import sqlalchemy as sa

from callguard.record.migrate import Operations

revision = "0002"
down_revision = "0001"


def upgrade(op: Operations) -> None:
    """Add the two steps of the budget that come after an event was written down."""
    for name in ("stored_ns", "sent_ns"):
        op.add_column("events", sa.Column(name, sa.BigInteger, nullable=False, server_default="0"))
