"""The bundled demo calls are what their scripts say, and can be heard."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

ROOT = Path(__file__).resolve().parents[2]
CALLS = ROOT / "src" / "callguard" / "demo" / "calls"
IDS = sorted(path.stem for path in CALLS.glob("*.toml"))
AUDIENCES = {"agent", "senior"}
CHANNELS = {"caller": 0, "agent": 1}
# POLICY.md, «Categories»
CATEGORIES = {
    *("threat_personal", "threat_general", "intimidation", "sexual", "hate", "insult"),
    *("profanity", "rudeness", "unreasonable_demand", "self_harm"),
}

Samples = npt.NDArray[np.float32]


def script_of(call: str) -> dict[str, Any]:
    return tomllib.loads((CALLS / f"{call}.toml").read_text(encoding="utf-8"))


def rows_of(call: str) -> list[dict[str, Any]]:
    return [json.loads(row) for row in (CALLS / f"{call}.jsonl").read_text(encoding="utf-8").splitlines()]


def audio_of(call: str) -> tuple[Samples, int]:
    samples, rate_hz = soundfile.read(CALLS / f"{call}.opus", dtype="float32", always_2d=True)
    return samples, rate_hz


def level_db(samples: Samples) -> float:
    return float(10 * np.log10(np.mean(samples.astype(np.float64) ** 2) + 1e-12))


def test_there_are_six_calls_under_three_megabytes() -> None:
    assert len(IDS) == 6
    assert sum(path.stat().st_size for path in CALLS.iterdir()) < 3_000_000


def test_at_least_four_voices_speak() -> None:
    assert len({turn["voice"] for call in IDS for turn in script_of(call)["turn"]}) >= 4


def test_the_files_fit_their_scripts() -> None:
    tool = ROOT / "tools" / "make_demo_calls.py"
    done = subprocess.run([sys.executable, str(tool), "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_missing_file_fails_the_check(tmp_path: Path) -> None:
    (tmp_path / f"{IDS[0]}.toml").write_bytes((CALLS / f"{IDS[0]}.toml").read_bytes())
    tool = ROOT / "tools" / "make_demo_calls.py"
    command = [sys.executable, str(tool), "--check", "--folder", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"{IDS[0]}.opus is missing" in done.stderr


@pytest.mark.parametrize("call", IDS)
def test_a_script_names_its_call_and_two_people_with_a_voice_each(call: str) -> None:
    script = script_of(call)
    voices = {(turn["speaker"], turn["voice"], turn.get("size", 1.0)) for turn in script["turn"]}
    assert script["id"] == call
    assert all(script[key] for key in ("title", "organisation", "agent"))
    assert {speaker for speaker, _, _ in voices} == {"caller", "agent"}
    assert len(voices) == 2
    assert len({voice for _, voice, _ in voices}) == 2


@pytest.mark.parametrize("call", IDS)
def test_a_caller_number_is_one_reserved_for_fiction(call: str) -> None:
    assert script_of(call)["caller"].startswith(("+44 20 7946 0", "+1 555-01"))


@pytest.mark.parametrize("call", IDS)
def test_expectations_name_turns_of_the_caller_and_known_facts(call: str) -> None:
    script = script_of(call)
    for fact in script.get("expect", []) + script.get("refuse", []):
        assert (fact["kind"], fact["audience"]) in {("prompt", "agent"), ("alert", "senior")}
        assert 1 <= fact.get("min_severity", 1) <= 4
    for expected in script.get("expect", []):
        assert script["turn"][expected["turn"] - 1]["speaker"] == "caller"
        assert expected.get("category") in CATEGORIES | {None}
        assert expected["within_s"] > 0
    assert script.get("expect") or script.get("refuse")


def test_the_two_harmless_calls_refuse_a_senior_alert_and_the_others_demand_one() -> None:
    alert = ("alert", "senior")
    for call in IDS:
        script = script_of(call)
        demanded = {(fact["kind"], fact["audience"]) for fact in script.get("expect", [])}
        refused = {(fact["kind"], fact["audience"]) for fact in script.get("refuse", []) if "min_severity" not in fact}
        assert (alert in demanded) != (alert in refused), call


@pytest.mark.parametrize("call", IDS)
def test_audio_has_two_channels_at_8_khz_and_lasts_40_to_90_s(call: str) -> None:
    samples, rate_hz = audio_of(call)
    assert (samples.shape[1], rate_hz) == (2, 8000)
    assert 40 <= len(samples) / rate_hz <= 90


@pytest.mark.parametrize("call", IDS)
def test_every_turn_is_heard_on_its_own_channel_only(call: str) -> None:
    samples, rate_hz = audio_of(call)
    rows = rows_of(call)
    for number, row in enumerate(rows):
        start_s, end_s = _alone(rows, number)
        span = samples[int(start_s * rate_hz) : int(end_s * rate_hz)]
        mine = CHANNELS[row["speaker"]]
        assert level_db(span[:, mine]) > -28, row["text"]
        assert level_db(span[:, 1 - mine]) < -45, row["text"]


@pytest.mark.parametrize("call", IDS)
def test_transcript_times_are_those_of_the_speech(call: str) -> None:
    samples, rate_hz = audio_of(call)
    margin, edge = round(0.16 * rate_hz), round(0.02 * rate_hz)
    for row in rows_of(call):
        channel = samples[:, CHANNELS[row["speaker"]]]
        start, end = round(row["start_s"] * rate_hz), round(row["end_s"] * rate_hz)
        assert 0 < start < end < len(channel)
        assert level_db(channel[start - margin : start - edge]) < -45, row["text"]
        assert level_db(channel[start : start + margin]) > -45, row["text"]
        assert level_db(channel[end + edge : end + margin]) < -45, row["text"]
        assert level_db(channel[end - margin : end]) > -45, row["text"]


def _alone(rows: list[dict[str, Any]], number: int) -> tuple[float, float]:
    """The part of a turn in which nobody else speaks: neighbours may overlap it a little."""
    start_s, end_s = rows[number]["start_s"], rows[number]["end_s"]
    if number > 0:
        start_s = max(start_s, rows[number - 1]["end_s"] + 0.1)
    if number + 1 < len(rows):
        end_s = min(end_s, rows[number + 1]["start_s"] - 0.1)
    return start_s, end_s
