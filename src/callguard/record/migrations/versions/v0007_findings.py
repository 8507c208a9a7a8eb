"""By what calls are found again, taken from the events that are stored, and corrections of what was heard."""

import sqlalchemy as sa

from callguard.record.migrate import Operations
from callguard.record.tables import UtcDateTime
from callguard.record.words_index import index_statements

revision = "0007"
down_revision = "0006"

ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade(op: Operations) -> None:
    """Make the tables; old events come into them when the store opens."""
    op.create_table(
        "utterances",
        sa.Column("utterance_id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("call_id", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("segment", sa.Integer, nullable=False),
        sa.Column("start_s", sa.Float, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("utterance_id", name="pk_utterances"),
        sa.UniqueConstraint("call_id", "channel", "segment", name="uq_utterances_call_id"),
    )
    op.create_table(
        "call_traits",
        sa.Column("call_id", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("value", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("call_id", "kind", "value", name="pk_call_traits"),
    )
    op.create_index("ix_call_traits_kind_value_call_id", "call_traits", ["kind", "value", "call_id"])
    op.create_table(
        "alert_lives",
        sa.Column("decision_id", sa.String, nullable=False),
        sa.Column("call_id", sa.String, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("category", sa.String, nullable=False),
        sa.Column("severity", sa.Integer, nullable=False),
        sa.Column("tier", sa.Integer, nullable=False),
        sa.Column("is_withdrawn", sa.Boolean, nullable=False),
        sa.Column("seen_s", sa.Float),
        sa.Column("help_s", sa.Float),
        sa.PrimaryKeyConstraint("decision_id", name="pk_alert_lives"),
    )
    op.create_index("ix_alert_lives_call_id", "alert_lives", ["call_id"])
    op.create_index("ix_alert_lives_at", "alert_lives", ["at"])
    op.create_table(
        "corrections",
        sa.Column("correction_id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("call_id", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("segment", sa.Integer, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("heard", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("correction_id", name="pk_corrections"),
    )
    op.create_index("ix_corrections_call_id", "corrections", ["call_id"])
    op.add_column("call_comments", sa.Column("at_s", sa.Float))
    for statement in index_statements(is_sqlite=op.get_bind().dialect.name == "sqlite"):
        op.execute(statement)
    # Old events are gone through when the store opens.
    op.execute("INSERT INTO preferences (owner, name, value) SELECT '', 'findings_from', '0' FROM events LIMIT 1")
