"""What a caller lets out about a threat against a place: when, where, what it is, how it works, why, and who is speaking.

Plain patterns over plain words (`threat_facts.toml`), so that the same words always fill the same field and everybody can see
why. What is filled in wrongly costs a correction on the agent's screen; what is not filled in is asked for.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

DENIABLE: Final = frozenset({"kind", "sets_it_off"})
LONGEST_REPLY: Final = 12
"""Words of a reply that is taken whole where no pattern fits it."""


@dataclass(frozen=True, slots=True)
class FactPatterns:
    """The file, compiled."""

    found: Sequence[tuple[str, re.Pattern[str]]]
    asked: Sequence[tuple[str, re.Pattern[str]]]
    refuses: re.Pattern[str]
    denies: re.Pattern[str]


@cache
def patterns() -> FactPatterns:
    """Return the bundled patterns, compiled at first use."""
    file = tomllib.loads((files("callguard.decide") / "threat_facts.toml").read_text(encoding="utf-8"))
    words = {name: _whole(value) for name, value in file["words"].items()}
    return FactPatterns(
        found=tuple((row["field"], _compiled(row["words"], words)) for row in file["found"]),
        asked=tuple((row["field"], _compiled(row["words"], words)) for row in file["asked"]),
        refuses=_compiled(file["answer"]["refuses"], words),
        denies=_compiled(file["answer"]["denies"], words),
    )


def facts(text: str) -> dict[str, str]:
    """Return field and words for what `text` lets out, in the order of the text; denied things are left out."""
    known, found = patterns(), dict[str, tuple[int, str]]()
    for field, pattern in known.found:
        if field in found:
            continue
        for match in pattern.finditer(text):
            if field in DENIABLE and known.denies.search(text[: match.start()]):
                continue
            found[field] = match.start(), match[0].strip()
            break
    return {field: words for field, (_, words) in sorted(found.items(), key=lambda item: item[1][0])}


def asked_for(question: str) -> str:
    """Return the field that the agent has asked for; empty if none."""
    return next((field for field, pattern in patterns().asked if pattern.search(question)), "")


def answer_to(field: str, text: str) -> str:
    """Return the caller's answer to a question for `field`: what fills it, or a short reply as it is; empty if they refuse."""
    if patterns().refuses.search(text):
        return ""
    is_short = len(text.split()) <= LONGEST_REPLY
    return facts(text).get(field, "") or (text.strip() if is_short else "")


def _compiled(value: Any, words: Mapping[str, str]) -> re.Pattern[str]:
    return re.compile(_filled(_whole(value), words), re.IGNORECASE)


def _filled(pattern: str, words: Mapping[str, str]) -> str:
    while (place := re.search(r"<(\w+)>", pattern)) is not None:
        pattern = pattern[: place.start()] + words[place[1]] + pattern[place.end() :]
    return pattern


def _whole(value: Any) -> str:
    """Return a pattern; long ones stand in the file as several strings."""
    return value if isinstance(value, str) else "".join(value)
