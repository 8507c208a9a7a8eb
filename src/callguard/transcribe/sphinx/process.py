"""One worker process as the engine sees it: started when needed, started again after a crash."""

import asyncio
import logging
import sys
from collections import deque
from typing import cast

from callguard.errors import EngineError
from callguard.transcribe.sphinx.messages import LONGEST, REPLY, Command, Reply, pack_command, unpack_reply

log = logging.getLogger(__name__)

STDIN, STDOUT = 0, 1
READY_WITHIN_S = 60.0
"""Loading takes half a second for each decoder on an idle machine."""
REPLY_WITHIN_S = 30.0
"""Far more than the longest piece of audio takes; a worker that needs longer hangs."""
CLOSE_WITHIN_S = 5.0


class WorkerProcess:
    """A process with some decoders. Commands are carried out one after the other, whether or not somebody still waits."""

    def __init__(self, slots: int, *, command: tuple[str, ...] = (), hears_keywords: bool = False) -> None:
        """`command` stands in for the real worker in tests."""
        worker = (sys.executable, "-m", "callguard.transcribe.sphinx.worker", str(slots))
        self._command = command or (*worker, *(("keywords",) if hears_keywords else ()))
        self._starting = asyncio.Lock()
        self._pipes: _Pipes | None = None
        self.generation = 0
        """Counts the starts: what was begun in an earlier generation is gone."""

    async def start(self) -> None:
        """Start, unless it is running, and wait until the decoders are loaded. Raises EngineError."""
        async with self._starting:
            if self._pipes is not None and not self._pipes.has_ended:
                return
            self.generation += 1
            try:
                _, self._pipes = await asyncio.get_running_loop().subprocess_exec(_Pipes, *self._command, stderr=None)
            except OSError as error:
                raise EngineError(f"a worker of the offline engine cannot be started: {error.strerror}") from error
            await self._pipes.reply(within_s=READY_WITHIN_S)

    async def ask(self, command: Command) -> Reply:
        """Have a command carried out. Raises EngineError if the worker fails, which is then started again by the next one."""
        await self.start()
        assert self._pipes is not None  # it has just been started
        self._pipes.send(pack_command(command))
        reply = await self._pipes.reply(within_s=REPLY_WITHIN_S)
        if reply.error:
            raise EngineError(f"the offline engine could not {command.verb.name.lower().replace('_', ' ')}: {reply.error}")
        return reply

    def dismiss(self) -> None:
        """Let the process end when it has nothing left to do, without waiting for it."""
        if self._pipes is not None:
            self._pipes.close_input()

    async def close(self) -> None:
        """End the process and wait for it."""
        async with self._starting:
            pipes, self._pipes = self._pipes, None
            if pipes is not None:
                await pipes.end()


class _Pipes(asyncio.SubprocessProtocol):
    """The pipes of one process: replies come in the order of the commands."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._received = bytearray()
        self._waiting: deque[asyncio.Future[Reply]] = deque()
        self._exited: asyncio.Future[None] = loop.create_future()
        self._waiting.append(loop.create_future())  # a worker says first that it is ready

    @property
    def has_ended(self) -> bool:
        return self._exited.done()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.SubprocessTransport", transport)  # the base class promises less than it gives

    def send(self, message: bytes) -> None:
        pipe = self._transport.get_pipe_transport(STDIN)
        if self.has_ended or pipe is None:
            raise EngineError("a worker of the offline engine has ended; it is started again")
        self._waiting.append(asyncio.get_running_loop().create_future())
        cast("asyncio.WriteTransport", pipe).write(message)

    async def reply(self, *, within_s: float) -> Reply:
        """Wait for the reply to what was sent last. Raises EngineError; a worker that says nothing is killed."""
        waiting = self._waiting[-1]
        try:
            async with asyncio.timeout(within_s):
                return await waiting
        except TimeoutError as error:
            self._transport.kill()
            raise EngineError(f"a worker of the offline engine said nothing for {within_s:.0f} s; it is started again") from error

    def pipe_data_received(self, fd: int, data: bytes) -> None:  # noqa: ARG002  # only the output is a pipe to us
        self._received += data
        while len(self._received) >= REPLY.size:
            (length,) = REPLY.unpack_from(self._received)
            if length > LONGEST:
                self._transport.kill()
                return
            if len(self._received) < REPLY.size + length:
                return
            body = bytes(self._received[REPLY.size : REPLY.size + length])
            del self._received[: REPLY.size + length]
            self._take(body)

    def _take(self, body: bytes) -> None:
        waiting = self._waiting.popleft()
        if waiting.done():  # nobody waits any more
            return
        try:
            waiting.set_result(unpack_reply(body))
        except ValueError as error:
            waiting.set_exception(EngineError(f"a worker of the offline engine replied with something else: {error}"))

    def process_exited(self) -> None:
        if self._waiting:
            log.warning("a worker of the offline engine ended", extra={"status": self._transport.get_returncode()})
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(EngineError("a worker of the offline engine ended in the middle of its work"))
                waiting.exception()  # looked at here: whoever asked may have gone
        self._waiting.clear()
        if not self._exited.done():
            self._exited.set_result(None)
        self._transport.close()

    def close_input(self) -> None:
        """Close the worker's input, which ends it."""
        pipe = self._transport.get_pipe_transport(STDIN)
        if pipe is not None:
            pipe.close()

    async def end(self) -> None:
        """Close the worker's input and wait for its end."""
        self.close_input()
        try:
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await asyncio.shield(self._exited)
        except TimeoutError:
            self._transport.kill()
            await self._exited
