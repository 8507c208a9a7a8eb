from importlib import resources
from pathlib import Path

from tests.cli.conftest import Callguard

STANDARD = Path(str(resources.files("callguard.decide") / "policies" / "standard.toml"))


def test_a_sound_policy_is_said_to_be_in_order(callguard: Callguard) -> None:
    result = callguard("policy", "check", "standard")
    assert (result.code, "standard 1 is in order" in result.out) == (0, True)


def test_every_problem_of_a_broken_policy_is_named_and_the_check_fails(callguard: Callguard, tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text(STANDARD.read_text().replace("version = ", "vresion = ", 1))
    result = callguard("policy", "check", broken)
    assert result.code == 1
    assert "vresion" in result.err


def test_what_differs_between_two_policies_is_shown_by_place(callguard: Callguard, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(STANDARD.read_text().replace("version = 1", "version = 2", 1))
    assert callguard("policy", "diff", "standard", other).out == "version: 1 → 2\n"


def test_a_policy_is_chosen_for_the_next_start_or_reload_and_other_content_under_its_version_is_refused(
    callguard: Callguard, tmp_path: Path
) -> None:
    assert "low-tolerance 1 is chosen instead of standard 1" in callguard("policy", "use", "low-tolerance").out
    assert "standard 1 is chosen instead of low-tolerance 1" in callguard("policy", "use", "standard").out

    other = tmp_path / "other.toml"
    other.write_text(STANDARD.read_text().replace("mild_count = 3", "mild_count = 4", 1))
    refused = callguard("policy", "use", other)
    assert (refused.code, "raise its version" in refused.err) == (1, True)
