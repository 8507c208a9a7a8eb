"""Real processes; the ones that misbehave are one line of Python each."""

import asyncio
import os
import signal
import sys

import pytest

from callguard.errors import EngineError
from callguard.transcribe.sphinx.messages import Command, Verb
from callguard.transcribe.sphinx.process import WorkerProcess

READY = "import sys,struct,json,os; r=json.dumps(dict(text='',words=[],channel='',error='')).encode(); "
SAY = "sys.stdout.buffer.write(struct.pack('<I',len(r))+r); sys.stdout.flush(); "


def script(body: str) -> tuple[str, ...]:
    return (sys.executable, "-S", "-c", READY + body)


async def test_a_worker_that_dies_fails_what_it_was_asked_and_is_started_again() -> None:
    worker = WorkerProcess(1, command=script(SAY + "sys.stdin.buffer.read(1); os._exit(3)"))
    await worker.start()
    with pytest.raises(EngineError, match="ended in the middle"):
        await worker.ask(Command(Verb.BEGIN, 0))
    await worker.start()
    assert worker.generation == 2
    await worker.close()


async def test_a_worker_that_dies_before_it_is_ready_is_an_error() -> None:
    worker = WorkerProcess(1, command=script("sys.exit(1)"))
    with pytest.raises(EngineError, match="ended"):
        await worker.start()
    await worker.close()


async def test_a_worker_that_cannot_be_started_is_an_error() -> None:
    worker = WorkerProcess(1, command=("/no/such/program",))
    with pytest.raises(EngineError, match="cannot be started"):
        await worker.start()
    await worker.close()


async def test_a_worker_that_talks_nonsense_is_an_error() -> None:
    worker = WorkerProcess(1, command=script("r=b'?'; " + SAY + "sys.stdin.read()"))
    with pytest.raises(EngineError, match="something else"):
        await worker.start()
    await worker.close()


async def test_a_worker_that_promises_too_long_a_reply_is_killed() -> None:
    worker = WorkerProcess(1, command=script("sys.stdout.buffer.write(b'\\xff'*8); sys.stdout.flush(); sys.stdin.read()"))
    with pytest.raises(EngineError, match="ended"):
        await worker.start()
    await worker.close()


async def test_the_reply_to_a_cancelled_command_is_not_taken_for_the_next_one() -> None:
    answer = "sys.stdin.buffer.read(6); r=json.dumps(dict(text=str({n}),words=[],channel='',error='')).encode(); " + SAY
    worker = WorkerProcess(1, command=script(SAY + answer.format(n=1) + answer.format(n=2) + "sys.stdin.read()"))
    await worker.start()
    unwanted = asyncio.create_task(worker.ask(Command(Verb.END, 0)))
    await asyncio.sleep(0)
    unwanted.cancel()
    reply = await worker.ask(Command(Verb.END, 0))
    assert reply.text == "2"
    await worker.close()


async def test_closing_leaves_no_process_behind() -> None:
    worker = WorkerProcess(1, command=script(SAY + "sys.stdin.buffer.read()"))
    await worker.start()
    assert worker._pipes is not None
    pid = worker._pipes._transport.get_pid()
    await worker.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_the_real_worker_decodes_and_ignores_interrupts() -> None:
    worker = WorkerProcess(1)
    await worker.start()
    assert worker._pipes is not None
    os.kill(worker._pipes._transport.get_pid(), signal.SIGINT)
    with pytest.raises(EngineError, match="no utterance was begun"):
        await worker.ask(Command(Verb.HEAR, 0, bytes(3200)))
    with pytest.raises(EngineError, match="IndexError"):
        await worker.ask(Command(Verb.BEGIN, 7))
    await worker.ask(Command(Verb.BEGIN, 0))
    await worker.ask(Command(Verb.HEAR, 0, bytes(32000)))
    reply = await worker.ask(Command(Verb.END, 0))
    assert reply.text == ""
    assert reply.channel.count(",") == 12
    await worker.close()
