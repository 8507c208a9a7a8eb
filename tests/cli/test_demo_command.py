import socket
from pathlib import Path

from callguard.cli.demo_command import demo_settings, free_port, summarise
from callguard.demo.player import Outcome
from callguard.demo.script import DemoCall, Script

CALL = DemoCall(script=Script(id="x", title="X", organisation="", agent="sam", caller=""), turns=(), audio=Path())


def test_a_taken_port_is_left_alone_and_another_is_used() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert free_port(taken.getsockname()[1]) == 0


def test_the_demo_leaves_nothing_behind_and_listens_on_loopback_only(tmp_path: Path) -> None:
    settings = demo_settings(tmp_path)
    assert settings.data_dir == tmp_path
    assert settings.http.host == settings.taps.twilio.host == "127.0.0.1"


def test_the_summary_has_what_scripts_read_and_names_what_failed() -> None:
    rows = (
        {"type": "transcript", "final": True},
        {"type": "transcript", "final": False},
        {"type": "decision", "kind": "prompt"},
        {"type": "decision", "kind": "alert"},
    )
    summary = summarise([Outcome(call=CALL, rows=rows, failures=("no alert",))], [100.0, 300.0], "pocketsphinx")
    assert summary == {
        "calls": 1,
        "utterances": 1,
        "warnings": 1,
        "alerts": 1,
        "latency_ms": {"p50": 200.0, "p95": 290.0},
        "engine": "pocketsphinx",
        "failures": {"x": ("no alert",)},
    }


def test_a_demo_without_warnings_has_no_latency() -> None:
    assert summarise([], [], "pocketsphinx")["latency_ms"] == {"p50": None, "p95": None}
