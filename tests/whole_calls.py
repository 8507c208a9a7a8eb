"""The bundled calls from recording to decision, in real time by a hand-moved clock: everything real but the speech engine."""

import asyncio
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

from callguard.app.parts import Parts
from callguard.call import LiveCall
from callguard.demo.script import DemoCall, Row, Spoken
from callguard.events import CallStarted, Event
from callguard.guard import Guard
from callguard.media.listening import Listening, SpeechJudge
from callguard.media.silero import Silero
from callguard.settings import load_settings
from callguard.speech import SpeechSegment, Transcript
from callguard.taps.file import FileTap
from callguard.terms import RATE_HZ, GuardLevel
from callguard.transcribe.transcriber import EngineInfo, Request
from callguard.wire import as_json
from tests.clocks import HandClock
from tests.fakes import transcript
from tests.scorers import combined_scorer

LAST_WORDS_S = 2.0
_PLAYED: dict[str, list[Row]] = {}


class ReadingEngine:
    """Reads a segment's words off the script, by the time at which they were spoken; hears finals only."""

    info = EngineInfo(name="reading", is_fallback=False, detail="")
    waiting = 0

    def __init__(self, turns: Iterable[Spoken]) -> None:
        self._turns = list(turns)

    def knows(self, language: str, /) -> bool:
        """Read any."""
        return bool(language)

    async def start(self) -> None:
        """Need nothing."""

    async def close(self) -> None:
        """Hold nothing."""

    def skip(self, segment: SpeechSegment, /) -> None:
        """Nothing is held for running speech."""

    def end_call(self, call_id: str, /) -> None:
        """Keep nothing."""

    async def confirm(self, request: Request, /) -> Transcript | None:
        """Know one way only."""
        del request
        return None

    async def transcribe(self, request: Request, /) -> Transcript | None:
        """Return the words of each turn with the segment that holds its end, since a turn may be cut at its pauses."""
        speech = request.speech
        if not isinstance(speech, SpeechSegment):
            return None
        said = [
            turn
            for turn in self._turns
            if turn.speaker == speech.channel
            and speech.start_sample / RATE_HZ - 0.5 < turn.end_s
            and turn.end_s - 1.0 < speech.end_sample / RATE_HZ
        ]
        self._turns = [turn for turn in self._turns if turn not in said]
        text = " ".join(turn.text for turn in said)
        written = transcript(text, number=speech.segment, call_id=speech.call_id, channel=speech.channel)
        return replace(written, start_sample=speech.start_sample, end_sample=speech.end_sample, times=speech.times)


async def play(call: DemoCall) -> list[Row]:
    """Play one call through file tap, media, scorer and policy and return its events."""
    engine, organisation = ReadingEngine(call.turns), call.script.organisation
    return await play_file(Path(str(call.audio)), engine, seconds=call.turns[-1].end_s + LAST_WORDS_S, organisation=organisation)


async def play_file(file: Path, engine: ReadingEngine, *, seconds: float, organisation: str = "us") -> list[Row]:
    """Play a recording whose words `engine` knows."""
    clock, rows = HandClock(), list[Row]()
    parts = Parts(load_settings(organisation=organisation), clock, engine, scorer=combined_scorer())

    def emit(event: Event) -> None:
        rows.append(as_json(event) | {"at": clock.utc_now().isoformat()})

    def make_call(started: CallStarted, _: LiveCall[Listening] | None) -> LiveCall[Listening]:
        return LiveCall(
            started,
            parts.path(started, emit),
            parts.listening(started),
            emit=emit,
            clock=clock,
            guard=lambda: (GuardLevel.GUARDED, ""),
            silent_after_s=10,
        )

    guard = Guard(make_call, SpeechJudge(Silero()), clock, max_calls=1)
    tap = FileTap(file, clock, agent="sam")
    guarding = asyncio.ensure_future(guard.run())
    await clock.let_run()
    playing = asyncio.ensure_future(tap.serve(guard, lambda: None))
    await clock.advance(seconds)
    await playing
    guarding.cancel()
    await asyncio.gather(guarding, return_exceptions=True)
    return rows


async def played(call: DemoCall) -> list[Row]:
    """Return the events of a call that may have been played before: the same call gives the same events."""
    if call.script.id not in _PLAYED:
        _PLAYED[call.script.id] = await play(call)
    return deepcopy(_PLAYED[call.script.id])
