"""Hash chain of a record's versions: what was written once cannot be changed or left out without being seen."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, get_args

import orjson

from callguard.incidents import ChainCheck, IncidentContent, IncidentEntry, IncidentStatus, IncidentVersion

BEGINNING = "0" * 64
Act = Literal["drafted", "commented", "completed", "signed", "amended", "support_offered", "hold_set", "hold_lifted"]
ACTS = get_args(Act)


def canonical(value: Any) -> bytes:
    """Return the one JSON spelling of `value`: sorted keys, no spaces, UTF-8."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def link(
    before: IncidentEntry | None,
    *,
    incident_id: str,
    status: IncidentStatus,
    act: Act,
    by: str,
    at: datetime,
    reason: str,
    content: IncidentContent,
) -> tuple[IncidentVersion, str]:
    """Return the version that follows `before`, and its canonical JSON without its own hash."""
    row = {
        "incident_id": incident_id,
        "version": 1 if before is None else before.version + 1,
        "status": status.value,
        "act": act,
        "by": by,
        "at": at.isoformat(),
        "reason": reason,
        "previous_hash": BEGINNING if before is None else before.hash,
        "content": content.model_dump(mode="json"),
    }
    body = canonical(row)
    return read_version(body.decode(), hash_of(body)), body.decode()


def hash_of(body: bytes) -> str:
    """Return the SHA-256 of canonical JSON, in hex."""
    return hashlib.sha256(body).hexdigest()


def read_version(body: str, stored_hash: str) -> IncidentVersion:
    """Return a stored version. Raises ValueError for what is none."""
    return IncidentVersion.model_validate(orjson.loads(body) | {"hash": stored_hash}, strict=False)


def check(incident_id: str, links: Sequence[tuple[int, str, str]], *, last: int, status: str) -> ChainCheck:
    """Return whether (version, hash, body) in order are the whole unchanged chain that ends with version `last` in `status`."""
    problem = _problem(incident_id, links, last=last, status=status)
    return ChainCheck(incident_id=incident_id, is_intact=not problem, versions=len(links), problem=problem)


def _problem(incident_id: str, links: Sequence[tuple[int, str, str]], *, last: int, status: str) -> str:
    previous = BEGINNING
    body: dict[str, Any] = {}
    for place, (version, stored_hash, text) in enumerate(links, 1):
        if version != place:
            return f"version {place} is missing"
        if hash_of(text.encode()) != stored_hash:
            return f"version {version} was changed: its content does not match its hash"
        body = orjson.loads(text)
        if (body.get("incident_id"), body.get("version"), body.get("previous_hash")) != (incident_id, version, previous):
            return f"version {version} does not follow the version before it: one of the two was replaced"
        previous = stored_hash
    if len(links) != last:
        return f"{last} versions were written and {len(links)} are there: the newest are missing"
    return "" if body.get("status") == status else "the record's status is not that of its newest version"
