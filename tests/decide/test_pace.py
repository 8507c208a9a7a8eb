from callguard.decide.alerts import Said
from callguard.decide.pace import Pacer
from callguard.decide.policy import load_policy
from callguard.decide.standing import Level
from callguard.terms import RATE_HZ, Tactic

POLICY = load_policy("standard")


def said(at_s: int, level: Level, severity: int, category: str = "insult") -> Said:
    return Said(at_s * RATE_HZ, level, severity, category)


def test_the_same_is_prompted_again_only_after_the_cooldown() -> None:
    pacer = Pacer(POLICY.pace)
    pacer.prompted(said(0, Level.SEVERE, 3, "hate"))

    assert not pacer.lets_prompt(said(14, Level.SEVERE, 3, "hate"), POLICY.ladder.severe)
    assert pacer.lets_prompt(said(15, Level.SEVERE, 3, "hate"), POLICY.ladder.severe)


def test_something_worse_or_another_severe_act_is_prompted_at_once() -> None:
    pacer = Pacer(POLICY.pace)
    pacer.prompted(said(0, Level.SEVERE, 2))

    assert pacer.lets_prompt(said(1, Level.SEVERE, 3, "hate"), POLICY.ladder.severe)
    pacer.prompted(said(1, Level.SEVERE, 3, "hate"))
    assert pacer.lets_prompt(said(2, Level.SEVERE, 3, "sexual"), POLICY.ladder.severe)


def test_threat_instructions_are_not_repeated_within_the_cooldown_unless_the_threat_is_another() -> None:
    pacer = Pacer(POLICY.pace)
    rung = POLICY.ladder.threat_general
    pacer.prompted(said(0, Level.THREAT, 4, "threat_personal"))

    assert not pacer.lets_prompt(said(5, Level.THREAT, 4, "threat_personal"), rung)
    assert pacer.lets_prompt(said(5, Level.THREAT, 4, "threat_general"), rung)


def test_when_every_card_would_be_a_sanction_care_offers_to_bring_somebody() -> None:
    pacer = Pacer(POLICY.pace)

    cards = pacer.cards(Level.ABUSIVE, POLICY.ladder.severe.model_copy(update={"cards": (Tactic.EXIT,)}), is_care=True)

    assert list(cards) == [Tactic.ESCALATE]
