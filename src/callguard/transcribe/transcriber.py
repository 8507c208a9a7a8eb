"""What every speech engine is, and how it is asked."""

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Protocol, runtime_checkable

from callguard.operations import EngineFigures
from callguard.speech import SpeechSegment, SpeechSnapshot, Transcript


class Priority(IntEnum):
    """Who is served first when not all can be (smaller first); between equals finals before partials, then the deadline."""

    FLAGGED_CALL = 0
    CALLER = 1
    AGENT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One piece of speech to write down."""

    speech: SpeechSegment | SpeechSnapshot
    priority: Priority
    deadline_ns: int
    """Monotonic; a request that has not begun by then is dropped and counted."""
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineInfo:
    """What people are told about the engine."""

    name: str
    """Such as «whisper base.en» or «pocketsphinx»."""
    is_fallback: bool
    detail: str
    """One sentence: what it runs on, or why it is the fallback and how to mend that."""
    decodes_while_people_speak: bool = False
    """Running speech is decoded as it comes, so that leaving it out would only put the work off."""


class Transcriber(Protocol):
    """A speech engine that all calls share."""

    @property
    def info(self) -> EngineInfo:
        """What is running."""
        ...

    @property
    def waiting(self) -> int:
        """Requests that have not begun."""
        ...

    def knows(self, language: str, /) -> bool:
        """Say whether speech in a language, a BCP 47 tag, can be written down; empty asks whether it can be found out."""
        ...

    async def start(self) -> None:
        """Load and warm the model. Raises ModelMissingError or EngineError."""
        ...

    async def close(self) -> None:
        """Let go of the model; requests under way end with EngineError."""
        ...

    async def transcribe(self, request: Request, /) -> Transcript | None:
        """Write down one piece of speech.

        For a segment the result is final. For a snapshot it is partial, or None where there is nothing new to show (too soon
        after the last one, overtaken by a newer one or by its segment). Raises OverloadError if dropped, EngineError if
        the model failed.
        """
        ...

    async def confirm(self, request: Request, /) -> Transcript | None:
        """Write down a segment again, independently: in another way than its final was. None where there is no other way.

        Asked before a severe alert is believed. Raises OverloadError if dropped, EngineError if the model failed.
        """
        ...

    def skip(self, segment: SpeechSegment, /) -> None:
        """Take note that a segment will not be asked for, although its running speech was: let go of what is held for it."""
        ...

    def end_call(self, call_id: str, /) -> None:
        """Forget what is kept for a call."""
        ...


@runtime_checkable
class CountsItself(Protocol):
    """An engine, or a pair of them, that says what it has done."""

    def figures(self) -> tuple[EngineFigures, ...]:
        """Return one set for each engine."""
        ...


def figures_of(engine: object) -> tuple[EngineFigures, ...]:
    """Return what an engine says of itself; nothing where it does not count."""
    return engine.figures() if isinstance(engine, CountsItself) else ()


def standing_by(figures: tuple[EngineFigures, ...]) -> tuple[EngineFigures, ...]:
    """Return the figures of engines that requests do not come to now."""
    return tuple(replace(one, is_running=False) for one in figures)
