"""The real decoder, on calls that come with callguard."""

import json
import subprocess
import sys
from importlib import resources

import pytest
import soundfile
import soxr

from callguard.terms import RATE_HZ
from callguard.transcribe.sphinx.decoder import TELEPHONE, SphinxDecoder, agreement, probability
from callguard.transcribe.sphinx.messages import Reply


@pytest.fixture(scope="module")
def decoder() -> SphinxDecoder:
    return SphinxDecoder()


@pytest.fixture(scope="module")
def threat() -> bytes:
    """The caller's «… I am going to kill you», cut out of a demo call, as 16-bit audio."""
    folder = resources.files("callguard.demo").joinpath("calls")
    rows = map(json.loads, folder.joinpath("04-personal-threat.jsonl").read_text(encoding="utf-8").splitlines())
    row = next(row for row in rows if row["speaker"] == "caller" and "kill you" in row["text"])
    with folder.joinpath("04-personal-threat.opus").open("rb") as file:
        audio, rate_hz = soundfile.read(file, dtype="float32")
    samples = soxr.resample(audio[:, 0], rate_hz, RATE_HZ)[int((row["end_s"] - 2.4) * RATE_HZ) : int(row["end_s"] * RATE_HZ)]
    pcm: bytes = (samples * 32767).astype("<i2").tobytes()
    return pcm


def decode(decoder: SphinxDecoder, pcm: bytes, *, piece: int) -> Reply:
    decoder.begin("")
    for start in range(0, len(pcm), piece):
        decoder.hear(pcm[start : start + piece])
    return decoder.end()


def test_a_threat_on_a_telephone_line_is_heard(decoder: SphinxDecoder, threat: bytes) -> None:
    reply = decode(decoder, threat, piece=7680)
    assert "kill you" in reply.text
    assert reply.text == " ".join(word.text for word in reply.words)
    assert all(0 < word.probability < 1 and word.start_frame < word.end_frame for word in reply.words)
    assert reply.channel != TELEPHONE


def test_how_the_audio_is_cut_changes_nothing(decoder: SphinxDecoder, threat: bytes) -> None:
    assert decode(decoder, threat, piece=7680).text == decode(decoder, threat, piece=32000).text


def test_silence_has_no_words(decoder: SphinxDecoder) -> None:
    assert decode(decoder, bytes(32000), piece=7680).text == ""


def test_an_utterance_that_was_given_up_leaves_nothing_behind(decoder: SphinxDecoder, threat: bytes) -> None:
    before = decode(decoder, threat, piece=32000)
    decoder.begin("")
    decoder.hear(threat[:64000])
    decoder.give_up()
    assert decode(decoder, threat, piece=32000) == before


def test_hearing_needs_a_beginning(decoder: SphinxDecoder) -> None:
    decoder.give_up()
    with pytest.raises(RuntimeError, match="no utterance"):
        decoder.hear(bytes(320))


def test_words_that_both_passes_hear_are_more_probable() -> None:
    assert agreement(["shut", "on", "the", "line"], ["stay", "on", "the", "line"]) == [False, True, True, True]
    assert probability(0.5, is_agreed=True) > probability(0.5, is_agreed=False) > probability(0.001, is_agreed=False)
    assert probability(0.0, is_agreed=False) > 0


def test_the_worker_loads_neither_numpy_nor_the_rest_of_callguard() -> None:
    asked = (
        "import sys, callguard.transcribe.sphinx.worker; "
        "print(*sorted(name for name in sys.modules if name == 'numpy' or name.startswith('callguard.')))"
    )
    loaded = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.split()
    assert set(loaded) <= {
        "callguard.transcribe",
        "callguard.transcribe.sphinx",
        "callguard.transcribe.sphinx.decoder",
        "callguard.transcribe.sphinx.messages",
        "callguard.transcribe.sphinx.phrases",
        "callguard.transcribe.sphinx.worker",
    }
