"""The keyword spotter: the offline engine's queue and worker processes, with decoders that know threats only."""

import math
from dataclasses import replace

from callguard.clock import Clock
from callguard.speech import Transcript
from callguard.terms import RATE_HZ
from callguard.transcribe.hypothesis import language_code
from callguard.transcribe.keywords import KEYWORDS
from callguard.transcribe.sphinx.engine import LANGUAGE, SphinxEngine, Worker
from callguard.transcribe.transcriber import EngineInfo, Request

NAME = "pocketsphinx keywords"


class SphinxSpotter:
    """A `KeywordSpotter` over one worker process."""

    def __init__(self, worker: Worker, clock: Clock, *, queue: int) -> None:
        info = EngineInfo(name=NAME, is_fallback=True, detail="It hears threats only.")
        self._engine = SphinxEngine([worker], 1, info, clock, queue=queue)
        self._least_ns_a_sample = 0.0

    @property
    def waiting(self) -> int:
        """Requests that have not begun."""
        return self._engine.waiting

    @property
    def worker_s_a_second(self) -> float:
        """Seconds that one second of speech takes, at best; 0 before the first."""
        return self._least_ns_a_sample * RATE_HZ / 1e9

    async def start(self) -> None:
        """Start the worker. Raises EngineError."""
        await self._engine.start()

    async def close(self) -> None:
        """End the worker; requests under way end with EngineError."""
        await self._engine.close()

    async def spot(self, request: Request, /) -> Transcript | None:
        """Listen for threats in a segment; see `KeywordSpotter`."""
        if language_code(request.language) not in {"", LANGUAGE}:
            return None
        heard = await self._engine.transcribe(request)
        if heard is None:
            return None
        spent_ns = heard.times.decoded_ns - heard.times.started_ns
        self._least_ns_a_sample = min(self._least_ns_a_sample or math.inf, spent_ns / len(request.speech.samples))
        if not heard.text:
            return None
        return replace(heard, is_reliable=False, unreliable_because=KEYWORDS)

    def end_call(self, call_id: str, /) -> None:
        """Forget what is kept for a call."""
        self._engine.end_call(call_id)
