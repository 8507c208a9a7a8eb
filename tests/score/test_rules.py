from pathlib import Path

import pytest

from callguard.errors import PolicyError
from callguard.score.check import check_rules
from callguard.score.rules import bundled_rules, load_rules, read_rules
from callguard.terms import Category

SMALL = """
schema = 1
name = "ours"
version = 3
language = "en"
idioms = ["shoot me"]
[thresholds]
threat_personal = 0.5
threat_general = 0.5
intimidation = 0.5
sexual = 0.5
hate = 0.5
insult = 0.5
profanity = 0.5
rudeness = 0.5
unreasonable_demand = 0.5
self_harm = 0.5
[category_guards]
insult = ["negation"]
[slots]
fool = ["fool", "fools"]
[guards.negation]
before = ["not"]
[[rule]]
id = "insult-fool"
category = "insult"
probability = 0.8
phrases = ["you ..2 {fool}"]
positive = ["you old fool"]
negative = ["you are not a fool"]
"""


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "ours.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_every_rule_fires_where_its_examples_say_and_nowhere_else() -> None:
    assert check_rules() == []


def test_every_category_has_rules_and_every_rule_has_an_id_of_its_own() -> None:
    rules = read_rules(bundled_rules()).rule

    assert {rule.category for rule in rules} == {*Category, "anger"}
    assert len({rule.id for rule in rules}) == len(rules)


def test_a_file_of_ones_own_is_loaded_and_named(tmp_path: Path) -> None:
    file = written(tmp_path, SMALL)

    assert load_rules(file).name == "ours 3"
    assert check_rules(file) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("schema = 1", "schema = 9", "schema"),
        ("probability = 0.8", "probability = 1.8", "probability"),
        ("probability = 0.8", "probabilty = 0.8", "unknown key «rule.insult-fool.probabilty»"),
        ('before = ["not"]', 'befor = ["not"]', "unknown key «guards.negation.befor»"),
        ("insult = 0.5", "insult = 2.0", "threshold of «insult»"),
        ("insult = 0.5\n", "", "threshold of «insult»"),
        ('category = "insult"', 'category = "rage"', "rule.insult-fool.category"),
        ('fool = ["fool", "fools"]', "fool = []", "«slots.fool».*at least 1 item"),
        ('phrases = ["you ..2 {fool}"]', 'phrases = ["really?"]', "«insult-fool».*«really\\?» has no word"),
        ('before = ["not"]', 'before = ["not?"]', "«not\\?» has no word"),
        ('idioms = ["shoot me"]', 'idioms = [".."]', "«..» has no word"),
        ("{fool}", "{clown}", "«insult-fool».*slot «clown».*known slots: fool"),
        ('insult = ["negation"]', 'insult = ["denial"]', "names guard «denial».*known guards: negation"),
        ("[slots]", "[slots", "no TOML.*line"),
        ('idioms = ["shoot me"]', 'idioms = ["Shoot me"]', "«Shoot»"),
    ],
)
def test_a_broken_file_names_file_place_and_remedy(tmp_path: Path, old: str, new: str, message: str) -> None:
    file = written(tmp_path, SMALL.replace(old, new, 1))

    with pytest.raises(PolicyError, match=message) as caught:
        load_rules(file)

    assert str(file) in str(caught.value)
    assert check_rules(file) == [str(caught.value)]


def test_a_rule_that_is_no_table_is_named_by_its_number(tmp_path: Path) -> None:
    head = SMALL[: SMALL.index("[[rule]]")].replace("[thresholds]", 'rule = ["x"]\n[thresholds]')

    with pytest.raises(PolicyError, match=r"«rule\.number 0» is wrong"):
        load_rules(written(tmp_path, head))


def test_a_rule_that_stands_twice_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, SMALL + SMALL[SMALL.index("[[rule]]") :])

    with pytest.raises(PolicyError, match="stands twice; rename one"):
        load_rules(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="cannot be read"):
        load_rules(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('positive = ["you old fool"]', 'positive = ["you old goat"]', "positive example 1 does not fire"),
        ('negative = ["you are not a fool"]', 'negative = ["you are a fool"]', "negative example 1 fires"),
    ],
)
def test_an_example_that_fails_names_rule_and_number_and_not_the_words(tmp_path: Path, old: str, new: str, message: str) -> None:
    (problem,) = check_rules(written(tmp_path, SMALL.replace(old, new)))

    assert "«insult-fool»" in problem
    assert message in problem
    assert "goat" not in problem
