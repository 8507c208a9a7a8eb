"""What people are told of how well a call is listened to."""

from callguard.call_path import LEFT_OUT
from callguard.errors import EngineError, LanguageError, OverloadError
from callguard.guard_watch import FAILED_FOR_GOOD, LATE_S, LOSS_FORGOTTEN_S, SECOND_NS, GuardWatch, Verdict
from callguard.load import LoadControl
from callguard.terms import GuardLevel, Role

SILENT_AFTER_S = 10


class Engine:
    """What the engine says of itself."""

    level = GuardLevel.GUARDED

    def __call__(self) -> tuple[GuardLevel, str]:
        return self.level, f"engine: {self.level}"


def watch(engine: Engine | None = None) -> GuardWatch:
    return GuardWatch(
        (Role.CALLER, Role.AGENT), now_ns=0, normal=engine or Engine(), load=LoadControl(), silent_after_s=SILENT_AFTER_S
    )


def ns(seconds: float) -> int:
    return int(seconds * SECOND_NS)


def told(watched: GuardWatch, at_s: float, *, has_ended: bool = False) -> Verdict | None:
    return watched.news(ns(at_s), has_ended=has_ended)


def test_nothing_is_told_twice() -> None:
    watched = watch()
    assert watched.at_first() == (GuardLevel.GUARDED, "", "engine: guarded")
    assert told(watched, 1) is None
    late = told(watched, SILENT_AFTER_S + 1)
    assert late is not None
    assert late.cause == "silent"
    assert told(watched, SILENT_AFTER_S + 5) is None


def test_each_side_is_missed_for_itself_and_none_after_the_goodbye() -> None:
    watched = watch()
    watched.audio_came(Role.CALLER, ns(9))
    one_sided = told(watched, 12)
    assert one_sided is not None
    assert (one_sided.level, one_sided.cause) == (GuardLevel.DEGRADED, "one-sided")
    assert "agent" in one_sided.because
    assert watched.last_audio_ns == ns(9)
    better = told(watched, 13, has_ended=True)
    assert better is not None
    assert better.level is GuardLevel.GUARDED


def test_the_oldest_piece_of_speech_says_how_late_words_are() -> None:
    watched = watch()
    watched.waits(Role.CALLER, 1, ns(1))
    watched.waits(Role.AGENT, 2, ns(2))
    assert watched.late_s(ns(2.5)) == 1.5
    watched.waits_no_more(Role.CALLER, 1)
    assert watched.late_s(ns(2.5)) == 0.5
    late = told(watched, 2 + LATE_S)
    assert late is not None
    assert (late.level, late.cause) == (GuardLevel.DEGRADED, "late")
    watched.waits_no_more(Role.AGENT, 2)
    watched.waits_no_more(Role.AGENT, 2)
    assert watched.late_s(ns(5)) == 0


def test_a_loss_is_told_for_a_while_and_failing_until_something_is_written() -> None:
    watched = watch()
    for _ in range(FAILED_FOR_GOOD):
        watched.lost(EngineError.code, ns(1))
    failing = told(watched, 1)
    assert failing is not None
    assert (failing.level, failing.cause) == (GuardLevel.NOT_GUARDED, "failing")
    watched.written()
    failed = told(watched, 2)
    assert failed is not None
    assert (failed.level, failed.cause) == (GuardLevel.DEGRADED, "failed")
    for second in range(3, LOSS_FORGOTTEN_S + 2):
        for role in Role:
            watched.audio_came(role, ns(second))
    forgotten = told(watched, 1 + LOSS_FORGOTTEN_S)
    assert forgotten is not None
    assert forgotten.level is GuardLevel.GUARDED


def test_speech_lost_for_want_of_time_is_no_failing_engine() -> None:
    watched = watch()
    watched.lost(EngineError.code, ns(1))
    watched.lost(OverloadError.code, ns(1))
    watched.lost(EngineError.code, ns(1))
    news = told(watched, 1)
    assert news is not None
    assert news.level is GuardLevel.DEGRADED


def test_speech_that_is_left_out_on_purpose_is_no_loss() -> None:
    watched = watch()
    for because in (LEFT_OUT, LanguageError.code):
        watched.lost(because, ns(1))
    assert told(watched, 1) is None


def test_an_engine_that_cannot_guard_comes_before_what_is_only_degraded() -> None:
    engine = Engine()
    watched = watch(engine)
    watched.lost(OverloadError.code, ns(1))
    engine.level = GuardLevel.NOT_GUARDED
    assert told(watched, 1) == (GuardLevel.NOT_GUARDED, "", "engine: not_guarded")


def test_a_call_that_has_failed_is_never_told_to_be_better() -> None:
    watched = watch()
    watched.lost(OverloadError.code, ns(1))
    watched.given_up()
    assert told(watched, 1) is None
    assert told(watched, 100) is None
