"""The ears of one call, and the judge that all calls share."""

from collections.abc import Iterable
from typing import Protocol

import numpy as np

from callguard.errors import AudioFormatError
from callguard.events import Gap
from callguard.media.ear import Ear, Keep
from callguard.media.segmenter import Heard
from callguard.media.silero import SpeechState
from callguard.settings import MediaSettings
from callguard.speech import AudioFrame
from callguard.terms import RATE_HZ, Role, Samples


class SpeechDetector(Protocol):
    """What the judge asks; `Silero` is the one that ships."""

    def probabilities(self, windows: Samples, state: SpeechState) -> tuple[Samples, SpeechState]:
        """Return the probability of speech for n windows (n, 576) and the state (2, n, 128) after them."""
        ...


class Listening:
    """What callguard hears of one call; cheap enough to run in the tap's own task."""

    def __init__(self, call_id: str, channels: Iterable[Role], settings: MediaSettings, keep: Keep = lambda *_: None) -> None:
        """`keep` is given each channel's audio at 16 kHz as it comes, for a recorder."""
        self.call_id = call_id
        self.ears = {channel: Ear(call_id, channel, settings, keep) for channel in channels}

    def feed(self, item: AudioFrame | Gap) -> None:
        """Take the next piece of a channel: decode, resample, gate.

        Raises AudioFormatError for audio that cannot be decoded or a channel that the call did not announce.
        """
        ear = self.ears.get(item.channel)
        if ear is None:
            known = ", ".join(self.ears)
            raise AudioFormatError(f"audio of channel «{item.channel}» in a call that announced {known}; name it at the start")
        ear.hear(item)

    @property
    def is_waiting(self) -> bool:
        """Whether the judge has anything to settle here."""
        return any(ear.is_waiting for ear in self.ears.values())

    @property
    def is_quiet(self) -> bool:
        """Whether all channels doze: nobody has made a sound of late."""
        return all(ear.is_dozing for ear in self.ears.values())

    @property
    def position(self) -> int:
        """Position that the furthest channel has reached, at 16 kHz since the call began."""
        return max((ear.position for ear in self.ears.values()), default=0)

    @property
    def last_audio_ns(self) -> int:
        """When audio of any channel last reached the tap, monotonic ns; 0 before the first."""
        return max((ear.last_audio_ns for ear in self.ears.values()), default=0)

    def since_speech_s(self, channel: Role) -> float:
        """Return the seconds of audio on a channel since speech was last recognised there."""
        ear = self.ears[channel]
        return max(0, ear.position - ear.last_speech_end) / RATE_HZ

    def unrecognised_sound_s(self, channel: Role) -> float:
        """Return the seconds of sound that the gate let through and Silero has not called speech since it last did.

        Minutes of it on a talking channel mean that the detector is deaf there: for the watchdog.
        """
        return self.ears[channel].sound_samples / RATE_HZ


class SpeechJudge:
    """Settles the windows of all channels of all calls together: one run of the detector for each round."""

    def __init__(self, detector: SpeechDetector) -> None:
        self._detector = detector

    def settle(self, listenings: Iterable[Listening]) -> list[Heard]:
        """Judge everything that waits and return what was heard, call by call, in the order in which it became known.

        Raises EngineError if the detector fails.
        """
        calls = [call for call in listenings if call.is_waiting]
        asking = [ear for call in calls for ear in call.ears.values() if ear.is_waiting]
        while asking := self._round(asking):
            pass
        return [event for call in calls for event in _in_order(call)]

    def finish(self, listening: Listening) -> list[Heard]:
        """Settle the rest of a call that has ended; an open segment ends with it."""
        for ear in listening.ears.values():
            ear.close()
        return self.settle([listening])

    def _round(self, ears: list[Ear]) -> list[Ear]:
        asked = [(ear, window) for ear in ears if (window := ear.ask()) is not None]
        if not asked:
            return []
        windows = np.stack([window for _, window in asked])
        state = np.stack([ear.state for ear, _ in asked], axis=1)
        probabilities, after = self._detector.probabilities(windows, state)
        for index, (ear, _) in enumerate(asked):
            ear.answer(float(probabilities[index]), after[:, index])
        return [ear for ear, _ in asked]


def _in_order(call: Listening) -> list[Heard]:
    heard = [(at, index, event) for index, ear in enumerate(call.ears.values()) for at, event in ear.take()]
    return [event for _, _, event in sorted(heard, key=lambda item: item[:2])]
