"""Recordings and transcripts through the whole path."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from callguard.app.parts import Parts, engine_settings
from callguard.call_path import Emit
from callguard.clock import Clock, SystemClock
from callguard.media.listening import SpeechJudge
from callguard.media.silero import Silero
from callguard.replay import read_turns, replay_audio, replay_turns
from callguard.settings import Settings
from callguard.taps.recording import Recording
from callguard.terms import Role
from callguard.transcribe.auto import start_transcriber

TRANSCRIPT = ".jsonl"


def is_transcript(file: Path) -> bool:
    """Whether a file is a written conversation, by its ending; all others are recordings."""
    return file.suffix.lower() == TRANSCRIPT


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayRules:
    """How recordings are replayed."""

    channels: tuple[Role, ...]
    """Of a two-channel file, left first; `(Role.UNKNOWN,)` mixes them."""
    speed: float | None
    """1 is real time; None as fast as it goes."""


class Replayer:
    """Runs recordings and transcripts through the whole path, one after the other."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()

    async def run(
        self, files: Sequence[Path], rules: ReplayRules, emit: Emit, heard: Callable[[Path, float], None] = lambda *_: None
    ) -> None:
        """Replay `files`; `heard` is told how many seconds of which file have gone by.

        Raises InputError or AudioFormatError for a file that cannot be used, ModelMissingError or EngineError, PolicyError.
        """
        recordings = {file: Recording(file, rules.channels) for file in files if not is_transcript(file)}
        transcripts = {file: read_turns(file) for file in files if is_transcript(file)}
        transcriber = (
            await start_transcriber(engine_settings(self._settings), self._clock, wait_for_weights=True) if recordings else None
        )
        try:
            parts = Parts(self._settings, self._clock, transcriber)
            judge = SpeechJudge(Silero()) if recordings else None
            for call_id, file in _call_ids(files).items():
                if judge is None or file in transcripts:
                    started = parts.started(call_id, "transcript", sorted({turn.speaker for turn in transcripts[file]}))
                    replay_turns(transcripts[file], started=started, path=parts.path(started, emit), emit=emit, clock=self._clock)
                else:
                    await self._replay_recording(
                        recordings[file],
                        call_id=call_id,
                        parts=parts,
                        judge=judge,
                        speed=rules.speed,
                        emit=emit,
                        heard=partial(heard, file),
                    )
        finally:
            if transcriber is not None:
                await transcriber.close()

    async def _replay_recording(
        self,
        recording: Recording,
        *,
        call_id: str,
        parts: Parts,
        judge: SpeechJudge,
        speed: float | None,
        emit: Emit,
        heard: Callable[[float], None],
    ) -> None:
        started = parts.started(call_id, "file", recording.roles)
        await replay_audio(
            recording.frames(call_id, self._clock),
            started=started,
            path=parts.path(started, emit),
            listening=parts.listening(started),
            judge=judge,
            emit=emit,
            clock=self._clock,
            speed=speed,
            heard=heard,
        )


def _call_ids(files: Sequence[Path]) -> dict[str, Path]:
    """Name each file's call after it; a second file of the same name gets a number."""
    named: dict[str, Path] = {}
    for file in files:
        name, number = file.stem, 1
        while name in named:
            number += 1
            name = f"{file.stem}-{number}"
        named[name] = file
    return named
