import asyncio
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callguard.cli.doctor_command import Verdict, examine
from callguard.decide.policy import bundled_policies
from callguard.record.store import SqlStore
from callguard.sendings import SendingState
from callguard.settings import Settings, load_settings
from tests.cli.conftest import Callguard
from tests.sendings import sending


def settings_in(
    folder: Path,
    port: int = 0,
    *,
    twilio: object = {"port": 0},  # never changed
    audiosocket: object = {"enabled": False},
    transcribe: object = {"engine": "pocketsphinx"},
) -> Settings:
    return load_settings(
        data_dir=folder, http={"port": port}, taps={"twilio": twilio, "audiosocket": audiosocket}, transcribe=transcribe
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


def missing(settings: Settings) -> dict[str, str]:
    return {one.part: one.found for one in examine(settings) if one.verdict is Verdict.MISSING}


def test_a_key_that_others_may_read_is_missing_because_serve_would_not_start(tmp_path: Path) -> None:
    key = tmp_path / "callers.key"
    key.write_text("00" * 32)
    key.chmod(0o644)
    assert "chmod 600" in missing(settings_in(tmp_path))["callers' key"]


def test_signatures_without_the_signed_address_are_missing(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, twilio={"port": 0, "auth_token": "hush"})
    assert "public_url is empty" in missing(settings)["taps"]


@pytest.mark.parametrize(
    ("twilio", "audiosocket", "verdict"),
    [
        ({"port": 0}, {"enabled": False}, Verdict.GOOD),
        ({"port": 0, "public_url": "wss://guard.example.org/twilio"}, {"enabled": False}, Verdict.FALLBACK),
        ({"port": 0, "host": "192.0.2.1"}, {"enabled": False}, Verdict.FALLBACK),
        ({"port": 0, "host": "192.0.2.1", "bearer_token": "hush"}, {"enabled": False}, Verdict.GOOD),
        ({"enabled": False}, {"port": 0, "host": "0.0.0.0"}, Verdict.FALLBACK),
    ],
)
def test_a_tap_that_takes_calls_from_anybody_is_told(
    tmp_path: Path, twilio: dict[str, object], audiosocket: dict[str, object], verdict: Verdict
) -> None:
    settings = settings_in(tmp_path, twilio=twilio, audiosocket=audiosocket)
    assert [one.verdict for one in examine(settings) if one.part == "taps"] == [verdict]


def test_a_model_that_cannot_be_loaded_is_missing(tmp_path: Path) -> None:
    (tmp_path / "models" / "base.en").mkdir(parents=True)
    (tmp_path / "models" / "base.en" / "model.bin").write_bytes(b"no model")
    transcribe = {"engine": "auto", "model": "base.en", "models_dir": tmp_path / "models"}
    assert "cannot be loaded" in missing(settings_in(tmp_path, transcribe=transcribe))["speech engine"]


def test_a_database_that_fails_is_told_once_and_no_other_remedy_leads_astray(tmp_path: Path) -> None:
    (tmp_path / "callguard.db").write_bytes(b"no database" * 100)
    found = {one.part: (one.verdict, one.remedy) for one in examine(settings_in(tmp_path))}
    assert found["database"] == (Verdict.MISSING, ""), "the sentence itself says what to do"
    assert "telling others" not in found


def test_every_setting_is_listed(callguard: Callguard) -> None:
    result = callguard("doctor", "--settings")
    assert result.code == 0
    assert "CALLGUARD_MEDIA__MIN_SILENCE_MS=400  # Silence that ends a segment" in result.out


def telling(settings: Settings) -> tuple[Verdict, str]:
    (finding,) = (one for one in examine(settings) if one.part == "telling others")
    return finding.verdict, finding.found


def test_the_policy_that_was_chosen_is_told_and_not_only_that_of_the_settings(callguard: Callguard) -> None:
    callguard("policy", "use", "low-tolerance")

    found = {row["part"]: row["found"] for row in callguard("doctor", "--json").rows}

    assert found["policy"] == "low-tolerance 1 (chosen instead of standard 1, which the settings name)"


def test_a_route_of_the_policy_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    text = bundled_policies()["standard"].read_text(encoding="utf-8")
    policy = tmp_path / "own.toml"
    policy.write_text(text.replace("[wrap_up]", '[[notify]]\nwhen = "urgent"\nroute = "sms"\n\n[wrap_up]', 1))
    settings = load_settings(data_dir=tmp_path, decide={"policy": str(policy)}, transcribe={"engine": "pocketsphinx"})
    assert telling(settings) == (
        Verdict.FALLBACK,
        "0 webhooks, 0 routes to people; the policy's route «sms» is not in notify.routes",
    )


def test_a_receiver_that_cannot_be_one_is_missing(tmp_path: Path) -> None:
    settings = load_settings(
        data_dir=tmp_path, notify={"routes": {"sms": "env:NOT_THERE"}}, transcribe={"engine": "pocketsphinx"}
    )
    verdict, found = telling(settings)
    assert verdict is Verdict.MISSING
    assert "NOT_THERE" in found


def test_what_was_given_up_or_waits_for_long_is_told(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)

    async def leave_some() -> None:
        store = await SqlStore.open(settings.database_url)
        an_hour_ago = {"created_at": datetime.now(UTC) - timedelta(hours=1)}
        await store.outbox.add([sending(1), sending(2).model_copy(update=an_hour_ago)])
        failed = {"state": SendingState.FAILED, "ended_at": sending(1).created_at}
        await store.outbox.note([sending(1).model_copy(update=failed)])
        await store.close()

    asyncio.run(leave_some())
    verdict, found = telling(settings)
    assert verdict is Verdict.FALLBACK
    assert "1 sendings were given up; the oldest sending waits for 60 min" in found
