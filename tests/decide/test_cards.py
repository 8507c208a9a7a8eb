"""POLICY.md, «Tactics»: every ready policy's cards say what the tactic is for, in every language that it has."""

import re

import pytest

from callguard.decide.policy import bundled_policies, load_policy
from callguard.terms import StaffRole, Tactic

INTENT: dict[Tactic, tuple[str, ...]] = {
    Tactic.CALM: ("sorry", r"upset", r"you're telling me|what I heard"),
    Tactic.PROGRESS: ("want to sort this out with you", "I need"),
    Tactic.QUESTION: (r"sounded", r"What did you mean"),
    Tactic.WARN: (r"respect|while you speak to me like this", r"go on"),
    Tactic.CONFRONT: ("offensive, because", "I'll go on", "won't accept", "How else"),
    Tactic.EXIT: ("offensive", "not going on", r"\{destination\}", "will answer you"),
    Tactic.ESCALATE: ("can help you better", "hold"),
    Tactic.HANG_UP: ("ending this call",),
    Tactic.INTERJECT: (r"\{name_and_title\}", "hard", "How can I help"),
    Tactic.HANG_UP_FOLLOW_UP: (r"\{name_and_title\}", r"\{organisation\}", r"ended your call because", "How can we go on"),
}
"""What the wording of each is to hold: an apology and what was heard, help and what it needs, and so on."""
RESERVED = {Tactic.INTERJECT, Tactic.HANG_UP_FOLLOW_UP}
PLACE = re.compile(r"\{\w+\}")


@pytest.mark.parametrize("name", bundled_policies())
@pytest.mark.parametrize("tactic", list(Tactic))
def test_a_card_says_what_its_tactic_is_for(name: str, tactic: Tactic) -> None:
    text = load_policy(name).cards[tactic].text
    assert [wanted for wanted in INTENT[tactic] if not re.search(wanted, text)] == []


@pytest.mark.parametrize("name", bundled_policies())
def test_warn_and_confront_give_the_chance_to_stop_and_no_other_card_counts_as_it(name: str) -> None:
    cards = load_policy(name).cards
    assert {tactic for tactic in Tactic if cards[tactic].counts_as_warning} == {Tactic.WARN, Tactic.CONFRONT}


@pytest.mark.parametrize("name", bundled_policies())
def test_agents_have_every_card_but_the_two_that_take_the_burden_off_them(name: str) -> None:
    cards = load_policy(name).cards
    assert {tactic for tactic in Tactic if StaffRole.AGENT not in cards[tactic].roles} == RESERVED
    assert all(StaffRole.SENIOR in cards[tactic].roles for tactic in Tactic)


@pytest.mark.parametrize("name", bundled_policies())
@pytest.mark.parametrize("language", ["de"])
def test_a_translation_has_every_card_with_the_destination_and_the_names_in_their_places(name: str, language: str) -> None:
    policy = load_policy(name)
    said = policy.said_in(language)
    for tactic in Tactic:
        own, other = policy.cards[tactic], said.cards[tactic]
        assert own.text != other.text, tactic
        if tactic in RESERVED | {Tactic.EXIT}:
            assert set(PLACE.findall(own.text)) == set(PLACE.findall(other.text)), tactic
