"""A threat against a place: the checklist fills itself, people correct it, and the next open question is the prompt."""

import pytest

from callguard.decide.policy import load_policy
from callguard.errors import NotFoundError
from callguard.events import ChecklistFilled
from callguard.human_acts import Measure, ThreatDecided
from callguard.terms import RATE_HZ, Category
from tests.decide.stage import Stage, alerts, prompts, score
from tests.fakes import transcript


class Call(Stage):
    """A stage on which callers say words."""

    def says(self, text: str, *labels: Category, at_s: float, final: bool = True) -> list[ChecklistFilled]:
        """Let the caller say `text`; return what it filled."""
        before = len(self.said)
        words = transcript(text, number=int(at_s), end_s=at_s, is_final=final)
        self._keep(self.ladder.push(words))
        self._keep(self.ladder.push(score(*labels, at_s=at_s, segment=int(at_s), text=text, final=final)))
        return [one for one in self.said[before:] if isinstance(one, ChecklistFilled)]

    def filled(self) -> dict[str, str]:
        """Return the fields as they stand."""
        return {one.field: one.value for one in self.said if isinstance(one, ChecklistFilled)}


BOMB = "i put a pipe bomb in your building"


def test_exact_words_are_kept_with_their_place_and_the_rest_is_filled_from_what_was_said() -> None:
    call = Call()

    filled = call.says(BOMB, Category.THREAT_GENERAL, at_s=10)

    exact = next(one for one in filled if one.field == "exact_words")
    assert (exact.value, exact.start_sample, exact.at_sample, exact.by) == (BOMB, 9 * RATE_HZ, 10 * RATE_HZ, "")
    assert (call.filled()["kind"], call.filled()["where"]) == ("a pipe bomb", "in your building")


def test_every_threat_is_kept_word_for_word() -> None:
    call = Call()
    call.says(BOMB, Category.THREAT_GENERAL, at_s=10)
    call.says("you will all burn", Category.THREAT_GENERAL, at_s=20)

    assert [one.value for one in call.said if isinstance(one, ChecklistFilled) and one.field == "exact_words"] == [
        BOMB,
        "you will all burn",
    ]


def test_what_was_said_before_the_threat_counts_too() -> None:
    call = Call()
    call.says("my name is john smith", at_s=3)
    call.says(BOMB, Category.THREAT_GENERAL, at_s=10)

    assert call.filled()["name"] == "my name is john smith"


def test_the_next_open_question_becomes_the_prompt_as_soon_as_one_is_answered() -> None:
    call = Call()
    call.says(BOMB, Category.THREAT_GENERAL, at_s=10)
    first = prompts(call.said)[-1]
    assert "Do not hang up" in first.text
    assert "When is it going to happen?" in first.text

    call.agent("when is it going to happen", at_s=14)
    call.says("in twenty minutes", at_s=16)

    assert "Do not hang up" in prompts(call.said)[-1].text
    assert "What does it look like?" in prompts(call.said)[-1].text, "«where» was said in the threat"


def test_the_next_question_comes_at_once_when_a_person_writes_the_answer_down() -> None:
    call = Call()
    call.says("you will all burn", Category.THREAT_GENERAL, at_s=10)

    said = call.ladder.push(
        ChecklistFilled(call_id="c1", at_sample=12 * RATE_HZ, start_sample=12 * RATE_HZ, field="when", value="noon", by="sam")
    )

    assert ["Where is it right now?" in prompt.text for prompt in prompts(said)] == [True]


def test_a_question_of_the_checklist_rests_on_the_threat_whatever_was_said_since() -> None:
    call = Call()
    call.says("you will all burn", Category.THREAT_GENERAL, at_s=10)
    call.says("you fool", Category.INSULT, at_s=12)

    call.says("it is in the basement", at_s=16)
    call.says("at noon", at_s=18)

    asked = [prompt for prompt in prompts(call.said) if prompt.category == "threat_general"]
    assert len(asked) > 1
    assert {(prompt.severity, prompt.segment, prompt.because) for prompt in asked} == {(4, 10, asked[0].because)}


def test_a_short_reply_to_a_question_fills_its_field_and_a_refusal_does_not() -> None:
    call = Call()
    call.says(BOMB, Category.THREAT_GENERAL, at_s=10)
    call.agent("can i ask your name", at_s=12)
    call.says("why should i tell you", at_s=14)
    assert "name" not in call.filled()
    call.agent("what is your name", at_s=16)
    call.says("hill", at_s=18)

    assert call.filled()["name"] == "hill"


def test_a_persons_word_stands_and_unknown_fields_are_refused() -> None:
    call = Call()
    call.says("you will all burn", Category.THREAT_GENERAL, at_s=10)
    mine = ChecklistFilled(call_id="c1", at_sample=0, start_sample=0, field="where", value="the annex", by="sam")
    call.ladder.push(mine)

    assert call.says("it is in the basement", at_s=20) == []
    with pytest.raises(NotFoundError, match="no field «weather»"):
        call.ladder.push(ChecklistFilled(call_id="c1", at_sample=0, start_sample=0, field="weather", value="fine", by="sam"))


def test_what_only_a_person_can_judge_is_never_filled_from_words() -> None:
    manual = {question.field for question in load_policy("standard").checklist if not question.ask} - {"exact_words"}
    call = Call()
    call.says(BOMB, Category.THREAT_GENERAL, at_s=10)
    call.says("i am calm and sober and there is traffic behind me", at_s=20)

    assert manual == {"background_sounds", "voice_and_mood"}
    assert not manual & set(call.filled())


def test_nothing_is_filled_while_no_place_is_threatened() -> None:
    call = Call()
    call.says("my name is john smith and i am at the station", at_s=3)
    call.says("i will kill you", Category.THREAT_PERSONAL, at_s=6)

    assert call.filled() == {}


def test_nothing_is_filled_any_more_when_what_seemed_to_be_a_threat_was_none() -> None:
    call = Call()
    call.says("the bomb is", Category.THREAT_GENERAL, at_s=10, final=False)
    call.says("the bonus is what I want", at_s=10)

    assert call.says("my name is john smith and i am at the station", at_s=15) == []
    call.says(BOMB, Category.THREAT_GENERAL, at_s=20)

    assert "john smith" in call.filled()["name"]


def test_a_threat_that_stands_keeps_the_checklist_open_when_another_turns_out_to_be_none() -> None:
    call = Call()
    call.says(BOMB, Category.THREAT_GENERAL, at_s=10)
    call.says("the bomb is", Category.THREAT_GENERAL, at_s=20, final=False)
    call.says("the bonus is what I want", at_s=20)

    assert [one.field for one in call.says("my name is john smith", at_s=25)] == ["name"]


def test_a_decision_about_a_threat_answers_its_alert() -> None:
    call = Call()
    call.says("i will kill you", Category.THREAT_PERSONAL, at_s=6)
    alert = alerts(call.said)[0]
    decided = ThreatDecided(
        call_id="c1", at_sample=8 * RATE_HZ, by="ana", decision_id=alert.decision_id, measures=(Measure.POLICE,), note="ref 12"
    )

    assert call.ladder.push(decided) == []
    assert alerts(call.wait(200)) == []
    with pytest.raises(NotFoundError, match="no alert"):
        call.ladder.push(ThreatDecided(call_id="c1", at_sample=0, by="ana", decision_id="c1:77", measures=(), note=""))
