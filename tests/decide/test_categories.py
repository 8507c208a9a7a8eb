"""POLICY.md, «Categories»: the names and severities that scripts and data rely on."""

from callguard.terms import SEVERITY, Category
from tests.score.test_hard_negatives import NEVER
from tests.score.test_plain_speech import PLAIN

TABLE = {
    "threat_personal": 4,
    "threat_general": 4,
    "intimidation": 3,
    "sexual": 3,
    "hate": 3,
    "insult": 2,
    "profanity": 1,
    "rudeness": 1,
    "unreasonable_demand": 1,
    "self_harm": 0,  # care, not abuse
}
WITHOUT_A_CELL = {Category.PROFANITY}
"""The table says nothing that never counts as swearing."""


def test_the_ten_categories_have_the_names_and_severities_of_the_policy() -> None:
    assert {category.value: SEVERITY[category] for category in Category} == TABLE


def test_what_counts_and_what_never_counts_is_tried_for_every_category() -> None:
    assert set(PLAIN) == set(Category)
    assert {category for category, _ in NEVER.values()} >= set(Category) - WITHOUT_A_CELL
