"""The sentences of notices to people, in every language that a route may have: the same keys and the same places in each."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        "alert_title": "callguard: alert",
        "urgent_title": "callguard: urgent alert",
        "needs_help": "An agent needs help on a call.",
        "unacknowledged": "Nobody has acknowledged it; it has come to tier {tier}.",
        "nobody_there": "Nobody of senior staff has the console open.",
        "open": "Open the console.",
        "open_at": "Open the console: {board}",
        "away_title": "callguard: agent away",
        "away": "{agent} takes time after a call; send no calls meanwhile.",
        "ready_title": "callguard: agent ready",
        "ready": "{agent} is ready for calls.",
        "team_title": "callguard: for your team",
        "team": "A colleague has just had a difficult call. Please give each other a little room; "
        "senior staff are looking after it.",
        "due_title": "callguard: call back",
        "due": "A call back is to be made by {due}.",
        "time": "%Y-%m-%d %H:%M UTC",
    }
)
GERMAN: Mapping[str, str] = MappingProxyType(
    {
        "alert_title": "callguard: Alarm",
        "urgent_title": "callguard: dringender Alarm",
        "needs_help": "In einem Gespräch wird Hilfe gebraucht.",
        "unacknowledged": "Niemand hat den Alarm bestätigt; er ist jetzt bei Stufe {tier}.",
        "nobody_there": "Von der Leitung hat niemand die Konsole offen.",
        "open": "Bitte die Konsole öffnen.",
        "open_at": "Bitte die Konsole öffnen: {board}",
        "away_title": "callguard: Zeit nach einem Gespräch",
        "away": "{agent} nimmt sich Zeit nach einem Gespräch; bitte so lange keine Anrufe durchstellen.",
        "ready_title": "callguard: wieder bereit",
        "ready": "{agent} ist wieder bereit für Anrufe.",
        "team_title": "callguard: für Ihr Team",
        "team": "Jemand aus Ihrem Team hatte gerade ein schweres Gespräch. Bitte nehmen Sie aufeinander Rücksicht; die Leitung "
        "kümmert sich darum.",
        "due_title": "callguard: Rückruf",
        "due": "Ein Rückruf ist fällig bis {due}.",
        "time": "%d.%m.%Y, %H:%M UTC",
    }
)
LANGUAGES: Mapping[str, Mapping[str, str]] = MappingProxyType({"en": ENGLISH, "de": GERMAN})


def say(language: str, key: str, **values: object) -> str:
    """Return a sentence. Raises KeyError for a language or key that there is not."""
    return LANGUAGES[language][key].format(**values)


def say_time(language: str, at: datetime) -> str:
    """Return a moment as people of the language write it."""
    return at.strftime(LANGUAGES[language]["time"])
