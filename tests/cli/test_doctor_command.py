import socket
from pathlib import Path

import pytest

from callguard.cli.doctor_command import Verdict, examine
from callguard.settings import Settings, load_settings
from tests.cli.conftest import Callguard


def settings_in(folder: Path, port: int = 0) -> Settings:
    return load_settings(
        data_dir=folder,
        http={"port": port},
        taps={"twilio": {"port": 0}, "audiosocket": {"enabled": False}},
        transcribe={"engine": "pocketsphinx"},
    )


def test_a_machine_that_can_serve_has_nothing_missing(tmp_path: Path) -> None:
    findings = {finding.part: finding.verdict for finding in examine(settings_in(tmp_path))}
    assert Verdict.MISSING not in findings.values()
    assert {"python", "speech engine", "scorer", "policy", "database", "disk"} <= set(findings)


def test_a_port_that_something_else_has_taken_is_missing_with_its_remedy(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (finding,) = (one for one in examine(settings_in(tmp_path, port)) if one.part == f"port {port}")
    assert finding.verdict is Verdict.MISSING
    assert "http.port" in finding.remedy


def test_a_broken_policy_is_missing_and_the_exit_code_says_so(callguard: Callguard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLGUARD_DECIDE__POLICY", "nowhere.toml")
    monkeypatch.setenv("CALLGUARD_TRANSCRIBE__ENGINE", "pocketsphinx")
    result = callguard("doctor", "--json")
    assert result.code == 1
    assert [row["part"] for row in result.rows if row["verdict"] == "missing" and row["part"] == "policy"] == ["policy"]


def test_every_setting_is_listed(callguard: Callguard) -> None:
    result = callguard("doctor", "--settings")
    assert result.code == 0
    assert "CALLGUARD_MEDIA__MIN_SILENCE_MS=400  # Silence that ends a segment" in result.out
