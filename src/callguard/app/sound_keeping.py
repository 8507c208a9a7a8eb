"""The recorder that the settings ask for."""

import logging
from contextlib import AsyncExitStack

from callguard.record.audio import AudioRecorder, AudioTrouble
from callguard.settings import Settings

log = logging.getLogger(__name__)


def record_audio(settings: Settings, stack: AsyncExitStack) -> AudioRecorder | None:
    """Return a recorder that is closed with `stack`; None where calls' sound is not kept."""
    if not settings.record.audio:
        return None
    recorder = AudioRecorder(settings.data_path / "audio", on_trouble=_report)
    stack.push_async_callback(recorder.close)
    return recorder


def _report(trouble: AudioTrouble) -> None:
    log.error("call audio is not being kept", extra={"call_id": trouble.call_id, "cause": trouble.error})
