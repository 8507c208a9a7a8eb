"""The thinking of one call under a real policy: what people do, in its place among what follows from time."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callguard.call_path import CallPath, lost
from callguard.decide.ladder import Ladder
from callguard.decide.policy import load_policy
from callguard.events import Decision, DecisionSettled, Event
from callguard.human_acts import AlertAnswer, AlertAnswered, HelpAsked
from callguard.speech import SpeechSegment, Transcript, UtteranceScore
from callguard.stored_call import go_through
from callguard.terms import RATE_HZ, Category, Role
from callguard.wire import as_json
from tests.clocks import HandClock
from tests.fakes import ScriptedEngine, ShoutScorer, call_started, speech_segment, transcript, types


class ThreatScorer(ShoutScorer):
    """Finds a threat in all words; from 0.6 on it says so."""

    def __init__(self, probability: float) -> None:
        self._probability = probability

    def read(self, item: Transcript, /) -> UtteranceScore | None:
        """Score without consequence."""
        score = super().read(item)
        if score is None or not item.text:
            return score
        labels = (Category.THREAT_PERSONAL,) if self._probability >= 0.6 else ()
        return replace(score, scores={Category.THREAT_PERSONAL: self._probability}, labels=labels, severity=4 * len(labels))


class Path:
    """A path whose events are kept."""

    def __init__(
        self,
        scorer: ShoutScorer | None = None,
        *,
        thresholds: Mapping[Category, float] = {},
        again: Transcript | None = None,
        language: str = "en",
    ) -> None:
        self.events: list[Event] = []
        self.spoken: list[str] = []
        self._again = again
        policy = load_policy("standard").model_copy(update={"thresholds": thresholds})
        self.path = CallPath(
            "c1",
            write_down=ScriptedEngine({}).write_down,
            scorer=scorer or ShoutScorer(),
            ladder=Ladder("c1", policy, organisation="Larkfield", agent="sam"),
            emit=self.events.append,
            clock=HandClock(),
            hear_again=self._hear_again,
            language=language,
            on_language=self.spoken.append,
        )

    async def _hear_again(self, _: SpeechSegment) -> Transcript | None:
        return self._again

    def help(self, *, at_s: float) -> None:
        self.path.act(HelpAsked(call_id="c1", at_sample=int(at_s * RATE_HZ), by="sam", is_panic=False))

    def acknowledge(self, decision_id: str, *, at_s: float) -> None:
        self.path.act(
            AlertAnswered(
                call_id="c1",
                at_sample=int(at_s * RATE_HZ),
                by="ana",
                decision_id=decision_id,
                answer=AlertAnswer.ACKNOWLEDGED,
                to="",
                reason="",
            )
        )


def test_an_alert_that_was_due_before_its_answer_came_is_told_before_the_answer() -> None:
    call = Path()
    call.help(at_s=5)
    call.events.clear()

    call.acknowledge("c1:1", at_s=25.5)

    assert types(call.events) == ["Decision", "AlertAnswered"]
    raised = call.events[0]
    assert isinstance(raised, Decision)
    assert (raised.tier, raised.at_sample) == (2, 25 * RATE_HZ)


@pytest.mark.parametrize("set_by_s", [3600, -3600, 0])
def test_a_clock_that_is_set_during_a_call_raises_nothing_when_the_call_is_gone_through_again(set_by_s: int) -> None:
    live = Path()
    live.help(at_s=5)
    live.acknowledge("c1:1", at_s=15)
    live.path.tick(100 * RATE_HZ)
    began = datetime(2026, 11, 20, 14, 3, tzinfo=UTC)
    rows = [
        as_json(event) | {"at": (began + timedelta(seconds=at_s)).isoformat()}
        for event, at_s in zip(live.events, (5, 5, 5, 15 + set_by_s), strict=True)
    ]

    again = Path()
    go_through([as_json(call_started()) | {"at": began.isoformat()}, *rows], again.path)

    assert [event for event in again.events if isinstance(event, Decision)] == [
        event for event in live.events if isinstance(event, Decision)
    ]


async def test_a_threat_that_only_the_policy_takes_for_one_is_heard_twice_too_and_its_words_are_marked() -> None:
    low = {Category.THREAT_PERSONAL: 0.4}
    call = Path(ThreatScorer(0.45), thresholds=low, again=replace(transcript(""), unreliable_because="no_speech"))

    await call.path.conclude(speech_segment(0), transcript("you will see"))

    scores = [event for event in call.events if isinstance(event, UtteranceScore)]
    assert [decision.is_provisional for decision in call.events if isinstance(decision, Decision)] == [True, True]
    assert [event.is_confirmed for event in call.events if isinstance(event, DecisionSettled)] == [False, False]
    assert (scores[0].labels, scores[0].severity) == ((Category.THREAT_PERSONAL,), 4)


async def test_what_the_policy_takes_for_no_threat_is_told_to_nobody_not_even_as_provisional() -> None:
    call = Path(ThreatScorer(0.7), thresholds={Category.THREAT_PERSONAL: 0.8})

    await call.path.conclude(speech_segment(0), transcript("you will see"))

    assert types(call.events) == ["Transcript", "UtteranceScore"]


def test_a_call_that_was_brought_twice_gets_the_same_ids_when_it_is_gone_through_again() -> None:
    live = Path()
    live.help(at_s=5)
    before = len(live.events)
    live.help(at_s=65)
    began = datetime(2026, 11, 20, 14, 3, tzinfo=UTC)
    told = [call_started(), *live.events[:before], call_started(), *live.events[before:]]
    times = [0, *[5] * before, 60, *[65] * (len(live.events) - before)]
    rows = [
        as_json(event) | {"at": (began + timedelta(seconds=at_s)).isoformat()} for event, at_s in zip(told, times, strict=True)
    ]

    again = Path()
    go_through(rows, again.path)

    decided = [event for event in live.events if isinstance(event, Decision)]
    assert [event for event in again.events if isinstance(event, Decision)] == decided


@pytest.mark.parametrize("known_s", [3.2, 3.9, 4.0])
def test_an_alert_whose_words_came_late_goes_to_its_tiers_at_the_same_times_when_it_is_gone_through_again(known_s: float) -> None:
    began, live, clock = datetime(2026, 11, 20, 14, 3, tzinfo=UTC), Path(ThreatScorer(0.9)), [0.0]
    rows = [as_json(call_started()) | {"at": began.isoformat()}]

    def pass_time(to_s: float) -> None:
        told = len(live.events)
        clock[0] = to_s
        if to_s == known_s:
            live.path.understand(transcript("you will see", end_s=2.76))
        elif to_s == 1:  # the call stands at «threat» from here: that it changes would say when the words were known
            live.path.act(HelpAsked(call_id="c1", at_sample=RATE_HZ, by="sam", is_panic=True))
            live.acknowledge("c1:1", at_s=1)
        else:
            live.path.tick(int(to_s * RATE_HZ))
        at = (began + timedelta(seconds=to_s)).isoformat()
        rows.extend(as_json(event) | {"at": at} for event in live.events[told:])

    live.path.keep_time(lambda: int(clock[0] * RATE_HZ))
    for to_s in (1, 2.4, known_s, *(second + 0.4 for second in range(4, 60))):
        pass_time(to_s)

    again = Path(ThreatScorer(0.9))
    go_through(rows, again.path)

    decided = [event for event in live.events if isinstance(event, Decision)]
    assert [event.tier for event in decided if event.kind == "alert"] == [1, 1, 2, 3]
    assert [event for event in again.events if isinstance(event, Decision)] == decided


async def test_a_call_whose_speech_was_lost_is_gone_through_again_to_the_same_end() -> None:
    live = Path(ThreatScorer(0.9))
    live.path.understand(replace(transcript("you will see", end_s=2), is_final=False))
    live.path.lose(lost(speech_segment(0, end_s=3), "overload"))
    began = datetime(2026, 11, 20, 14, 3, tzinfo=UTC)
    rows = [as_json(event) | {"at": (began + timedelta(seconds=2)).isoformat()} for event in live.events]

    again = Path(ThreatScorer(0.9))
    go_through([as_json(call_started()) | {"at": began.isoformat()}, *rows], again.path)

    settled = [event for event in live.events if isinstance(event, DecisionSettled)]
    assert settled
    assert all(event.is_unproven for event in settled)
    assert [event for event in again.events if isinstance(event, DecisionSettled)] == settled


def test_running_speech_that_is_read_after_its_end_was_lost_alerts_and_is_told_to_stand_at_once() -> None:
    call = Path(ThreatScorer(0.9))
    call.path.lose(lost(speech_segment(0, end_s=3), "overload"))

    call.path.understand(replace(transcript("you will see", end_s=2), is_final=False))

    decided = [event.decision_id for event in call.events if isinstance(event, Decision)]
    settled = [event for event in call.events if isinstance(event, DecisionSettled)]
    assert decided
    assert [event.decision_id for event in settled if event.is_unproven] == decided

    call.path.understand(replace(transcript("you will see", number=1, end_s=5), is_final=False))
    assert [event for event in call.events if isinstance(event, DecisionSettled)] == settled, "its end may still come"


def in_german(text: str) -> Transcript:
    return replace(transcript(text), language="de")


@pytest.mark.parametrize("language", ["", "auto", "und"])
def test_the_language_that_two_utterances_of_the_caller_in_a_row_are_in_becomes_the_calls(language: str) -> None:
    call = Path(language=language)

    for heard in (transcript("hello"), in_german("ja guten tag"), transcript("hello"), in_german("ja"), in_german("nein")):
        assert call.spoken == []
        call.path.understand(heard)
    for heard in (transcript("one"), transcript("two")):  # known from now on
        call.path.understand(heard)

    assert call.spoken == ["de"]
    assert call.path.language == "de"


@pytest.mark.parametrize(
    "heard",
    [
        replace(in_german("ja"), is_final=False),
        replace(in_german("ja"), is_reliable=False, unreliable_because="no_speech"),
        replace(in_german("ja"), channel=Role.AGENT),
        replace(in_german("ja"), language=""),
    ],
    ids=["running speech", "what may be nonsense", "the agent's words", "what the engine cannot say of"],
)
def test_a_language_is_not_found_out_from(heard: Transcript) -> None:
    call = Path(language="auto")

    call.path.understand(heard)
    call.path.understand(heard)

    assert call.path.language == "auto"


def test_a_language_that_somebody_has_named_stays() -> None:
    call = Path(language="en-GB")

    call.path.understand(in_german("ja"))
    call.path.understand(in_german("nein"))

    assert call.spoken == []
