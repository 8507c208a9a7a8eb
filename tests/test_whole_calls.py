"""The bundled calls from recording to decision."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from callguard.demo.script import DemoCall, failures, load_demo_calls
from tests.whole_calls import ReadingEngine, play, play_file, played

CALLS = load_demo_calls()


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.script.id)
async def test_a_bundled_call_does_what_its_script_says(call: DemoCall) -> None:
    rows = await played(call)
    assert failures(call, rows) == []
    assert rows[0]["type"] == "call_started"
    assert [row["type"] for row in rows].count("call_ended") == 1


async def test_the_same_call_gives_the_same_events() -> None:
    assert await play(CALLS[3]) == await played(CALLS[3])


async def test_every_word_of_a_call_is_heard_once_and_by_the_right_party() -> None:
    call = CALLS[2]
    heard = [(row["channel"], row["text"]) for row in await played(call) if row["type"] == "transcript" and row["text"]]
    for speaker in ("caller", "agent"):
        said = " ".join(turn.text for turn in call.turns if turn.speaker == speaker)
        assert " ".join(text for channel, text in heard if channel == speaker) == said


async def test_twenty_seconds_of_silence_say_nothing_and_the_call_stays_quiet(tmp_path: Path) -> None:
    file = tmp_path / "silence.wav"
    soundfile.write(file, np.zeros((20 * 8000, 2), np.float32), 8000)
    rows = await play_file(file, ReadingEngine(()), seconds=22)
    assert [row["type"] for row in rows] == ["call_started", "guard", "call_ended"]


async def test_a_call_with_one_side_only_is_guarded_all_the_same(tmp_path: Path) -> None:
    call = CALLS[4]
    samples, rate_hz = soundfile.read(str(call.audio), dtype="float32")
    samples[:, 1] = 0
    file = tmp_path / "one-side.wav"
    soundfile.write(file, samples[: int(15 * rate_hz)], rate_hz)
    rows = await play_file(file, ReadingEngine(call.turns), seconds=17)
    assert {row["channel"] for row in rows if row["type"] == "transcript"} == {"caller"}
    assert any(row["type"] == "decision" and row["severity"] == 4 for row in rows)
