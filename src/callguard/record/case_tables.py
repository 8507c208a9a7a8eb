"""Tables of what is kept about calls after them: incidents, callers, tasks, and who looked."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from callguard.record.tables import UtcDateTime, metadata

ROW_ID = BigInteger().with_variant(Integer, "sqlite")

incidents = Table(
    "incidents",
    metadata,
    Column("incident_id", String, primary_key=True),
    Column("call_id", String, nullable=False, unique=True),
    Column("agent", String, nullable=False, index=True),
    Column("caller", String, nullable=False, index=True),
    Column("status", String, nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("categories", String, nullable=False),
    Column("severity", Integer, nullable=False),
    Column("about_care", Boolean, nullable=False),
    Column("happened_at", UtcDateTime, nullable=False, index=True),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("is_on_hold", Boolean, nullable=False),
)

incident_versions = Table(
    "incident_versions",
    metadata,
    Column("incident_id", String, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("hash", String, nullable=False),
    # Canonical JSON of the whole version but its own hash: what is hashed is what is stored, byte for byte.
    Column("body", Text, nullable=False),
)

call_marks = Table(
    "call_marks",
    metadata,
    Column("mark_id", String, primary_key=True),
    Column("call_id", String, nullable=False, index=True),
    Column("by", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("why", Text, nullable=False),
)

support_offers = Table(
    "support_offers",
    metadata,
    Column("support_id", String, primary_key=True),
    Column("incident_id", String, nullable=False, index=True),
    Column("agent", String, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("note", Text, nullable=False),
    Column("offered_by", String, nullable=False),
    Column("offered_at", UtcDateTime, nullable=False),
    Column("answer", String, nullable=False),
    Column("answered_at", UtcDateTime),
)

callers = Table(
    "callers",
    metadata,
    Column("caller", String, primary_key=True),
    Column("sealed", Text, nullable=False),
    Column("first_seen", UtcDateTime, nullable=False),
    Column("last_seen", UtcDateTime, nullable=False, index=True),
)

caller_notes = Table(
    "caller_notes",
    metadata,
    Column("note_id", String, primary_key=True),
    Column("caller", String, nullable=False, index=True),
    Column("by", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("text", Text, nullable=False),
    Column("for_visits", Boolean, nullable=False),
    Column("ended_by", String, nullable=False),
    Column("ended_at", UtcDateTime),
)

restrictions = Table(
    "restrictions",
    metadata,
    Column("restriction_id", String, primary_key=True),
    Column("caller", String, nullable=False, index=True),
    Column("status", String, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("incidents", Text, nullable=False),
    Column("days", Integer, nullable=False),
    Column("proposed_by", String, nullable=False),
    Column("proposed_at", UtcDateTime, nullable=False),
    Column("consulted", String, nullable=False),
    Column("decided_by", String, nullable=False),
    Column("decided_at", UtcDateTime),
    Column("decision", Text, nullable=False),
    Column("begins_at", UtcDateTime),
    Column("ends_at", UtcDateTime),
    Column("review_at", UtcDateTime),
    Column("route_to", String, nullable=False),
    Column("refuse_calls", Boolean, nullable=False),
    Column("lifted_by", String, nullable=False),
    Column("lifted_at", UtcDateTime),
)

follow_ups = Table(
    "follow_ups",
    metadata,
    Column("follow_up_id", String, primary_key=True),
    Column("call_id", String, nullable=False, unique=True),
    Column("incident_id", String, nullable=False),
    Column("agent", String, nullable=False),
    Column("caller", String, nullable=False),
    Column("status", String, nullable=False, index=True),
    Column("wording", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("taken_by", String, nullable=False),
    Column("done_by", String, nullable=False),
    Column("done_at", UtcDateTime),
    Column("outcome", Text, nullable=False),
)

wrap_ups = Table(
    "wrap_ups",
    metadata,
    Column("call_id", String, primary_key=True),
    Column("agent", String, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("offered_s", Integer, nullable=False),
    Column("ended_at", UtcDateTime),
    Index(None, "agent", "ended_at"),
)

team_notices = Table(
    "team_notices",
    metadata,
    Column("notice_id", String, primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("team", String, nullable=False),
    Column("text", Text, nullable=False),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("number", ROW_ID, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("who", String, nullable=False, index=True),
    Column("what", String, nullable=False),
    Column("subject", String, nullable=False, index=True),
    Column("detail", Text, nullable=False),
)
