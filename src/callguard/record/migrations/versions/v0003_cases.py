"""Incidents, callers, tasks and the log of access; whose call it was, without their number."""

import sqlalchemy as sa

from callguard.record.migrate import Operations
from callguard.record.tables import UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade(op: Operations) -> None:
    """Make the tables, and room for the caller's keyed hash in the list of calls."""
    op.add_column("calls", sa.Column("caller", sa.String))
    op.add_column("calls", sa.Column("repeated_demands", sa.Integer, nullable=False, server_default="0"))
    op.create_index("ix_calls_caller", "calls", ["caller"])
    _make_incidents(op)
    _make_register(op)
    _make_tasks(op)


def _make_incidents(op: Operations) -> None:
    op.create_table(
        "incidents",
        sa.Column("incident_id", sa.String, nullable=False),
        sa.Column("call_id", sa.String, nullable=False),
        sa.Column("agent", sa.String, nullable=False),
        sa.Column("caller", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("categories", sa.String, nullable=False),
        sa.Column("severity", sa.Integer, nullable=False),
        sa.Column("about_care", sa.Boolean, nullable=False),
        sa.Column("happened_at", UtcDateTime, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("is_on_hold", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("incident_id", name="pk_incidents"),
        sa.UniqueConstraint("call_id", name="uq_incidents_call_id"),
    )
    op.create_index("ix_incidents_agent", "incidents", ["agent"])
    op.create_index("ix_incidents_caller", "incidents", ["caller"])
    op.create_index("ix_incidents_status", "incidents", ["status"])
    op.create_index("ix_incidents_happened_at", "incidents", ["happened_at"])
    op.create_table(
        "incident_versions",
        sa.Column("incident_id", sa.String, nullable=False),
        sa.Column("version", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "version", name="pk_incident_versions"),
    )
    op.create_table(
        "call_marks",
        sa.Column("mark_id", sa.String, nullable=False),
        sa.Column("call_id", sa.String, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("mark_id", name="pk_call_marks"),
    )
    op.create_index("ix_call_marks_call_id", "call_marks", ["call_id"])
    op.create_table(
        "support_offers",
        sa.Column("support_id", sa.String, nullable=False),
        sa.Column("incident_id", sa.String, nullable=False),
        sa.Column("agent", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("offered_by", sa.String, nullable=False),
        sa.Column("offered_at", UtcDateTime, nullable=False),
        sa.Column("answer", sa.String, nullable=False),
        sa.Column("answered_at", UtcDateTime),
        sa.PrimaryKeyConstraint("support_id", name="pk_support_offers"),
    )
    op.create_index("ix_support_offers_incident_id", "support_offers", ["incident_id"])
    op.create_index("ix_support_offers_agent", "support_offers", ["agent"])


def _make_register(op: Operations) -> None:
    op.create_table(
        "callers",
        sa.Column("caller", sa.String, nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("first_seen", UtcDateTime, nullable=False),
        sa.Column("last_seen", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("caller", name="pk_callers"),
    )
    op.create_index("ix_callers_last_seen", "callers", ["last_seen"])
    op.create_table(
        "caller_notes",
        sa.Column("note_id", sa.String, nullable=False),
        sa.Column("caller", sa.String, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("for_visits", sa.Boolean, nullable=False),
        sa.Column("ended_by", sa.String, nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.PrimaryKeyConstraint("note_id", name="pk_caller_notes"),
    )
    op.create_index("ix_caller_notes_caller", "caller_notes", ["caller"])
    op.create_table(
        "restrictions",
        sa.Column("restriction_id", sa.String, nullable=False),
        sa.Column("caller", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("incidents", sa.Text, nullable=False),
        sa.Column("days", sa.Integer, nullable=False),
        sa.Column("proposed_by", sa.String, nullable=False),
        sa.Column("proposed_at", UtcDateTime, nullable=False),
        sa.Column("consulted", sa.String, nullable=False),
        sa.Column("decided_by", sa.String, nullable=False),
        sa.Column("decided_at", UtcDateTime),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("begins_at", UtcDateTime),
        sa.Column("ends_at", UtcDateTime),
        sa.Column("review_at", UtcDateTime),
        sa.Column("route_to", sa.String, nullable=False),
        sa.Column("refuse_calls", sa.Boolean, nullable=False),
        sa.Column("lifted_by", sa.String, nullable=False),
        sa.Column("lifted_at", UtcDateTime),
        sa.PrimaryKeyConstraint("restriction_id", name="pk_restrictions"),
    )
    op.create_index("ix_restrictions_caller", "restrictions", ["caller"])
    op.create_index("ix_restrictions_status", "restrictions", ["status"])


def _make_tasks(op: Operations) -> None:
    op.create_table(
        "follow_ups",
        sa.Column("follow_up_id", sa.String, nullable=False),
        sa.Column("call_id", sa.String, nullable=False),
        sa.Column("incident_id", sa.String, nullable=False),
        sa.Column("agent", sa.String, nullable=False),
        sa.Column("caller", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("wording", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("taken_by", sa.String, nullable=False),
        sa.Column("done_by", sa.String, nullable=False),
        sa.Column("done_at", UtcDateTime),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("follow_up_id", name="pk_follow_ups"),
        sa.UniqueConstraint("call_id", name="uq_follow_ups_call_id"),
    )
    op.create_index("ix_follow_ups_status", "follow_ups", ["status"])
    op.create_table(
        "wrap_ups",
        sa.Column("call_id", sa.String, nullable=False),
        sa.Column("agent", sa.String, nullable=False),
        sa.Column("began_at", UtcDateTime, nullable=False),
        sa.Column("offered_s", sa.Integer, nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.PrimaryKeyConstraint("call_id", name="pk_wrap_ups"),
    )
    op.create_index("ix_wrap_ups_agent_ended_at", "wrap_ups", ["agent", "ended_at"])
    op.create_table(
        "team_notices",
        sa.Column("notice_id", sa.String, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("team", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("notice_id", name="pk_team_notices"),
    )
    op.create_index("ix_team_notices_at", "team_notices", ["at"])
    op.create_table(
        "audit_log",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("who", sa.String, nullable=False),
        sa.Column("what", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit_log"),
    )
    op.create_index("ix_audit_log_at", "audit_log", ["at"])
    op.create_index("ix_audit_log_who", "audit_log", ["who"])
    op.create_index("ix_audit_log_subject", "audit_log", ["subject"])
