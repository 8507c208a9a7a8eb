import re
from pathlib import Path
from string import Formatter

import pytest

from callguard.human_acts import JoinMode, JoinPhase, JoinWay, StaffJoin
from callguard.record.draft import draft_facts
from callguard.record.fact_words import SENTENCES, in_english, say
from callguard.terms import EndReason
from tests.record.cases import hard_facts, rows, started
from tests.record.journals import numbered

MESSAGES = Path(__file__).parents[2] / "console" / "src" / "i18n"
UNSHOWN = frozenset({"seen"})
"""Consoles say who claimed an alert, and not whose screen had drawn it."""
KEYS = re.compile(r"^  fact_(\w+):", re.MULTILINE)


def test_every_fact_carries_its_sentence_by_key_beside_the_english() -> None:
    facts = hard_facts()
    told = [(act.what, act.said) for act in facts.acts]
    told += [(answer.what, answer.said) for answer in facts.alerts[0].answers]
    told += [*zip(facts.gaps, facts.gaps_said, strict=True), (facts.how_it_ended, facts.ending_said)]

    assert [said.key for _, said in told if said] == ["card_used", "panic", "request", "claimed", "gap", "ended_by_staff"]
    assert [text for text, _ in told] == [in_english(said) for _, said in told if said]


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_consoles_say_every_sentence(language: str) -> None:
    said = set(KEYS.findall((MESSAGES / f"incident.{language}.ts").read_text(encoding="utf-8")))
    assert set(SENTENCES) - UNSHOWN == said


def test_words_of_people_stay_as_they_are_and_names_of_the_api_are_spelt_out() -> None:
    said = say("decided_note", measures="police,other_protection", note="ref a_b, c")
    assert in_english(said) == "Decided about the threat: police, other protection (ref a_b, c)."


@pytest.mark.parametrize("phase", list(JoinPhase))
def test_who_joined_and_how_is_a_sentence_for_every_phase(phase: JoinPhase) -> None:
    join = StaffJoin(
        call_id="c1",
        at_sample=0,
        join_id="j1",
        by="ana",
        name="Ana",
        phase=phase,
        mode=JoinMode.TAKE_OVER,
        way=JoinWay.BROWSER,
        because="the phone system refused.",
        is_told=True,
    )
    (act,) = draft_facts(rows(numbered(started(), join))).acts
    assert act.said is not None
    assert act.said.key == f"join_{phase.value}"
    assert "take_over" not in act.what


def test_there_is_an_ending_for_every_reason() -> None:
    for reason in EndReason:
        assert {f"ended_{reason.value}", f"ended_{reason.value}_detail"} <= set(SENTENCES)


def test_what_a_sentence_needs_is_named() -> None:
    for key, sentence in SENTENCES.items():
        names = [name for _, name, _, _ in Formatter().parse(sentence) if name]
        assert in_english(say(key, **dict.fromkeys(names, "x"))), key
