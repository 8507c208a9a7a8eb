"""An incident record as a vCon, the IETF's container for conversations: pure.

Source: draft-ietf-vcon-vcon-core-04; the lawful basis as an attachment of draft-howe-vcon-lawful-basis-00.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from callguard.cases import AftercareRules
from callguard.incidents import IncidentVersion, IncidentView, Utterance

VENDOR = "callguard"
AGENT = "agent"
Json = dict[str, Any]


def as_vcon(view: IncidentView, versions: Sequence[IncidentVersion], rules: AftercareRules) -> Json:
    """Return the newest version in the unsigned form, without sound: the recording may hold more than the incident."""
    facts = view.content.facts
    newest = versions[-1]
    parties = [_party(person.role, person.name, rules.organisation) for person in facts.people]
    roles: list[str] = [person.role for person in facts.people]
    speakers: dict[str, int] = {role: roles.index(role) for role in roles}
    if roles.count(AGENT) > 1:  # after a transfer nothing says which of them spoke, and nobody gets another's words
        speakers[AGENT] = len(parties)
        parties.append({"type": "person", "role": AGENT, "org": rules.organisation})
    dialog = [_turn(line, facts.began_at, speakers.get(line.speaker, 0), len(parties)) for line in facts.excerpt] or [
        silent(facts.began_at, facts.ended_at, len(parties))
    ]
    everything = list(range(len(dialog)))
    basis = lawful_basis(facts.began_at, rules, kept_days=0 if view.summary.is_on_hold else rules.incident_days)
    return {
        "uuid": str(uuid8(f"{newest.incident_id}:{newest.version}", newest.at)),
        "extensions": ["lawful_basis"],
        "created_at": versions[0].at.isoformat(),
        "updated_at": newest.at.isoformat(),
        "subject": f"Incident {newest.incident_id}: {', '.join(facts.categories) or 'marked by a person'}",
        "parties": parties,
        "dialog": dialog,
        "analysis": [
            {
                "type": "report",
                "dialog": everything,
                "vendor": VENDOR,
                "product": facts.scorer or VENDOR,
                "schema": "callguard-incident-words-1",
                "mediatype": "application/json",
                "encoding": "json",
                "body": [word.model_dump(mode="json") for word in facts.words],
            }
        ],
        "attachments": [
            attachment("incident_record", facts.began_at, _agent(roles), {"history": _history(versions), **_content(view)}),
            {
                "type": "lawful_basis",
                **attachment("lawful_basis", facts.began_at, _agent(roles), basis),
            },
        ],
    }


def uuid8(name: str, at: datetime) -> UUID:
    """Return a version 8 UUID: time first, then a hash of the name, so that the same version has the same id everywhere."""
    milliseconds = int(at.timestamp() * 1000) & (2**48 - 1)
    digest = int.from_bytes(hashlib.sha256(name.encode()).digest()[:10])
    number = milliseconds << 80 | digest & (2**80 - 1)
    number = number & ~(0xF << 76) | 0x8 << 76
    return UUID(int=number & ~(0x3 << 62) | 0x2 << 62)


def _party(role: str, name: str, organisation: str) -> Json:
    """Name a caller by the keyed hash only: it tells records of one person apart, and no stranger who it is."""
    shown = {"name": name} if role != "caller" else {"uuid": name or "unknown"}
    return shown | {"type": "person", "role": role} | ({"org": organisation} if role != "caller" else {})


def _turn(line: Utterance, began_at: datetime, speaker: int, parties: int) -> Json:
    return {
        "type": "text",
        "start": (began_at + timedelta(seconds=line.start_s)).isoformat(),
        "duration": round(line.end_s - line.start_s, 3),
        "parties": [speaker, *(place for place in range(parties) if place != speaker)],
        "originator": speaker,
        "mediatype": "text/plain",
        "encoding": "none",
        "body": line.text,
    }


def silent(began_at: datetime, ended_at: datetime | None, parties: int) -> Json:
    """Stand for a call of which no words are kept."""
    return {
        "type": "text",
        "start": began_at.isoformat(),
        "duration": round(((ended_at or began_at) - began_at).total_seconds(), 3),
        "parties": list(range(parties)),
        "mediatype": "text/plain",
        "encoding": "none",
        "body": "",
    }


def attachment(purpose: str, at: datetime, party: int, body: Json) -> Json:
    """Return something that belongs to the conversation, as JSON."""
    return {
        "purpose": purpose,
        "start": at.isoformat(),
        "party": party,
        "dialog": 0,
        "mediatype": "application/json",
        "encoding": "json",
        "body": body,
    }


def lawful_basis(began_at: datetime, rules: AftercareRules, *, kept_days: int) -> Json:
    """Return why the conversation may be kept, and until when; `kept_days` 0 is without an end."""
    granted_at = began_at.isoformat()
    return {
        "lawful_basis": rules.lawful_basis,
        "expiration": (began_at + timedelta(days=kept_days)).isoformat() if kept_days else None,
        "purpose_grants": [{"purpose": purpose, "granted": True, "granted_at": granted_at} for purpose in rules.lawful_purposes],
        "justification": rules.lawful_justification,
        "proof_mechanisms": [],
    }


def _content(view: IncidentView) -> Json:
    content: Json = view.content.model_dump(mode="json")
    return {"status": view.summary.status.value, **content}


def _history(versions: Sequence[IncidentVersion]) -> list[Json]:
    return [version.model_dump(mode="json", exclude={"content"}) for version in versions]


def _agent(roles: Sequence[str]) -> int:
    return roles.index(AGENT) if AGENT in roles else 0
