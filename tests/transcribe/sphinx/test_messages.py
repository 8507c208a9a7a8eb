import io

import pytest

from callguard.transcribe.sphinx.messages import (
    COMMAND,
    LONGEST,
    REPLY,
    Command,
    HeardWord,
    Reply,
    Verb,
    pack_command,
    pack_reply,
    read_command,
    unpack_reply,
)


def test_commands_come_out_as_they_went_in() -> None:
    commands = [Command(Verb.BEGIN, 0, b"40,3,-1"), Command(Verb.HEAR, 3, b"\x01\x00"), Command(Verb.END, 3)]
    pipe = io.BytesIO(b"".join(map(pack_command, commands)))
    assert [read_command(pipe.read) for _ in commands] == commands
    assert read_command(pipe.read) is None


def test_half_a_command_is_the_end() -> None:
    assert read_command(io.BytesIO(pack_command(Command(Verb.HEAR, 0, b"1234"))[:-1]).read) is None


@pytest.mark.parametrize("header", [COMMAND.pack(99, 0, 0), COMMAND.pack(Verb.HEAR, 0, LONGEST + 1)])
def test_what_cannot_be_a_command_is_refused(header: bytes) -> None:
    with pytest.raises(ValueError, match=r"99|bytes"):
        read_command(io.BytesIO(header).read)


def test_a_reply_comes_out_as_it_went_in() -> None:
    reply = Reply(text="hello", words=(HeardWord("hello", 0, 40, 0.5),), channel="40,3,-1", error="")
    assert unpack_reply(pack_reply(reply)[REPLY.size :]) == reply


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"words": [], "surprise": 1}', b'{"words": [{}]}'])
def test_what_is_no_reply_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        unpack_reply(body)
