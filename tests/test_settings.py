from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from callguard.errors import SettingsError
from callguard.settings import describe_settings, load_settings
from tools.write_settings import FILE, page


def test_defaults_need_nothing() -> None:
    settings = load_settings()
    assert settings.transcribe.engine == "auto"
    assert settings.database_url.startswith("sqlite+aiosqlite:///")


def test_arguments_win_over_environment_over_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "callguard.toml"
    file.write_text("[http]\nport = 1\nhost = '127.0.0.2'\nsession_hours = 3\n")
    monkeypatch.setenv("CALLGUARD_HTTP__PORT", "2")
    monkeypatch.setenv("CALLGUARD_HTTP__HOST", "127.0.0.3")
    settings = load_settings(file, http={"port": 3})
    assert (settings.http.port, settings.http.host, settings.http.session_hours) == (3, "127.0.0.3", 3)


def test_an_unknown_key_in_the_file_stops_the_start_and_is_named(tmp_path: Path) -> None:
    file = tmp_path / "callguard.toml"
    file.write_text("[http]\nprot = 1\n")
    with pytest.raises(SettingsError, match=r"unknown setting «http\.prot»"):
        load_settings(file)


def test_an_unknown_variable_stops_the_start_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLGUARD_HTTP__PROT", "1")
    with pytest.raises(SettingsError, match="CALLGUARD_HTTP__PROT"):
        load_settings()


@pytest.mark.parametrize("name", ["Europe/Bielefeld", "../etc/passwd", ""])
def test_a_time_zone_that_nobody_knows_stops_the_start(name: str) -> None:
    with pytest.raises(SettingsError, match=r"«time_zone».*such as Europe/Berlin"):
        load_settings(time_zone=name)
    assert load_settings(time_zone="Europe/Berlin").zone == ZoneInfo("Europe/Berlin")


def test_the_ordinary_time_zone_needs_no_database_of_zones() -> None:
    assert load_settings().zone is UTC


def test_a_value_out_of_range_is_named_with_its_place() -> None:
    with pytest.raises(SettingsError, match=r"«media\.min_silence_ms»"):
        load_settings(media={"min_silence_ms": 1})


def test_a_file_that_is_missing_or_no_toml_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="does not exist"):
        load_settings(tmp_path / "nowhere.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("[http\n")
    with pytest.raises(SettingsError, match=r"broken\.toml cannot be read as TOML.*line 1"):
        load_settings(broken)
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path)
    broken.write_bytes("[http]\n# Café\n".encode("latin-1"))
    with pytest.raises(SettingsError, match=r"broken\.toml is not UTF-8 in line 2; save it as UTF-8"):
        load_settings(broken)


def test_a_file_that_windows_saved_is_read(tmp_path: Path) -> None:
    file = tmp_path / "callguard.toml"
    file.write_bytes(b"\xef\xbb\xbforganisation = 'Caf\xc3\xa9'\r\n[http]\r\nport = 1\r\n")
    settings = load_settings(file)
    assert (settings.organisation, settings.http.port) == ("Café", 1)


def test_all_that_is_wrong_is_said_at_once_with_what_was_found(tmp_path: Path) -> None:
    file = tmp_path / "callguard.toml"
    file.write_text("[http]\nport = 'abc'\nprot = 3\n[taps.twilio]\nauth_token = 123456\n")
    with pytest.raises(SettingsError) as caught:
        load_settings(file)
    assert "«http.port» is wrong ('abc')" in str(caught.value)
    assert "unknown setting «http.prot»" in str(caught.value)
    assert "«taps.twilio.auth_token» is wrong:" in str(caught.value)
    assert "123456" not in str(caught.value), "it may be the secret"


@pytest.mark.parametrize(
    ("name", "value", "example"),
    [("HTTP__EMBED_ORIGINS", "https://a.example", r'\["one", "another"\]'), ("JOIN__PHONES", "ana=12", r'\{"name": "value"\}')],
)
def test_a_variable_that_should_hold_json_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, example: str) -> None:
    monkeypatch.setenv(f"CALLGUARD_{name}", value)
    with pytest.raises(SettingsError, match=f"CALLGUARD_{name} holds no JSON; write it as {example}"):
        load_settings()


def test_an_empty_folder_is_not_wherever_one_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLGUARD_DATA_DIR", "")
    with pytest.raises(SettingsError, match=r"«data_dir» is wrong.*empty"):
        load_settings()


def test_secrets_do_not_show_in_a_printed_tree() -> None:
    settings = load_settings(taps={"twilio": {"auth_token": "hush"}})
    assert "hush" not in repr(settings)


def test_every_setting_is_listed_with_its_variable() -> None:
    names = [name for name, _, _ in describe_settings()]
    assert "CALLGUARD_TAPS__TWILIO__PORT" in names
    assert len(names) == len(set(names))


def test_defaults_are_listed_as_a_variable_would_hold_them() -> None:
    defaults = {name: default for name, default, _ in describe_settings()}
    assert (defaults["CALLGUARD_JOIN__PHONES"], defaults["CALLGUARD_TRANSCRIBE__VOCABULARY"]) == ("{}", "[]")
    assert (defaults["CALLGUARD_SCORE__MODEL"], defaults["CALLGUARD_RECORD__AUDIO"]) == ("", "true")


def test_the_page_of_settings_is_as_they_are() -> None:
    assert FILE.read_text(encoding="utf-8") == page(), "run tools/write_settings.py"


def test_the_file_to_begin_with_can_be_read_and_keeps_all_in_one_folder() -> None:
    settings = load_settings(Path(__file__).parent.parent / "deploy" / "callguard.toml")

    assert settings.data_path == Path("/var/lib/callguard")
    assert settings.transcribe.models_dir.is_relative_to(settings.data_path)
