"""The sentences of a record's facts: each has a key, so that consoles say it in their reader's language, and files in English."""

from collections.abc import Mapping

from callguard.incidents import Said

SENTENCES: Mapping[str, str] = {
    "card_used": "Used the card «{tactic}».",
    "card_helped": "Said that the card «{tactic}» helped.",
    "warned_card": "Warned the caller with a card.",
    "warned_words": "Warned the caller in their own words.",
    "help": "Pressed «I need help».",
    "panic": "Pressed «panic»: feared for their safety.",
    "request": "Asked for «{tactic}».",
    "decided": "Decided about the threat: {measures}.",
    "decided_note": "Decided about the threat: {measures} ({note}).",
    "marked": "Marked the call.",
    "marked_why": "Marked the call: {why}.",
    "join_asked": "Asked to join the call ({mode}).",
    "join_joined": "Joined the call ({mode}).",
    "join_changed": "Took part in another way ({mode}).",
    "join_handed_over": "Offered the call to a colleague ({mode}).",
    "join_left": "Left the call.",
    "join_failed": "Could not join the call ({mode}): {because}",
    "seen": "seen",
    "acknowledged": "acknowledged",
    "claimed": "claimed",
    "claimed_call": "claimed the call",
    "handed_over": "handed over to {to}",
    "declined": "declined: {reason}",
    "declined_plainly": "declined",
    "gap": "{begin} to {end}: audio of the {speaker} is missing ({gap}).",
    "guard": "From {begin} on: {guard}. {because}",
    "ended_unseen": "The end of the call was not seen: the connection to the phone system went away.",
    "ended_by_staff": "A member of staff ended the call at {at}.",
    "ended_closed": "The call ended in the ordinary way at {at}.",
    "ended_broken": "The connection broke off at {at}.",
    "ended_failed": "callguard stopped listening because of an error at {at}.",
    "ended_closed_detail": "The call ended in the ordinary way ({detail}) at {at}.",
    "ended_broken_detail": "The connection broke off ({detail}) at {at}.",
    "ended_failed_detail": "callguard stopped listening because of an error ({detail}) at {at}.",
}
CODES = frozenset({"tactic", "measures", "mode", "guard"})
"""Places that hold names of the API, and no words of people."""


def say(key: str, **values: str) -> Said:
    """Return a sentence by its key; `measures` are separated by commas."""
    return Said(key=key, values=values)


def in_english(said: Said) -> str:
    """Return a sentence as the files have it. Raises KeyError for an unknown key."""
    words = {name: _spelt(value) if name in CODES else value for name, value in said.values.items()}
    return SENTENCES[said.key].format(**words)


def _spelt(code: str) -> str:
    return code.replace(",", ", ").replace("_", " ")
