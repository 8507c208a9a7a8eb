"""A worker process: `python -m callguard.transcribe.sphinx.worker SLOTS [keywords]`. Ends when its standard input does.

It imports neither numpy nor the rest of callguard, so that it starts fast and stays small.
"""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import BinaryIO, Protocol

from callguard.transcribe.sphinx.decoder import SphinxDecoder
from callguard.transcribe.sphinx.messages import Command, Reply, Verb, pack_reply, read_command
from callguard.transcribe.sphinx.phrases import PhraseDecoder

KEYWORDS = "keywords"


class Hearing(Protocol):
    """What a worker holds: `SphinxDecoder` or `PhraseDecoder`."""

    def begin(self, channel: str) -> Reply:
        """Start an utterance."""
        ...

    def hear(self, pcm: bytes) -> Reply:
        """Take audio."""
        ...

    def end(self) -> Reply:
        """Finish the utterance."""
        ...

    def give_up(self) -> Reply:
        """Forget the utterance."""
        ...


def obey(command: Command, decoders: Sequence[Hearing]) -> Reply:
    """Carry out one command; what goes wrong is told in the reply."""
    try:
        decoder = decoders[command.slot]
        acts: dict[Verb, Callable[[], Reply]] = {
            Verb.BEGIN: lambda: decoder.begin(command.body.decode()),
            Verb.HEAR: lambda: decoder.hear(command.body),
            Verb.END: decoder.end,
            Verb.GIVE_UP: decoder.give_up,
        }
        return acts[command.verb]()
    except (IndexError, RuntimeError, ValueError) as error:
        return Reply(error=f"{type(error).__name__}: {error}")


def serve(orders: BinaryIO, replies: BinaryIO, slots: int, make: Callable[[], Hearing] = SphinxDecoder) -> None:
    """Load the decoders, say so with an empty reply, and obey until `orders` ends."""
    decoders = [make() for _ in range(slots)]
    _send(replies, Reply())
    while (command := read_command(orders.read)) is not None:
        _send(replies, obey(command, decoders))


def _send(replies: BinaryIO, reply: Reply) -> None:
    replies.write(pack_reply(reply))
    replies.flush()


def main() -> None:
    """Serve the pipes that the engine has opened."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the engine closes our input in its own order
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as replies:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a C library prints must not be read as a reply
        try:
            serve(sys.stdin.buffer, replies, int(sys.argv[1]), PhraseDecoder if KEYWORDS in sys.argv else SphinxDecoder)
        except BrokenPipeError:
            return  # the engine is gone


if __name__ == "__main__":
    main()
