import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from callguard.call import LiveCall
from callguard.call_path import CallPath, Speech, Spot
from callguard.decide.ladder import Ladder
from callguard.decide.policy import load_policy
from callguard.errors import AudioFormatError, EngineError, LanguageError, NotFoundError
from callguard.events import CallEnded, Decision, Event, Gap, GuardChanged
from callguard.human_acts import AlertAnswer, AlertAnswered, CallDescribed, HelpAsked
from callguard.load import LoadControl, Step
from callguard.speech import AudioFrame, SpeechSegment, SpeechSnapshot, Transcript, TranscriptLost, UtteranceScore
from callguard.terms import Encoding, EndReason, GuardLevel, Role
from tests.clocks import HandClock
from tests.fakes import (
    AlertLadder,
    QuietListening,
    ScriptedEngine,
    ShoutScorer,
    call_started,
    speech_segment,
    speech_snapshot,
    transcript,
    types,
)


class House:
    """A live call in fakes."""

    def __init__(
        self,
        texts: dict[int, str],
        *,
        listening: QuietListening | None = None,
        spot: Spot | None = None,
        load: LoadControl | None = None,
    ) -> None:
        self.events: list[Event] = []
        self.clock = HandClock()
        self.engine = ScriptedEngine(texts)
        self.ladder = AlertLadder()
        self.listening = listening or QuietListening()
        self.path = CallPath(
            "c1",
            write_down=self.engine.write_down,
            scorer=ShoutScorer(),
            ladder=self.ladder,
            emit=self.events.append,
            clock=self.clock,
            spot=spot,
        )
        self.normal: Callable[[], tuple[GuardLevel, str]] = lambda: (GuardLevel.GUARDED, "")
        self.call = LiveCall(
            call_started(),
            self.path,
            self.listening,
            emit=self.events.append,
            clock=self.clock,
            guard=self._as_a_rule,
            silent_after_s=10,
            load=load,
        )

    def _as_a_rule(self) -> tuple[GuardLevel, str]:
        return self.normal()

    @property
    def guard_told(self) -> tuple[GuardLevel, str]:
        """How well people were told last that the call is listened to, and why."""
        last = [event for event in self.events if isinstance(event, GuardChanged)][-1]
        return last.guard, last.because

    async def run(self, *speeches: Speech, last: Iterable[Speech] = ()) -> None:
        """Run the call with these pieces of speech to its end."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.call.run(lambda: last))
            await self.clock.let_run()
            for speech in speeches:
                self.call.hear(speech)
            await self.clock.let_run()
            self.call.end(EndReason.CLOSED)


def frame(received_ns: int = 0, channel: Role = Role.CALLER) -> AudioFrame:
    return AudioFrame(
        call_id="c1",
        channel=channel,
        encoding=Encoding.MULAW,
        rate_hz=8000,
        start_sample=0,
        received_ns=received_ns,
        payload=b"\xff" * 160,
    )


async def test_speech_becomes_transcript_score_and_alert_in_that_order() -> None:
    house = House({0: "YOU FOOL"})
    await house.run(speech_segment(0))
    assert types(house.events) == ["CallStarted", "GuardChanged", "Transcript", "UtteranceScore", "Decision", "CallEnded"]


async def test_each_step_stamps_its_time() -> None:
    house = House({0: "YOU FOOL"})
    await house.run(speech_segment(0))
    (decision,) = (event for event in house.events if isinstance(event, Decision))
    (speech, _) = house.engine.asked[0]
    assert speech.times.segmented_ns == house.clock.monotonic_ns()
    assert decision.times.decided_ns == house.clock.monotonic_ns()


async def test_words_that_were_still_open_when_the_call_ended_are_understood() -> None:
    house = House({0: "YOU FOOL"})
    await house.run(last=[speech_segment(0)])
    assert types(house.events)[-2:] == ["Decision", "CallEnded"]


async def test_a_callers_segment_that_was_lost_is_still_listened_to_for_threats() -> None:
    async def spot(lost: SpeechSegment, is_flagged: bool) -> Transcript | None:
        asked.append((lost.channel, lost.segment, is_flagged))
        return replace(transcript("I WILL KILL YOU", number=lost.segment), is_reliable=False, unreliable_because="keywords")

    asked: list[tuple[Role, int, bool]] = []
    house = House({}, spot=spot)
    await house.run(speech_segment(0), speech_segment(0, channel=Role.AGENT))

    assert asked == [(Role.CALLER, 0, False)]
    heard = [event for event in house.events if isinstance(event, Transcript | TranscriptLost | UtteranceScore)]
    assert types(heard).count("TranscriptLost") == 2
    (score,) = (event for event in heard if isinstance(event, UtteranceScore))
    assert (score.severity, score.is_reliable) == (2, False)
    assert [lost.channel for lost in house.ladder.lost] == [Role.AGENT], "what was spotted is the last reading of the caller's"


async def test_a_spotter_that_fails_leaves_the_loss_and_the_call() -> None:
    async def spot(lost: SpeechSegment, is_flagged: bool) -> Transcript | None:  # noqa: ARG001  # the protocol's own shape
        raise EngineError("it has gone")

    house = House({1: "hello"}, spot=spot)
    await house.run(speech_segment(0), speech_segment(1))

    assert [type(event) for event in house.events if isinstance(event, Transcript | TranscriptLost)] == [
        TranscriptLost,
        Transcript,
    ]


async def test_a_segment_that_the_engine_drops_is_shown_as_lost_and_the_call_goes_on() -> None:
    house = House({1: "hello"})
    await house.run(speech_segment(0), speech_segment(1))
    assert [event.because for event in house.events if isinstance(event, TranscriptLost)] == ["engine"]
    assert house.ladder.lost == [event for event in house.events if isinstance(event, TranscriptLost)]
    assert [event.text for event in house.events if isinstance(event, Transcript)] == ["hello"]


async def test_the_segments_of_a_channel_are_understood_in_their_order() -> None:
    house = House({0: "first", 1: "second"})
    first_may_go = asyncio.Event()

    async def write_down(speech: Speech, is_flagged: bool) -> Transcript | None:
        if speech.segment == 0:
            await first_may_go.wait()
        else:
            first_may_go.set()
        return await house.engine.write_down(speech, is_flagged)

    house.path._write_down = write_down
    await house.run(speech_segment(0), speech_segment(1))
    assert [event.text for event in house.events if isinstance(event, Transcript)] == ["first", "second"]


async def test_a_snapshot_waits_for_no_other_and_one_in_flight_is_enough() -> None:
    house = House({0: "you"})
    await house.run(speech_snapshot(0), speech_snapshot(0))
    assert len(house.engine.asked) == 1


async def test_a_pause_is_shown_to_the_engine_even_while_it_looks_at_running_speech() -> None:
    house = House({0: "you"})
    await house.run(speech_snapshot(0), replace(speech_snapshot(0), silence_samples=2560))
    assert [speech.silence_samples for speech, _ in house.engine.asked if isinstance(speech, SpeechSnapshot)] == [0, 2560]


async def test_a_call_that_alerted_goes_first_from_then_on() -> None:
    house = House({0: "YOU FOOL", 1: "well"})
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(house.call.run(tuple))
        await house.clock.let_run()
        for number in (0, 1):
            house.call.hear(speech_segment(number))
            await house.clock.let_run()
        house.call.end(EndReason.CLOSED)
    assert [is_flagged for _, is_flagged in house.engine.asked] == [False, True]


async def test_bad_audio_ends_this_call_only_and_says_why() -> None:
    class Deaf(QuietListening):
        def feed(self, item: AudioFrame | Gap) -> None:
            raise AudioFormatError("L16 payload has 3 bytes; expected an even number")

    house = House({}, listening=Deaf())
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(house.call.run(tuple))
        await house.clock.let_run()
        house.call.push(frame())
    ended = house.events[-1]
    assert isinstance(ended, CallEnded)
    assert (ended.reason, ended.detail) == (EndReason.FAILED, "L16 payload has 3 bytes; expected an even number")


async def test_an_unforeseen_failure_ends_this_call_only_and_shows_no_internals() -> None:
    class Broken(QuietListening):
        def feed(self, item: AudioFrame | Gap) -> None:
            raise ZeroDivisionError("secret words")

    house = House({}, listening=Broken())
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(house.call.run(tuple))
        await house.clock.let_run()
        house.call.push(frame())
    ended = house.events[-1]
    assert isinstance(ended, CallEnded)
    assert ended.reason is EndReason.FAILED
    assert "secret" not in ended.detail


async def test_silence_on_the_wire_shows_not_guarded_and_audio_ends_it() -> None:
    house = House({})
    await house.clock.advance(11)
    house.call.watch()
    for channel in (Role.CALLER, Role.AGENT):
        house.call.push(frame(house.clock.monotonic_ns(), channel))
    house.call.watch()
    levels = [event.guard for event in house.events if isinstance(event, GuardChanged)]
    assert levels == [GuardLevel.NOT_GUARDED, GuardLevel.GUARDED]


async def test_a_call_of_which_only_one_side_is_heard_says_which_one_is_missing() -> None:
    house = House({})
    await house.clock.advance(11)
    house.call.push(frame(house.clock.monotonic_ns()))
    house.call.watch()
    (changed,) = (event for event in house.events if isinstance(event, GuardChanged))
    assert changed.guard is GuardLevel.DEGRADED
    assert "no audio comes from the agent" in changed.because


async def test_time_passes_for_the_ladder_every_watch() -> None:
    house = House({})
    await house.clock.advance(2)
    house.call.watch()
    assert house.ladder.ticks == [32_000]


async def test_people_can_act_after_the_call_has_ended() -> None:
    house = House({})
    await house.run()
    house.call.act(HelpAsked(call_id="c1", at_sample=0, by="sam", is_panic=False))
    assert types(house.events)[-2:] == ["HelpAsked", "Decision"]


async def test_a_second_goodbye_does_nothing() -> None:
    house = House({})
    await house.run()
    house.call.end(EndReason.BROKEN, "later")
    assert [event.reason for event in house.events if isinstance(event, CallEnded)] == [EndReason.CLOSED]


async def test_words_that_come_late_show_that_the_call_is_not_guarded_as_it_should_be() -> None:
    house = House({0: "hello"})
    may_go = asyncio.Event()

    async def write_down(speech: Speech, is_flagged: bool) -> Transcript | None:
        await may_go.wait()
        return await house.engine.write_down(speech, is_flagged)

    house.path._write_down = write_down
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(house.call.run(tuple))
        await house.clock.let_run()
        house.call.hear(speech_segment(0))
        await house.clock.advance(3)
        house.call.watch()
        may_go.set()
        await house.clock.let_run()
        house.call.watch()
        house.call.end(EndReason.CLOSED)
    levels = [event.guard for event in house.events if isinstance(event, GuardChanged)]
    assert levels == [GuardLevel.GUARDED, GuardLevel.DEGRADED, GuardLevel.GUARDED]


async def test_an_engine_that_fails_is_told_as_such_and_that_it_works_again() -> None:
    house = House({2: "hello"})
    told = []
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(house.call.run(tuple))
        await house.clock.let_run()
        for number in range(3):
            house.call.hear(speech_segment(number))
            await house.clock.let_run()
            house.call.watch()
            told.append(house.guard_told)
        house.call.end(EndReason.CLOSED)
    assert [level for level, _ in told] == [GuardLevel.DEGRADED, GuardLevel.NOT_GUARDED, GuardLevel.DEGRADED]
    assert told[0][1] == told[2][1] == "Speech was lost because the speech engine failed."
    assert "Do not rely on callguard now" in told[1][1]


async def test_another_reason_for_the_same_level_is_told() -> None:
    house = House({})
    house.normal = lambda: (GuardLevel.DEGRADED, "Only keywords are scored in this language: no model for it.")
    house.call.watch()
    await house.clock.advance(11)
    house.call.push(frame(house.clock.monotonic_ns()))
    house.call.watch()
    assert "no audio comes from the agent" in house.guard_told[1]
    house.call.push(frame(house.clock.monotonic_ns(), Role.AGENT))
    house.call.watch()
    assert "Only keywords" in house.guard_told[1]


FOREIGN = (GuardLevel.NOT_GUARDED, "The speech engine does not know this language: nothing is written down.")


async def test_a_call_that_changes_to_a_language_nobody_knows_says_so_at_once_and_for_as_long_as_it_lasts() -> None:
    house = House({0: "hello"})

    async def write_down(speech: Speech, is_flagged: bool) -> Transcript | None:
        if house.path.language == "fi":
            raise LanguageError("it does not know «fi»; take another model")
        return await house.engine.write_down(speech, is_flagged)

    house.path._write_down = write_down
    house.normal = lambda: FOREIGN if house.path.language == "fi" else (GuardLevel.GUARDED, "")
    told = []
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(house.call.run(tuple))
        await house.clock.let_run()
        house.call.describe(replace(house.call.started, language="fi"))
        told.append(house.guard_told)
        for number in range(3):
            house.call.hear(speech_segment(number))
            await house.clock.let_run()
            house.call.watch()
            told.append(house.guard_told)
        house.call.describe(replace(house.call.started, language="en"))
        told.append(house.guard_told)
        house.call.end(EndReason.CLOSED)
    assert told == [*4 * [FOREIGN], (GuardLevel.GUARDED, "")]
    assert [lost.because for lost in house.events if isinstance(lost, TranscriptLost)] == 3 * ["language"]


async def test_what_is_worse_is_told_whatever_else_is_wrong() -> None:
    load = LoadControl([Step.NO_AGENT])
    house = House({}, load=load)
    while load.step is Step.ALL:
        load.tick(9.0, 1)
    house.call.watch()
    assert house.guard_told[0] is GuardLevel.DEGRADED
    house.normal = lambda: FOREIGN
    house.call.watch()
    assert house.guard_told == FOREIGN
    await house.clock.advance(11)
    house.call.push(frame(house.clock.monotonic_ns()))
    house.call.watch()
    assert house.guard_told == FOREIGN


async def test_an_engine_that_takes_over_during_the_call_is_shown() -> None:
    house = House({})
    levels = [(GuardLevel.FALLBACK, "no weights yet")]
    house.normal = lambda: levels[-1]
    house.call.watch()
    levels.append((GuardLevel.GUARDED, ""))
    house.call.watch()
    assert [event.guard for event in house.events if isinstance(event, GuardChanged)] == [GuardLevel.FALLBACK, GuardLevel.GUARDED]


async def test_an_act_is_told_before_what_the_policy_makes_of_it() -> None:
    house = House({})

    house.call.act(HelpAsked(call_id="c1", at_sample=0, by="sam", is_panic=False))

    assert types(house.events) == ["HelpAsked", "Decision"]


async def test_an_answer_to_an_alert_that_was_never_raised_is_refused_and_told_to_nobody() -> None:
    house = House({})
    house.path = CallPath(
        "c1",
        write_down=house.engine.write_down,
        scorer=ShoutScorer(),
        ladder=Ladder("c1", load_policy("standard"), organisation="Larkfield"),
        emit=house.events.append,
        clock=house.clock,
    )

    with pytest.raises(NotFoundError):
        house.path.act(
            AlertAnswered(call_id="c1", at_sample=0, by="ana", decision_id="c1:9", answer=AlertAnswer.CLAIMED, to="", reason="")
        )

    assert house.events == []


async def test_a_call_without_channels_is_watched_like_any_other() -> None:
    house = House({})
    call = LiveCall(
        replace(call_started(), channels=()),
        house.path,
        house.listening,
        emit=house.events.append,
        clock=house.clock,
        guard=lambda: (GuardLevel.GUARDED, ""),
        silent_after_s=10,
    )
    await house.clock.advance(20)
    call.watch()
    assert house.events == []


async def test_a_language_that_was_found_out_is_told_and_is_the_calls_from_then_on() -> None:
    house = House({0: "hello", 1: "are you there", 2: "good"})
    house.call.started = replace(house.call.started, language="auto")
    house.normal = lambda: (GuardLevel.GUARDED, "") if house.path.language == "en" else FOREIGN

    await house.run(speech_segment(0), speech_segment(1), speech_segment(2))

    described = [event for event in house.events if isinstance(event, CallDescribed)]
    assert [(event.language, event.by) for event in described] == [("en", "callguard")]
    assert house.call.started.language == "en"
    assert house.guard_told == (GuardLevel.GUARDED, "")
    assert types(house.events).index("CallDescribed") < types(house.events).index("CallEnded")


async def test_what_was_in_flight_and_provisional_comes_to_its_end_when_the_rest_of_the_speech_cannot_be_judged() -> None:
    house = House({1: "SHOUT"})

    def finish() -> Iterable[Speech]:
        yield speech_segment(1)
        raise EngineError("the detector failed")

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(house.call.run(finish))
        await house.clock.let_run()
        house.call.end(EndReason.CLOSED)

    texts = [event.text for event in house.events if isinstance(event, Transcript)]
    assert (texts, house.ladder.is_flushed) == (["SHOUT"], True)
    assert house.guard_told == (GuardLevel.NOT_GUARDED, "the detector failed")
    assert isinstance(house.events[-1], CallEnded)
