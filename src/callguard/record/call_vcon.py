"""A stored call as a vCon, the IETF's container for conversations: pure.

Source: draft-ietf-vcon-vcon-core-04; the lawful basis as an attachment of draft-howe-vcon-lawful-basis-00.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from callguard.archive import CallStory, StoryLine
from callguard.cases import AftercareRules
from callguard.record.vcon import VENDOR, Json, attachment, lawful_basis, silent, uuid8
from callguard.terms import Role

CALLER, AGENT = 0, 1


def call_as_vcon(story: CallStory, rules: AftercareRules, *, at: datetime, kept_days: int) -> Json:
    """Return a call in the unsigned form as it is known at this time, without sound, caller's number or verdicts.

    `kept_days` is how long it is kept, 0 without an end.
    """
    parties = _parties(story, rules.organisation)
    began_at = story.started_at
    dialog = [_turn(line, began_at, len(parties)) for line in story.lines] or [silent(began_at, story.ended_at, len(parties))]
    heard = [place for place, line in enumerate(story.lines) if line.channel is Role.CALLER]
    happened = {
        "alerts": [one.model_dump(mode="json") for one in story.alerts],
        "marks": [one.model_dump(mode="json") for one in story.marks],
    }
    return {
        "uuid": str(uuid8(f"call:{story.call_id}", began_at)),
        "extensions": ["lawful_basis"],
        "created_at": began_at.isoformat(),
        "updated_at": at.isoformat(),
        "subject": f"Call {story.call_id}",
        "parties": parties,
        "dialog": dialog,
        "analysis": [
            {
                "type": "report",
                "dialog": heard,
                "vendor": VENDOR,
                "product": VENDOR,
                "schema": "callguard-call-scores-1",
                "mediatype": "application/json",
                "encoding": "json",
                "body": [_scored(story.lines[place], place) for place in heard],
            }
        ],
        "attachments": [
            attachment("call_story", began_at, AGENT, happened),
            {
                "type": "lawful_basis",
                **attachment("lawful_basis", began_at, AGENT, lawful_basis(began_at, rules, kept_days=kept_days)),
            },
        ],
    }


def _parties(story: CallStory, organisation: str) -> list[Json]:
    """Return the caller, of whom nothing is told, the agent, and whoever joined."""
    staff = {"type": "person", "org": organisation}
    agent = {"name": story.agent_name or story.agent} if story.agent else {}
    joined = dict.fromkeys(mark.by for mark in story.marks if mark.kind == "join" and mark.by)
    return [
        {"type": "person", "role": "caller"},
        {**staff, **agent, "role": "agent"},
        *({**staff, "name": name, "role": "senior"} for name in joined),
    ]


def _turn(line: StoryLine, began_at: datetime, parties: int) -> dict[str, Any]:
    speaker = CALLER if line.channel is Role.CALLER else AGENT
    others: Sequence[int] = [place for place in range(parties) if place != speaker]
    return {
        "type": "text",
        "start": (began_at + timedelta(seconds=line.start_s)).isoformat(),
        "duration": round(line.end_s - line.start_s, 3),
        "parties": [speaker, *others],
        "originator": speaker,
        "mediatype": "text/plain",
        "encoding": "none",
        "body": line.text,
    }


def _scored(line: StoryLine, place: int) -> Json:
    """Return what callguard said of one utterance of the caller; spans count in what was heard."""
    known = line.model_dump(
        mode="json", include={"heard", "is_reliable", "unreliable_because", "labels", "severity", "spans", "scores"}
    )
    return {"dialog": place, **known}
