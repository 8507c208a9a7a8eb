"""A worker that decodes nothing: the text of an utterance says how much audio it was given."""

import asyncio

from callguard.errors import EngineError
from callguard.transcribe.sphinx.messages import Command, HeardWord, Reply, Verb

BYTES_PER_SECOND = 32_000


class CountingWorker:
    """Answers at once, or when the test lets it; writes one word for each half second that it heard."""

    def __init__(self) -> None:
        self.generation = 0
        self.asked: list[tuple[str, int, int]] = []
        """Verb, slot and half seconds of each command."""
        self.states: list[str] = []
        self.probability = 0.9
        self.is_broken = False
        self.dies = 0
        """How many commands more it dies of; it can be started again."""
        self.is_closed = False
        self.is_dismissed = False
        self.gate = asyncio.Event()
        self.gate.set()
        self._heard: dict[int, int] = {}
        self._is_running = False

    async def start(self) -> None:
        if self._is_running:
            return
        if self.is_broken:
            raise EngineError("it cannot be started")
        self.generation += 1
        self._is_running = True

    async def ask(self, command: Command) -> Reply:
        size = len(command.body) * 2 // BYTES_PER_SECOND if command.verb is Verb.HEAR else 0
        self.asked.append((command.verb.name, command.slot, size))
        await self.gate.wait()
        if self.is_broken or self.dies:
            self.dies = max(0, self.dies - 1)
            self._is_running = False
            raise EngineError("it ended in the middle of its work")
        if command.verb is Verb.BEGIN:
            self.states.append(command.body.decode())
            self._heard[command.slot] = 0
            return Reply()
        self._heard[command.slot] += size
        words = [f"word{number}" for number in range(self._heard[command.slot])]
        if command.verb is Verb.HEAR:
            return Reply(text=" ".join(words))
        heard = tuple(HeardWord(word, 50 * place, 50 * place + 50, self.probability) for place, word in enumerate(words))
        return Reply(text=" ".join(words), words=heard, channel=f"after {len(words)}")

    def dismiss(self) -> None:
        self.is_dismissed = True

    async def close(self) -> None:
        self.is_closed = True
