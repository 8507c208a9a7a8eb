from dataclasses import replace

import pytest

from callguard.events import ChecklistFilled, HumanAct
from callguard.human_acts import (
    AlertAnswer,
    AlertAnswered,
    CardAnswer,
    CardAnswered,
    HelpAsked,
    Measure,
    TacticRequested,
    ThreatDecided,
)
from callguard.speech import Word
from callguard.stored_call import read_act, read_transcript
from callguard.terms import StaffRole, Tactic
from callguard.wire import as_json
from tests.fakes import call_started, transcript


def test_a_transcript_comes_back_as_it_was() -> None:
    spoken = replace(
        transcript("hello there", number=4, end_s=7.25, is_final=False),
        words=(Word(text="hello", start_sample=100_000, end_sample=104_000, probability=0.5),),
        is_reliable=False,
        unreliable_because="repeats",
    )

    assert read_transcript(as_json(spoken)) == spoken


@pytest.mark.parametrize(
    "act",
    [
        HelpAsked(call_id="c1", at_sample=16_000, by="sam", is_panic=True),
        CardAnswered(call_id="c1", at_sample=0, by="sam", tactic=Tactic.WARN, answer=CardAnswer.USED, decision_id="c1:1"),
        AlertAnswered(call_id="c1", at_sample=0, by="ana", decision_id="c1:1", answer=AlertAnswer.CLAIMED, to="", reason=""),
        AlertAnswered(call_id="c1", at_sample=0, by="a", decision_id="c1:1", answer=AlertAnswer.DECLINED, to="", reason="busy"),
        ChecklistFilled(call_id="c1", at_sample=16_000, start_sample=16_000, field="voice_and_mood", value="calm", by="sam"),
        ThreatDecided(call_id="c1", at_sample=0, by="ana", decision_id="c1:1", measures=(Measure.POLICE,), note="ref 7"),
        TacticRequested(call_id="c1", at_sample=0, by="ana", role=StaffRole.SENIOR, tactic=Tactic.INTERJECT),
    ],
    ids=lambda act: type(act).__name__,
)
def test_what_a_person_did_comes_back_as_it_was(act: HumanAct) -> None:
    assert read_act(as_json(act)) == act


def test_everything_else_is_no_act() -> None:
    assert read_act(as_json(call_started())) is None
