"""The real spotter, on sentences that came over a telephone line (make_clips.py)."""

from pathlib import Path

import pytest
import soundfile
import soxr

from callguard.terms import RATE_HZ
from callguard.transcribe.sphinx.messages import Reply
from callguard.transcribe.sphinx.phrases import THREATS, PhraseDecoder, longest

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="module")
def decoder() -> PhraseDecoder:
    return PhraseDecoder()


def clip(name: str) -> bytes:
    samples, rate_hz = soundfile.read(DATA / f"{name}.flac", dtype="float32")
    pcm: bytes = (soxr.resample(samples, rate_hz, RATE_HZ) * 32767).astype("<i2").tobytes()
    return pcm


def listen(decoder: PhraseDecoder, pcm: bytes, *, piece: int = 32_000) -> Reply:
    decoder.begin("")
    for start in range(0, len(pcm), piece):
        decoder.hear(pcm[start : start + piece])
    return decoder.end()


def test_a_threat_is_spotted_with_its_place(decoder: PhraseDecoder) -> None:
    reply = listen(decoder, clip("threat"))
    (phrase,) = reply.words
    assert "kill you" in reply.text
    assert 60 < phrase.start_frame < phrase.end_frame <= len(clip("threat")) // 320


@pytest.mark.parametrize("name", ["kill_the_order", "family_call"])
def test_the_words_of_a_threat_in_harmless_speech_are_not_spotted(decoder: PhraseDecoder, name: str) -> None:
    assert listen(decoder, clip(name)).text == ""


def test_silence_holds_no_threat(decoder: PhraseDecoder) -> None:
    assert listen(decoder, bytes(64_000)).text == ""


def test_how_the_audio_is_cut_changes_nothing(decoder: PhraseDecoder) -> None:
    whole = listen(decoder, clip("threat"), piece=1_000_000)
    assert whole.words
    assert listen(decoder, clip("threat"), piece=7680) == whole


def test_an_utterance_that_was_given_up_leaves_nothing_behind(decoder: PhraseDecoder) -> None:
    before = listen(decoder, clip("threat"))
    decoder.begin("")
    decoder.hear(clip("family_call")[:64_000])
    decoder.give_up()
    assert listen(decoder, clip("threat")) == before


def test_listening_needs_a_beginning(decoder: PhraseDecoder) -> None:
    decoder.give_up()
    with pytest.raises(RuntimeError, match="no utterance"):
        decoder.hear(bytes(320))


def test_of_overlapping_phrases_the_longest_is_kept() -> None:
    heard = [("kill you", 50, 90), ("find you and kill you", 0, 90), ("a bomb", 100, 120), ("there is a bomb", 95, 120)]
    assert longest(heard) == [("find you and kill you", 0, 90), ("there is a bomb", 95, 120)]


def test_each_phrase_stands_once_and_has_a_threshold() -> None:
    rows = [line.rsplit(" ", 1) for line in THREATS.read_text(encoding="utf-8").splitlines()]
    assert len({phrase for phrase, _ in rows}) == len(rows) > 20
    assert all(0 < float(threshold.strip("/")) <= 1e-3 for _, threshold in rows)
