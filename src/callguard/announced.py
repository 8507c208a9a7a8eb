"""What a phone system says of a call beside its audio: whose it is, who calls, on which line, in which language.

Protocols that carry audio alone (AudioSocket) have no place for it. It may come before the audio does, while a caller still waits
in a queue, and is then kept here until the call begins.
"""

from collections import OrderedDict
from dataclasses import replace
from typing import Final

from pydantic import Field

from callguard.clock import Clock
from callguard.documents import Document
from callguard.events import CallStarted

LANGUAGE: Final = r"^([A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*)?$"
KEPT_NS: Final = 3_600_000_000_000
"""An hour: longer than anybody waits in a queue."""
MOST: Final = 4096
"""Calls that may be announced and not have begun; the oldest are forgotten."""


class CallDetails(Document):
    """What is said of a call; an empty part says nothing."""

    agent: str = Field(default="", max_length=256)
    """The agent's log-in name; it decides who sees the call."""
    caller: str = Field(default="", max_length=512, repr=False)
    """The caller's number or account."""
    line: str = Field(default="", max_length=200)
    """Queue, number or trunk on which the call came."""
    language: str = Field(default="", max_length=35, pattern=LANGUAGE)
    """BCP 47 tag, such as «en» or «de-CH»."""

    @property
    def said(self) -> dict[str, str]:
        """The parts that say something."""
        return {name: value for name, value in self if value}


class Announcements:
    """What was said of calls that have not begun. In memory only: it holds numbers in clear."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, tuple[int, CallDetails]] = OrderedDict()

    def put(self, call_id: str, details: CallDetails) -> None:
        """Keep what is said of a call until it begins, with what was said of it before."""
        self._forget_old()
        _, before = self._kept.pop(call_id, (0, CallDetails()))
        self._kept[call_id] = self._clock.monotonic_ns(), before.model_copy(update=details.said)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)

    def complete(self, started: CallStarted) -> CallStarted:
        """Return a call that begins with what was said of it, which is then forgotten."""
        self._forget_old()
        _, details = self._kept.pop(started.call_id, (0, CallDetails()))
        return replace(
            started,
            agent=details.agent or started.agent,
            caller=details.caller or started.caller,
            line=details.line or started.line,
            language=details.language or started.language,
        )

    def _forget_old(self) -> None:
        oldest_ns = self._clock.monotonic_ns() - KEPT_NS
        while self._kept and next(iter(self._kept.values()))[0] < oldest_ns:
            self._kept.popitem(last=False)
