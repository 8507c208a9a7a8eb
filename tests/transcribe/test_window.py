import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.terms import RATE_HZ
from callguard.transcribe.window import FULL_FRAMES, FULL_WINDOW, WindowRule

SHORT = WindowRule(margin_s=1.3, minimum_s=0)
PLAIN = WindowRule(margin_s=2.6, minimum_s=10)


@pytest.mark.parametrize(
    ("rule", "seconds", "frames"),
    [(SHORT, 4.0, 530), (SHORT, 0.1, 140), (PLAIN, 4.0, 1000), (PLAIN, 9.0, 1160), (SHORT, 29.5, 3000), (FULL_WINDOW, 1.0, 3000)],
)
def test_a_window_is_the_utterance_and_its_margin_in_steps_of_a_tenth_of_a_second(
    rule: WindowRule, seconds: float, frames: int
) -> None:
    assert rule.frames(int(seconds * RATE_HZ)) == frames


@given(st.integers(1, 28 * RATE_HZ), st.sampled_from([SHORT, PLAIN, FULL_WINDOW]))
def test_a_window_always_holds_the_utterance(samples: int, rule: WindowRule) -> None:
    assert samples / RATE_HZ * 100 <= rule.frames(samples) <= FULL_FRAMES
