import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from callguard.decide.policy import (
    bundled_policies,
    check_policy,
    diff_policies,
    load_policy,
    spoken_cards,
)
from callguard.decide.wording import SPOKEN_WORDS, spoken_words
from callguard.errors import PolicyError
from callguard.terms import StaffRole, Tactic

Break = Callable[[str, str], Path]
"""Writes the standard policy with one text replaced by another."""
STANDARD = bundled_policies()["standard"].read_text(encoding="utf-8")


@pytest.fixture
def broken(tmp_path: Path) -> Break:
    def write(old: str, new: str) -> Path:
        assert STANDARD.count(old) >= 1, f"the standard policy no longer says «{old}»"
        file = tmp_path / "mine.toml"
        file.write_text(STANDARD.replace(old, new, 1), encoding="utf-8")
        return file

    return write


def test_the_standard_policy_is_bundled_and_sound() -> None:
    assert check_policy(bundled_policies()["standard"]) == []
    assert load_policy("standard").label == "standard 1"


def test_the_repository_shows_the_bundled_policies_under_configs() -> None:
    configs = Path(__file__).parents[2] / "configs" / "policies"

    assert {file.name for file in configs.glob("*.toml")} == {file.name for file in bundled_policies().values()}


def test_a_policy_is_loaded_by_path_too(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text(STANDARD.replace('name = "standard"', 'name = "ours"'), encoding="utf-8")

    assert load_policy(str(file)).name == "ours"


@pytest.mark.parametrize("tactic", list(Tactic))
def test_every_tactic_has_words_that_can_be_spoken_in_one_breath(tactic: Tactic) -> None:
    policy = load_policy("standard")

    assert 0 < spoken_words(policy.cards[tactic].text) <= SPOKEN_WORDS


def test_the_exit_card_names_the_destination() -> None:
    policy = load_policy("standard")

    exit_card = next(card for card in spoken_cards(policy, organisation="Larkfield") if card.tactic is Tactic.EXIT)

    assert policy.destination in exit_card.text


def test_cards_come_in_the_order_of_the_ladder_with_all_names_filled_in() -> None:
    cards = spoken_cards(load_policy("standard"), organisation="Larkfield", agent="Sam", name_and_title="Ana Ruiz, manager")

    assert [card.tactic for card in cards] == list(Tactic)
    assert not any("{" in card.text for card in cards)
    assert "Ana Ruiz, manager" in cards[-1].text
    assert "Sam" in cards[-1].text


def test_interject_and_follow_up_are_for_senior_staff_only() -> None:
    cards = load_policy("standard").cards

    assert cards[Tactic.INTERJECT].roles == cards[Tactic.HANG_UP_FOLLOW_UP].roles == {StaffRole.SENIOR}


@pytest.mark.parametrize(
    ("old", "new", "place", "remedy"),
    [
        ('destination = "the address on your last letter from us"', 'destination = ""', "destination", "say where"),
        ("mild_count = 3", "mild_cuont = 3", "climb.mild_cuont", "unknown key"),
        ("mild_count = 3", "mild_count = 0", "climb.mild_count", "greater than or equal to 1"),
        ("pervasive_risk = 0.9", "pervasive_risk = 1.9", "climb.pervasive_risk", "less than or equal to 1"),
        ('cards = ["calm", "progress"]', 'cards = ["calm", "hug"]', "ladder.heated.cards", "'calm'"),
        ('roles = ["senior"]', 'roles = ["boss"]', "cards.interject.roles", "'agent'"),
        ('roles = ["senior"]', 'roles = ["senior", "agent"]', "cards.interject.roles", "take «agent» out"),
        ("Hello, this is {name_and_title}", "Hello, this is {nmae}", "cards.interject.text", "organisation, agent, destination"),
        ('text = "I\'m ending this call now. Goodbye."', f'text = "{"goodbye " * 26}"', "cards.hang_up.text", "say it in 25"),
        ("[cards.hang_up]", "[cards.hang_down]", "cards.hang_down", "'calm'"),
        ("is_urgent = true", "is_urgent = false", "ladder.threat_personal.is_urgent", "always urgent"),
        ("[ladder.care]\n", '[ladder.care]\ncards = ["exit"]\n', "ladder.care.cards", "never sanctioned"),
        ('cards = ["question", "warn"]', 'cards = ["interject"]', "ladder.abusive.cards", "may not use"),
        ('cards = ["question", "warn"]', "cards = []", "ladder.abusive.cards", "name at least one"),
        ('alert = "{agent} asks for help with this call."', 'alert = ""', "ladder.help.alert", "write the alert"),
        ("schema = 1", "schema = 2", "schema", "1"),
        ("within_hours = 24", "within_hours = 0", "follow_up.within_hours", "greater than or equal to 1"),
        ('signed_by = ["senior", "admin"]', "signed_by = []", "incident.signed_by", "at least 1"),
        ('signed_by = ["senior", "admin"]', 'signed_by = ["agent"]', "incident.signed_by", "'senior'"),
        ('basis = "legitimate_interests"', 'basis = "habit"', "lawful.basis", "'consent'"),
        ("staff of {organisation}", "staff of {agent}", "lawful.justification", "use organisation"),
        ('crisis_line = "Samaritans, 116 123"\n', "", "crisis_line", "add it"),
        ("Abuse goes on: {agent} may", "Abuse goes on: {agnet} may", "ladder.severe.alert", "destination or name_and_title"),
        ('"Samaritans, 116 123"', '"{organisation}, 116 123"', "crisis_line", "write it out"),
        ('destination = "the address', 'destination = "{organisation}, the address', "destination", "write it out"),
        (
            'destination = "die Anschrift',
            'destination = "{organisation}, die Anschrift',
            "translations.de.destination",
            "write it out",
        ),
        (
            'other protection."\nis_urgent = true\nacknowledge_within_s = 20',
            'other protection."\nis_urgent = true\nacknowledge_within_s = 0',
            "ladder.threat_personal.acknowledge_within_s",
            "use 1 or more",
        ),
        ('"mind|watch|moderate your language"', '""', "heard_warnings", "write words"),
        ('"mind|watch|moderate your language"', '"..."', "heard_warnings", "write words"),
        ('"mind|watch|moderate your language"', '"mind| your language"', "heard_warnings", "write words"),
        ('field = "exact_words"', 'field = "when"', "checklist", "never be asked"),
    ],
)
def test_a_broken_policy_names_file_place_and_remedy(broken: Break, old: str, new: str, place: str, remedy: str) -> None:
    file = broken(old, new)

    with pytest.raises(PolicyError) as caught:
        load_policy(file)

    message = str(caught.value)
    assert str(file) in message
    assert f"«{place}" in message
    assert remedy in message


def test_the_message_names_the_line(broken: Break) -> None:
    file = broken("mild_count = 3", "mild_count = 0")
    line = next(number for number, text in enumerate(file.read_text().splitlines(), 1) if text == "mild_count = 0")

    assert f"line {line}:" in check_policy(file)[0]


def test_a_policy_that_is_no_toml_names_the_line(broken: Break) -> None:
    file = broken("[climb]", "[climb")

    with pytest.raises(PolicyError, match=r"no TOML: .*line \d+"):
        load_policy(file)


def test_all_problems_are_listed_and_loading_says_how_many(broken: Break) -> None:
    file = broken("mild_count = 3\nmild_window_s = 300", "mild_count = 0\nmild_window_s = 1")

    assert len(check_policy(file)) == 2
    with pytest.raises(PolicyError, match="and 1 more"):
        load_policy(file)


def test_a_policy_that_does_not_exist_names_the_bundled_ones() -> None:
    with pytest.raises(PolicyError, match=r"bundled \(low-tolerance, public-health-office, standard"):
        load_policy("strandard")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(PolicyError, match="UTF-8"):
        load_policy(file)


def test_no_difference_between_a_policy_and_itself() -> None:
    assert diff_policies(load_policy("standard"), load_policy("standard")) == []


def test_differences_name_the_place_and_both_values(broken: Break) -> None:
    other = load_policy(broken("mild_count = 3", "mild_count = 2"))

    assert diff_policies(load_policy("standard"), other) == ["climb.mild_count: 3 → 2"]


def test_every_table_of_the_ladder_is_in_the_file_and_not_left_to_defaults() -> None:
    assert set(tomllib.loads(STANDARD)["ladder"]) == set(load_policy("standard").ladder.model_dump())


@pytest.mark.parametrize(("name", "version"), [("standard", 1), ("public-health-office", 2), ("low-tolerance", 1)])
def test_three_policies_are_ready_and_sound(name: str, version: int) -> None:
    assert check_policy(bundled_policies()[name]) == []
    assert load_policy(name).label == f"{name} {version}"


def test_the_low_tolerance_policy_alerts_at_the_first_insult_and_waits_half_as_long() -> None:
    standard, low = load_policy("standard"), load_policy("low-tolerance")

    assert (standard.ladder.abusive.alert, bool(low.ladder.abusive.alert)) == ("", True)
    assert low.ladder.threat_personal.acknowledge_within_s * 2 == standard.ladder.threat_personal.acknowledge_within_s
    assert low.climb.mild_count < standard.climb.mild_count


def test_the_public_health_policy_is_patient_and_leaves_restrictions_to_the_head_of_the_office() -> None:
    standard, office = load_policy("standard"), load_policy("public-health-office")

    assert office.climb.mild_count > standard.climb.mild_count
    assert "commissioner" in office.restriction.authority
    assert office.restriction.needs_consultation
    assert office.tiers[0].name == "the immediate supervisor"


def test_calls_in_another_language_get_its_words_and_what_is_not_translated_stays() -> None:
    standard = load_policy("standard")
    german = standard.said_in("de-AT")
    assert standard.said_in("DE-at") == german, "language tags are read whatever their case"

    assert german.cards[Tactic.HANG_UP].text.startswith("Ich beende")
    assert german.cards[Tactic.HANG_UP].roles == standard.cards[Tactic.HANG_UP].roles
    assert german.ladder.threat_general.instruction.startswith("Nicht auflegen")
    assert german.ladder.threat_general.alert == standard.ladder.threat_general.alert
    assert german.checklist[0].ask == "Wann soll es passieren?"
    assert german.label == standard.label
    assert standard.said_in("fr") is standard


@pytest.mark.parametrize(
    ("old", "new", "place", "remedy"),
    [
        ("[climb]", "[thresholds]\nthreat_personal = 0.99\n\n[climb]", "thresholds.threat_personal", "0.8"),
        ("[climb]", "[thresholds]\ninsult = 0\n\n[climb]", "thresholds.insult", "said of all"),
        ("[climb]", "[thresholds]\nanger = 0.5\n\n[climb]", "thresholds.anger", "'insult'"),
        ("review_after_days = 90", "review_after_days = 200", "restriction.review_after_days", "longest_days"),
        ('decided_by = "senior"', 'decided_by = "agent"', "restriction.decided_by", "senior"),
        ('roles = ["senior"]', 'roles = ["senior", "admin"]', "cards.interject.roles", "take «admin» and «qa» out"),
        ('roles = ["senior"]', 'roles = ["qa"]', "cards.interject.roles", "name «senior»"),
        ("[translations.de.cards]", "[translations.de.cards]\nhug = 'x'", "translations.de.cards.hug", "'calm'"),
        ('when = "Wann soll es passieren?"', 'whem = "Wann?"', "translations.de.checklist.whem", "no field"),
        ("[wrap_up]", '[[notify]]\nwhen = "unacknowledged"\ntier = 8\nroute = "sms"\n\n[wrap_up]', "notify.tier", "use 1 to 3"),
        ("[wrap_up]", '[[notify]]\nwhen = "urgent"\nroute = "https://a.b/c"\n\n[wrap_up]', "notify.0.route", "pattern"),
        ("ordinary_days = 30", "ordinary_days = -1", "retention.ordinary_days", "greater than or equal to 0"),
    ],
)
def test_what_is_about_people_is_checked_too(broken: Break, old: str, new: str, place: str, remedy: str) -> None:
    problems = check_policy(broken(old, new))

    assert any(f"«{place}" in problem and remedy in problem for problem in problems), problems
