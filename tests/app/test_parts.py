from dataclasses import replace
from typing import cast

import orjson

from callguard.app.parts import Parts, engine_settings
from callguard.app.rescore import decide_again
from callguard.decide.policy import Policy, load_policy
from callguard.events import Decision, Event
from callguard.human_acts import CallDescribed
from callguard.settings import Settings, load_settings
from callguard.speech import CallRisk, Transcript
from callguard.terms import Audience, Category
from callguard.transcribe.transcriber import Request, Transcriber
from callguard.wire import as_json
from tests.clocks import HandClock
from tests.fakes import call_started, speech_segment, transcript
from tests.scorers import rule_scorer

INSULT = "you are an idiot"


class AskedEngine:
    """The one question of a transcriber that a path asks; remembers in which languages."""

    def __init__(self) -> None:
        self.languages: list[str] = []

    async def transcribe(self, request: Request) -> Transcript | None:
        self.languages.append(request.language)
        return None


def parts_with(engine: AskedEngine | None = None) -> Parts:
    settings = load_settings(score={"engine": "rules"})
    return Parts(settings, HandClock(), cast("Transcriber", engine), scorer=rule_scorer())


def prompts(events: list[Event]) -> list[str]:
    return [one.text for one in events if isinstance(one, Decision) and one.audience is Audience.AGENT]


def test_the_engine_expects_the_name_of_the_organisation_first() -> None:
    settings = Settings.model_validate({"organisation": "Larkfield", "transcribe": {"vocabulary": ["Sam"]}})
    assert engine_settings(settings).vocabulary == ("Larkfield", "Sam")


def test_an_organisation_without_a_name_is_not_expected() -> None:
    assert engine_settings(Settings()).vocabulary == ()


async def test_a_call_that_turns_out_to_be_german_is_heard_and_answered_in_german() -> None:
    engine, told = AskedEngine(), list[Event]()
    path = parts_with(engine).path(call_started(), told.append)
    await path.transcribe(speech_segment(0))
    path.understand(transcript(INSULT, number=0, end_s=1))
    path.speak("de")
    await path.transcribe(speech_segment(1))
    path.understand(transcript(INSULT, number=1, end_s=200))
    english, german = prompts(told)
    policy = load_policy("standard")
    assert engine.languages == ["en", "de"]
    assert english in {card.text for card in policy.cards.values()}
    assert german in {card.text for card in policy.said_in("de").cards.values()}
    assert english != german


def test_a_stored_call_is_gone_through_in_the_languages_in_which_it_was_held() -> None:
    parts, told = parts_with(), list[Event]()
    path = parts.path(call_started(), told.append)
    path.understand(transcript(INSULT, number=0, end_s=1))
    described = CallDescribed(call_id="c1", at_sample=16_000, by="pbx", caller="", line="", language="de")
    told.append(described)
    path.speak("de")
    path.understand(transcript(INSULT, number=1, end_s=200))
    rows = [as_json(event) | {"at": "2026-11-20T14:03:00+00:00"} for event in (call_started(), *told)]
    assert prompts(decide_again(orjson.loads(orjson.dumps(rows)), parts)) == prompts(told)


def test_a_stored_call_that_came_a_second_time_is_gone_through_in_the_language_of_each_part() -> None:
    parts, told = parts_with(), list[Event]()
    again = replace(call_started(), language="de")
    path = parts.path(call_started(), told.append)
    for started, end_s in ((call_started(), 1), (again, 200)):
        told.append(started)
        path.speak(started.language)
        path.understand(transcript(INSULT, number=end_s, end_s=end_s))
    rows = [as_json(event) | {"at": "2026-11-20T14:03:00+00:00"} for event in told]
    english, german = prompts(decide_again(orjson.loads(orjson.dumps(rows)), parts))
    policy = load_policy("standard")
    assert english in {card.text for card in policy.cards.values()}
    assert german in {card.text for card in policy.said_in("de").cards.values()}


def test_the_risk_of_a_call_counts_what_its_own_policy_takes_for_abuse() -> None:
    parts = parts_with()

    def risk(policy: Policy) -> CallRisk:
        told = list[Event]()
        parts.path(call_started(), told.append, policy=policy).understand(transcript(INSULT))
        return next(event for event in told if isinstance(event, CallRisk))

    standard = load_policy("standard")
    patient = standard.model_copy(update={"thresholds": {Category.INSULT: 0.99}})
    assert risk(standard).peak_severity == 2
    assert (risk(patient).peak_severity, risk(patient).risk) == (0, 0.0)
