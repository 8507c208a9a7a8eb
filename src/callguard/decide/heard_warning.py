"""Hears that the agent has warned the caller in their own words; nothing else is ever read from an agent's words."""

import re
from collections.abc import Iterable

_GAP = "..."
_GAP_WORDS = 14  # «if you go on speaking to me like that I am going to have to»


class WarningEar:
    """Matches the intents that a policy lists: `a|b` is either word, `...` up to fourteen words."""

    def __init__(self, intents: Iterable[str]) -> None:
        self._expressions = [re.compile(_expression(intent)) for intent in intents]

    def hears(self, text: str) -> bool:
        """Say whether `text` amounts to a warning."""
        plain = "".join(f" {word}" for word in re.findall(r"[a-z]+", text.lower().replace("'", "").replace("’", "")))
        return any(expression.search(plain) for expression in self._expressions)


def _expression(intent: str) -> str:
    parts: list[str] = []
    for element in intent.lower().split():
        if element == _GAP:
            parts.append(rf"(?: [a-z]+){{0,{_GAP_WORDS}}}?")
        else:
            parts.append(f" (?:{'|'.join(re.escape(word) for word in element.split('|'))})")
    return "".join(parts) + r"(?![a-z])"
