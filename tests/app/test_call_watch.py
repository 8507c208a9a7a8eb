from dataclasses import replace

from callguard.app.call_watch import CallWatch, lost_s
from callguard.events import Gap, GuardChanged
from callguard.terms import EndReason, GuardLevel, Role
from tests.clocks import HandClock
from tests.fakes import call_started
from tests.record.journals import call_ended


def test_a_tap_is_told_with_its_calls_its_losses_and_its_last_trouble() -> None:
    watch, clock = CallWatch(HandClock()), HandClock()
    started = call_started()
    watch.see(started)
    watch.see(Gap(call_id="c1", channel=Role.CALLER, start_sample=0, end_sample=24_000, because="lost"))
    ended = replace(call_ended(), reason=EndReason.BROKEN, detail="the connection was lost")
    watch.see(ended)
    figures = watch.tap(started.tap)
    assert (figures.started, lost_s(figures), figures.trouble) == (1, 1.5, "the connection was lost")
    assert figures.last_audio_at == figures.trouble_at == ended.ended_at

    watch.refuse(started, "40 calls are running")
    assert (figures.refused, figures.trouble) == (1, "a call was refused: 40 calls are running")
    assert figures.trouble_at == clock.utc_now()


def test_an_ordinary_goodbye_is_no_trouble_and_a_call_of_an_earlier_run_is_not_counted() -> None:
    watch = CallWatch(HandClock())
    watch.see(call_started())
    watch.see(call_ended())
    watch.see(GuardChanged(call_id="c9", at_sample=0, guard=GuardLevel.DEGRADED, because="The machine is busy."))
    figures = watch.tap(call_started().tap)
    assert (figures.started, figures.trouble) == (1, "")
