"""A whole call on the real scorer and ladder, whose engine hears threats a second time."""

import asyncio
from dataclasses import replace

import pytest

from callguard.call import LiveCall
from callguard.call_path import CallPath
from callguard.decide.ladder import Ladder
from callguard.decide.policy import load_policy
from callguard.errors import OverloadError
from callguard.events import Decision, DecisionSettled, Event
from callguard.score.conversation import CallScorer
from callguard.settings import ScoreSettings
from callguard.speech import SpeechSegment, Transcript
from callguard.terms import EndReason, GuardLevel
from tests.clocks import HandClock
from tests.fakes import QuietListening, ScriptedEngine, call_started, speech_segment, transcript
from tests.scorers import rule_scorer

THREAT = "I know where you live and I will kill you"
RULES = ScoreSettings(engine="rules")
SCORER = rule_scorer()


class House:
    """A live call whose engine hears `first`, and then `second` when the test lets it."""

    def __init__(self, first: str, second: Transcript | OverloadError | None) -> None:
        self.events: list[Event] = []
        self.clock = HandClock()
        self.asked_again = 0
        self.may_hear_again = asyncio.Event()
        self._second = second
        path = CallPath(
            "c1",
            write_down=ScriptedEngine({0: first, 1: "hello there"}).write_down,
            scorer=CallScorer("c1", SCORER, RULES),
            ladder=Ladder("c1", load_policy("standard"), organisation="Larkfield"),
            emit=self.events.append,
            clock=self.clock,
            hear_again=self._hear_again,
        )
        self.call = LiveCall(
            call_started(),
            path,
            QuietListening(),
            emit=self.events.append,
            clock=self.clock,
            guard=lambda: (GuardLevel.GUARDED, ""),
            silent_after_s=10,
        )

    async def _hear_again(self, speech: SpeechSegment) -> Transcript | None:
        self.asked_again += 1
        await self.may_hear_again.wait()
        if isinstance(self._second, OverloadError):
            raise self._second
        return self._second and replace(self._second, segment=speech.segment)

    async def run(self) -> None:
        """Hear one piece of speech, then, a moment later, a second time."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.call.run(tuple))
            await self.clock.let_run()
            self.call.hear(speech_segment(0))
            await self.clock.let_run()
            self.before = tuple(self.events)
            self.may_hear_again.set()
            await self.clock.let_run()
            self.call.end(EndReason.CLOSED)

    @property
    def final(self) -> Transcript:
        """The last reading."""
        (only,) = (event for event in self.events if isinstance(event, Transcript) and event.is_final)
        return only

    @property
    def settled(self) -> set[bool]:
        """What became of the alerts."""
        return {event.is_confirmed for event in self.events if isinstance(event, DecisionSettled)}


def decisions(events: list[Event] | tuple[Event, ...]) -> list[Decision]:
    return [event for event in events if isinstance(event, Decision)]


def second(text: str, *, mean_log_probability: float = -0.1, because: str = "") -> Transcript:
    heard = transcript(text)
    return replace(
        heard, mean_log_probability=mean_log_probability, is_reliable=not because, unreliable_because=because, engine="again"
    )


async def test_the_alert_is_raised_before_the_second_hearing_and_is_provisional() -> None:
    house = House(THREAT, second(THREAT))
    await house.run()
    raised = decisions(house.before)
    assert raised
    assert all(decision.is_provisional and decision.severity == 4 for decision in raised)
    assert not any(isinstance(event, Transcript) and event.is_final for event in house.before)


async def test_a_threat_that_is_heard_twice_is_confirmed_in_its_first_words() -> None:
    house = House(THREAT, second(f"and {THREAT}"))
    await house.run()
    assert house.settled == {True}
    assert (house.final.text, house.final.is_reliable) == (THREAT, True)
    assert len(decisions(house.events)) == len(decisions(house.before))


@pytest.mark.parametrize(
    "again",
    [
        second(""),
        second("hm", because="no_speech"),
        second("thank you", because="known_invention"),
        second("I'll fill your pail"),
    ],
    ids=["nothing", "no speech", "an invention", "something else that is as probable"],
)
async def test_a_threat_that_was_invented_is_withdrawn(again: Transcript) -> None:
    house = House(THREAT, again)
    await house.run()
    assert house.settled == {False}
    assert (house.final.text, house.final.engine) == (again.text, "again")


@pytest.mark.parametrize(
    "again",
    [
        second("I'll fill your pail", mean_log_probability=-0.5),
        second("mumble", because="low_confidence"),
        second(THREAT, because="low_confidence"),
        OverloadError("too much"),
    ],
    ids=["something less probable", "something unsure", "the same, unsure", "no room"],
)
async def test_a_threat_that_is_neither_borne_out_nor_refuted_stands_unproven_and_doubtful(
    again: Transcript | OverloadError,
) -> None:
    house = House(THREAT, again)
    await house.run()
    assert house.settled == {True}
    assert all(event.is_unproven for event in house.events if isinstance(event, DecisionSettled))
    assert (house.final.text, house.final.unreliable_because) == (THREAT, "unconfirmed")
    assert all(decision.is_provisional for decision in decisions(house.events))


async def test_an_engine_that_knows_one_way_only_is_believed() -> None:
    house = House(THREAT, None)
    await house.run()
    assert house.settled == {True}
    assert house.final.is_reliable


async def test_what_is_no_threat_is_not_heard_again() -> None:
    house = House("you are an idiot", None)
    await house.run()
    assert house.asked_again == 0
    assert house.final in house.before
