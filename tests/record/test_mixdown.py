import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.errors import InputError
from callguard.record.mixdown import BLOCK, SLACK, Mixdown
from callguard.terms import RATE_HZ

Pcm = npt.NDArray[np.int16]


def ones(count: int, value: int = 1) -> Pcm:
    return np.full(count, value, np.int16)


def collect(mixdown: Mixdown, *pieces: tuple[int, int, Pcm]) -> Pcm:
    blocks = [block for channel, start, samples in pieces for block in mixdown.push(channel, start, samples)]
    return np.concatenate([*blocks, *mixdown.flush()])


def test_channels_lie_side_by_side_at_their_own_positions() -> None:
    mixed = collect(Mixdown(2), (0, 0, ones(4, 1)), (1, 2, ones(4, 2)), (0, 4, ones(2, 3)))
    assert mixed.tolist() == [[1, 0], [1, 0], [1, 2], [1, 2], [3, 2], [3, 2]]


def test_a_gap_becomes_silence_of_the_same_length() -> None:
    mixed = collect(Mixdown(1), (0, 0, ones(10)), (0, 10 * RATE_HZ, ones(10)))
    assert len(mixed) == 10 * RATE_HZ + 10
    assert int(np.abs(mixed).sum()) == 20


def test_a_party_that_is_never_heard_holds_nothing_back() -> None:
    mixdown = Mixdown(2)
    handed_out = sum(len(block) for second in range(20) for block in mixdown.push(0, second * RATE_HZ, ones(RATE_HZ)))
    assert handed_out == 20 * RATE_HZ - SLACK


def test_what_comes_after_its_place_is_dropped_and_counted() -> None:
    mixdown = Mixdown(2)
    list(mixdown.push(0, 0, ones(SLACK + RATE_HZ)))
    late = list(mixdown.push(1, 0, ones(SLACK + RATE_HZ)))
    assert mixdown.late_samples == RATE_HZ
    assert sum(int(block[:, 1].sum()) for block in late) == SLACK


def test_a_party_that_is_seconds_behind_loses_nothing() -> None:
    mixdown = Mixdown(2)
    mixed = collect(mixdown, (0, 0, ones(4 * RATE_HZ, 1)), (1, 0, ones(4 * RATE_HZ, 2)))
    assert mixdown.late_samples == 0
    assert np.array_equal(mixed, np.tile(np.array([1, 2], np.int16), (4 * RATE_HZ, 1)))


@pytest.mark.parametrize("start", [-1, 4000 * RATE_HZ])
def test_a_position_that_cannot_be_is_refused(start: int) -> None:
    with pytest.raises(InputError, match="cannot belong"):
        list(Mixdown(2).push(0, start, ones(10)))


def test_memory_stays_bounded_over_a_long_gap() -> None:
    mixdown = Mixdown(2)
    assert max(len(block) for block in mixdown.push(0, 600 * RATE_HZ, ones(320))) <= BLOCK
    assert len(mixdown._pending) <= SLACK + BLOCK + 320


@given(cuts=st.lists(st.integers(1, 4000), min_size=1, max_size=20))
def test_cutting_the_same_audio_differently_changes_nothing(cuts: list[int]) -> None:
    audio = np.arange(sum(cuts), dtype=np.int16)
    starts = np.cumsum([0, *cuts])
    cut = [(channel, int(starts[i]), audio[starts[i] : starts[i + 1]]) for i in range(len(cuts)) for channel in (0, 1)]
    whole = collect(Mixdown(2), (0, 0, audio), (1, 0, audio)) if len(audio) <= SLACK else np.stack([audio, audio], axis=1)
    assert np.array_equal(collect(Mixdown(2), *cut), whole)
