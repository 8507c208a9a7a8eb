import math

import numpy as np
import pytest

from callguard.terms import RATE_HZ
from callguard.transcribe.scheduler import SpeechKey
from callguard.transcribe.sphinx.messages import HeardWord, Reply
from callguard.transcribe.sphinx.utterance import Utterance, find_doubt, mean_log_probability, to_pcm
from tests.transcribe.fakes import segment, snapshot

KEY = SpeechKey("c1", snapshot().channel, 0)


def reply(*probabilities: float) -> Reply:
    return Reply(words=tuple(HeardWord("word", 0, 10, probability) for probability in probabilities))


def test_only_what_is_new_is_fed_in_pieces_of_a_second() -> None:
    utterance = Utterance(KEY)
    utterance.begin(snapshot(seconds=1), 1, 0)
    utterance.fed_up_to = RATE_HZ
    pieces = utterance.pieces(segment(seconds=3.5))
    assert [(end, len(pcm) // 2) for end, pcm in pieces] == [(32_000, 16_000), (48_000, 16_000), (56_000, 8_000)]


def test_nothing_new_is_no_piece() -> None:
    utterance = Utterance(KEY)
    utterance.begin(snapshot(seconds=1), 1, 0)
    utterance.fed_up_to = RATE_HZ
    assert utterance.pieces(snapshot(seconds=1)) == []


def test_what_was_fed_to_an_earlier_worker_does_not_count() -> None:
    utterance = Utterance(KEY)
    utterance.begin(snapshot(seconds=1), 1, 0)
    assert utterance.fits(snapshot(seconds=2), 1)
    assert not utterance.fits(snapshot(seconds=2), 2)
    utterance.lose_decoder()
    assert not utterance.fits(snapshot(seconds=2), 1)


def test_audio_becomes_16_bit_without_wrapping_round() -> None:
    pcm = np.frombuffer(to_pcm(np.array([0, 0.5, 1.5, -1.5], dtype=np.float32)), dtype="<i2")
    assert pcm.tolist() == [0, 16383, 32767, -32767]


def test_the_mean_is_over_the_logarithms_of_the_words() -> None:
    assert mean_log_probability(reply(0.5, 1.0)) == pytest.approx(math.log(0.5) / 2)
    assert mean_log_probability(reply()) == 0.0


@pytest.mark.parametrize(
    ("heard", "duration_s", "doubt"),
    [
        (reply(0.9, 0.8, 0.9), 2.0, ""),
        (reply(0.5, 0.5, 0.6), 2.0, "low_confidence"),
        (reply(0.9), 4.0, "no_speech"),
        (reply(0.9), 0.5, ""),
        (reply(), 4.0, ""),
    ],
)
def test_doubt_has_a_reason(heard: Reply, duration_s: float, doubt: str) -> None:
    assert find_doubt(heard, duration_s) == doubt
