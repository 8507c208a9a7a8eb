"""Notices to people outside the consoles: short, and with nothing in them that a stranger must not read on a lock screen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from callguard.deliver.notice_words import say, say_time
from callguard.sendings import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A heading and a few sentences: no name, no number, no word that was said."""

    title: str
    body: str

    def text(self) -> str:
        """Return it as the outbox keeps it."""
        return orjson.dumps({"title": self.title, "body": self.body}).decode()


def read_notice(payload: str) -> Notice:
    """Return the notice that `text` wrote."""
    read = orjson.loads(payload)
    return Notice(title=read["title"], body=read["body"])


def alert_notice(alert: Mapping[str, Any], kind: Kind, *, board: str, is_watched: bool, language: str = "en") -> Notice:
    """Return the notice of an alert from its stored event."""
    told = [say(language, "needs_help")]
    if kind is Kind.ALERT_ESCALATED:
        told.append(say(language, "unacknowledged", tier=alert["tier"]))
    if not is_watched:
        told.append(say(language, "nobody_there"))
    title = say(language, "urgent_title" if alert["urgent"] else "alert_title")
    return Notice(title=title, body=" ".join([*told, _where(board, language)]))


def fact_notice(kind: Kind, facts: Mapping[str, Any], *, board: str, language: str = "en") -> Notice:
    """Return the notice of something after a call; an agent is named only where the receiver must know whom to leave in peace."""
    match kind:
        case Kind.AGENT_STATE:
            name = "away" if facts["state"] == "wrap_up" else "ready"
            body = say(language, name, agent=facts["agent"])
        case Kind.TEAM_NOTICE:
            name, body = "team", say(language, "team")
        case _:
            due = say_time(language, datetime.fromisoformat(facts["due_at"]))
            name, body = "due", f"{say(language, 'due', due=due)} {_where(board, language)}"
    return Notice(title=say(language, f"{name}_title"), body=body)


def _where(board: str, language: str) -> str:
    return say(language, "open_at", board=board) if board else say(language, "open")
