from dataclasses import replace
from datetime import timedelta

from callguard.archive import Correction
from callguard.cases import AftercareRules
from callguard.human_acts import JoinPhase
from callguard.record.call_vcon import call_as_vcon
from callguard.terms import Category, Role
from tests.fakes import call_started, transcript
from tests.record.journals import BEGAN, call_ended
from tests.record.test_search import joined, labelled
from tests.record.test_story import told

RULES = AftercareRules(organisation="Advice Line")


def test_a_call_becomes_parties_turns_scores_and_what_happened() -> None:
    score = replace(labelled("you stupid cowl", Category.INSULT), scores={Category.INSULT: 0.93}, severity=2)
    fixed = Correction(
        call_id="c1", channel=Role.CALLER, segment=0, by="ana", at=BEGAN, heard="you stupid cowl", text="you stupid cow"
    )
    spoken = transcript("you stupid cowl")
    story = told(
        call_started(),
        spoken,
        score,
        transcript("I can't go on", channel=Role.AGENT, end_s=9),
        joined("c1"),
        replace(joined("c1"), phase=JoinPhase.LEFT),
        call_ended(),
        corrections=[fixed],
    )
    vcon = call_as_vcon(story, RULES, at=BEGAN + timedelta(days=1), kept_days=30)
    assert [(one["role"], one.get("name")) for one in vcon["parties"]] == [("caller", None), ("agent", "Sam"), ("senior", "Ana")]
    assert [(turn["originator"], turn["body"]) for turn in vcon["dialog"]] == [(0, "you stupid cow"), (1, "I can't go on")]
    (scored,) = vcon["analysis"][0]["body"]
    assert (scored["dialog"], scored["heard"], scored["scores"]) == (0, "you stupid cowl", {"insult": 0.93})
    assert vcon["analysis"][0]["dialog"] == [0]
    assert [one["kind"] for one in vcon["attachments"][0]["body"]["marks"]] == ["join"]
    assert vcon["attachments"][1]["body"]["expiration"] == (BEGAN + timedelta(days=30)).isoformat()


def test_the_same_call_has_the_same_id_and_a_call_without_words_still_has_a_dialog() -> None:
    story = told(call_started(), call_ended())
    first, second = (call_as_vcon(story, RULES, at=BEGAN + timedelta(days=days), kept_days=0) for days in (1, 2))
    assert first["uuid"] == second["uuid"]
    assert [turn["body"] for turn in first["dialog"]] == [""]
