from importlib import resources
from pathlib import Path

import pytest

from callguard.cli.replay_command import read_channels, read_speed
from callguard.demo.script import DemoCall, failures, load_demo_calls
from callguard.errors import SettingsError
from callguard.terms import Role
from tests.cli.conftest import Callguard

CALLS = Path(str(resources.files("callguard.demo") / "calls"))


def test_a_transcript_gives_events_one_a_line(callguard: Callguard) -> None:
    result = callguard("replay", CALLS / "04-personal-threat.jsonl", "--json")
    kinds = [row["type"] for row in result.rows]
    assert (kinds[0], kinds[-1]) == ("call_started", "call_ended")
    alerts = [row for row in result.rows if row["type"] == "decision" and row["kind"] == "alert"]
    assert {"at_s", "audience", "severity", "provisional", "because", "call_id"} <= set(alerts[0])
    assert alerts[0]["severity"] == 4


def test_several_files_are_several_calls(callguard: Callguard) -> None:
    file = CALLS / "01-pleasant.jsonl"
    result = callguard("replay", file, file, "--json")
    assert {row["call_id"] for row in result.rows} == {"01-pleasant", "01-pleasant-2"}


def test_an_ending_in_capitals_is_a_transcript_too(callguard: Callguard, tmp_path: Path) -> None:
    file = tmp_path / "CALL.JSONL"
    file.write_bytes((CALLS / "01-pleasant.jsonl").read_bytes())
    assert callguard("replay", file, "--json").rows[-1]["type"] == "call_ended"


def test_people_read_lines_instead(callguard: Callguard) -> None:
    out = callguard("replay", CALLS / "04-personal-threat.jsonl").out
    assert "▲ urgent alert for senior: threat personal, severity 4" in out


def test_a_broken_policy_stops_before_anything_is_replayed(callguard: Callguard, tmp_path: Path) -> None:
    policy = tmp_path / "mine.toml"
    policy.write_text("name = 3\n")
    result = callguard("replay", CALLS / "01-pleasant.jsonl", "--policy", policy)
    assert result.code == 2
    assert "mine.toml" in result.err
    assert result.out == ""


@pytest.mark.parametrize("call", load_demo_calls(), ids=lambda call: call.script.id)
def test_a_recording_heard_by_the_offline_engine_goes_as_its_script_says(
    callguard: Callguard, monkeypatch: pytest.MonkeyPatch, call: DemoCall
) -> None:
    # With what it mishears: a model that passes on clean text took «burned one two five nine» for a threat.
    monkeypatch.setenv("CALLGUARD_TRANSCRIBE__ENGINE", "pocketsphinx")

    result = callguard("replay", call.audio, "--json")

    assert failures(call, result.rows) == []
    assert any(row["type"] == "transcript" for row in result.rows)


def test_channels_are_read_left_first() -> None:
    assert read_channels("agent,caller") == (Role.AGENT, Role.CALLER)
    assert read_channels("mono") == (Role.UNKNOWN,)
    with pytest.raises(SettingsError, match="expected caller,agent"):
        read_channels("caller")


@pytest.mark.parametrize("text", ["fast", "0", "-1", "nan"])
def test_a_speed_that_is_none_is_refused(text: str) -> None:
    assert read_speed("max") is None
    assert read_speed("2") == 2.0
    with pytest.raises(SettingsError, match="--speed"):
        read_speed(text)
