from pathlib import Path

import pytest

from callguard.call_path import CallPath
from callguard.decide.ladder import Ladder
from callguard.decide.policy import load_policy
from callguard.errors import InputError
from callguard.events import CallEnded, Decision, Event
from callguard.replay import Turn, read_turns, replay_audio, replay_turns
from callguard.speech import AudioFrame, Transcript
from callguard.terms import Audience, Encoding, Role
from tests.clocks import HandClock
from tests.fakes import (
    AlertLadder,
    OpenJudge,
    QuietListening,
    ScriptedEngine,
    ShoutScorer,
    call_started,
    speech_segment,
    speech_snapshot,
)


def path(events: list[Event], engine: ScriptedEngine, ladder: AlertLadder) -> CallPath:
    return CallPath(
        "c1", write_down=engine.write_down, scorer=ShoutScorer(), ladder=ladder, emit=events.append, clock=HandClock()
    )


def frames(seconds: float) -> list[AudioFrame]:
    return [
        AudioFrame(
            call_id="c1",
            channel=Role.CALLER,
            encoding=Encoding.MULAW,
            rate_hz=8000,
            start_sample=number * 160,
            received_ns=0,
            payload=b"\xff" * 160,
        )
        for number in range(int(seconds * 50))
    ]


async def test_a_recording_goes_through_the_whole_path_and_time_passes_as_it_is_heard() -> None:
    events: list[Event] = []
    ladder, listening = AlertLadder(), QuietListening()
    listening.speech = [speech_snapshot(0), speech_segment(0)]
    await replay_audio(
        frames(1),
        started=call_started(),
        path=path(events, ScriptedEngine({0: "YOU FOOL"}), ladder),
        listening=listening,
        judge=OpenJudge(),
        emit=events.append,
        clock=HandClock(),
        speed=None,
    )
    assert [type(event).__name__ for event in events] == ["CallStarted", "Transcript", "UtteranceScore", "Decision", "CallEnded"]
    assert ladder.ticks == sorted(ladder.ticks)
    assert ladder.ticks[-1] == int(0.98 * 16_000)


async def test_speech_that_the_engine_cannot_write_down_is_lost_for_the_policy_too() -> None:
    events: list[Event] = []
    ladder, listening = AlertLadder(), QuietListening()
    listening.speech = [speech_segment(0)]
    await replay_audio(
        frames(1),
        started=call_started(),
        path=path(events, ScriptedEngine({}), ladder),
        listening=listening,
        judge=OpenJudge(),
        emit=events.append,
        clock=HandClock(),
        speed=None,
    )
    assert [type(event).__name__ for event in events] == ["CallStarted", "TranscriptLost", "CallEnded"]
    assert [lost.segment for lost in ladder.lost] == [0]


def test_a_written_conversation_is_scored_and_decided_at_its_own_times() -> None:
    events: list[Event] = []
    turns = [
        Turn(speaker=Role.AGENT, text="HOW CAN I HELP", start_s=0, end_s=1),
        Turn(speaker=Role.CALLER, text="YOU FOOL", start_s=2, end_s=3),
    ]
    replay_turns(
        turns, started=call_started(), path=path(events, ScriptedEngine({}), AlertLadder()), emit=events.append, clock=HandClock()
    )
    assert [event.at_sample for event in events if isinstance(event, Decision)] == [48_000]
    assert [event.channel for event in events if isinstance(event, Transcript)] == [Role.AGENT, Role.CALLER]
    assert isinstance(events[-1], CallEnded)


def test_a_transcript_file_is_read_turn_by_turn(tmp_path: Path) -> None:
    file = tmp_path / "call.jsonl"
    file.write_text('{"speaker": "caller", "text": "hello", "start_s": 0.5, "end_s": 1}\n\n')
    assert read_turns(file) == [Turn(speaker=Role.CALLER, text="hello", start_s=0.5, end_s=1.0)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("hello", "line 1 is not JSON"),
        ('{"speaker": "caller", "text": "x", "start_s": 0}', "line 1 has no 'end_s'"),
        ('{"speaker": "robot", "text": "x", "start_s": 0, "end_s": 1}', "robot"),
        ('{"speaker": "caller", "text": "x", "start_s": 2, "end_s": 1}', "times do not run forward"),
        ('{"speaker": "caller", "text": "x", "start_s": "nan", "end_s": 1}', "times do not run forward"),
        ('{"speaker": "caller", "text": "x", "start_s": 0, "end_s": 1e308}', "seconds since the call began"),
        ('{"speaker": "caller", "text": "x", "start_s": 0, "end_s": 1796000000}', "seconds since the call began"),
    ],
)
def test_a_broken_line_is_named_with_what_was_expected(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "call.jsonl"
    file.write_text(line)
    with pytest.raises(InputError, match=said) as error:
        read_turns(file)
    assert "expected" in str(error.value)


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_a_transcript_without_a_line_is_no_quiet_call(tmp_path: Path, text: str) -> None:
    file = tmp_path / "call.jsonl"
    file.write_text(text)
    with pytest.raises(InputError, match="holds no line"):
        read_turns(file)


def test_a_transcript_of_another_system_is_read_with_its_mark_and_its_separators(tmp_path: Path) -> None:
    file = tmp_path / "call.jsonl"
    lines = [f'{{"speaker": "caller", "text": "one{mark}two", "start_s": 0, "end_s": 1}}' for mark in "\u2028\u0085"]
    file.write_bytes(("\ufeff" + "\r\n".join(lines)).encode())
    assert [turn.text for turn in read_turns(file)] == ["one\u2028two", "one\u0085two"]


def test_an_alert_that_nobody_answers_is_raised_at_its_due_time_and_not_at_the_next_line() -> None:
    events: list[Event] = []
    turns = [
        Turn(speaker=Role.CALLER, text="YOU FOOL", start_s=0, end_s=1),
        Turn(speaker=Role.CALLER, text="YOU CLOWN", start_s=1, end_s=2),
        Turn(speaker=Role.AGENT, text="i see", start_s=60, end_s=61),
    ]
    call = CallPath(
        "c1",
        write_down=ScriptedEngine({}).write_down,
        scorer=ShoutScorer(),
        ladder=Ladder("c1", load_policy("standard"), organisation="Larkfield"),
        emit=events.append,
        clock=HandClock(),
    )

    replay_turns(turns, started=call_started(), path=call, emit=events.append, clock=HandClock())

    raised = [event for event in events if isinstance(event, Decision) and event.audience is Audience.SENIOR]
    assert [(alert.tier, alert.at_sample // 16_000) for alert in raised] == [(1, 2), (2, 22), (3, 42)]
