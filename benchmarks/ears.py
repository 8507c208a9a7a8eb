"""A tap with ears and nothing behind them: what listening itself costs. `benchmarks/calls.py --costs` runs it."""

import argparse
import asyncio
from collections.abc import Callable
from functools import partial

from callguard.clock import SystemClock
from callguard.events import CallStarted, Gap, KeyPressed
from callguard.guard import SETTLE_S
from callguard.media.listening import Listening, SpeechJudge
from callguard.media.silero import Silero
from callguard.playback import PlaysAudio
from callguard.settings import MediaSettings, TwilioSettings
from callguard.speech import AudioFrame
from callguard.taps.twilio import TwilioTap
from callguard.terms import EndReason


class EarSession:
    """A call that is heard and not understood."""

    def __init__(self, listening: Listening, over: Callable[[], object]) -> None:
        self._listening = listening
        self._over = over

    def push(self, item: AudioFrame | Gap | KeyPressed, /) -> None:
        """Hear."""
        if not isinstance(item, KeyPressed):
            self._listening.feed(item)

    @property
    def is_quiet(self) -> bool:
        """Whether nobody has made a sound of late."""
        return self._listening.is_quiet

    def lend(self, voice: PlaysAudio, /) -> None:
        """Say nothing."""
        del voice

    def end(self, reason: EndReason, detail: str = "") -> None:
        """Forget."""
        del reason, detail
        self._over()


class EarSink:
    """Takes every call."""

    def __init__(self) -> None:
        self.listenings: dict[str, Listening] = {}

    def open(self, call: CallStarted, /) -> EarSession:
        """Take it."""
        listening = self.listenings[call.call_id] = Listening(call.call_id, call.channels, MediaSettings())
        return EarSession(listening, partial(self.listenings.pop, call.call_id, None))


async def serve(port: int) -> None:
    """Listen until cancelled, judging in the guard's rhythm."""
    sink, judge, clock = EarSink(), SpeechJudge(Silero()), SystemClock()
    tap = TwilioTap(TwilioSettings(port=port), clock)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(tap.serve(sink, lambda: print("listening", flush=True)))
        while True:
            judge.settle(list(sink.listenings.values()))
            await clock.sleep(SETTLE_S)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    asyncio.run(serve(parser.parse_args().port))


if __name__ == "__main__":
    main()
