"""The adapter on a real CTranslate2 model of exact shape: random weights, so no words, but faster-whisper's own tokens."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from faster_whisper.feature_extractor import FeatureExtractor

from callguard.clock import SystemClock
from callguard.errors import EngineError, ModelMissingError
from callguard.terms import RATE_HZ, Samples
from callguard.transcribe.engine import EngineRules, SharedEngine
from callguard.transcribe.guards import GuardLimits, load_inventions
from callguard.transcribe.hypothesis import Utterance
from callguard.transcribe.log_mel import LogMel
from callguard.transcribe.transcriber import EngineInfo
from callguard.transcribe.whisper import WhisperWeights, choose_compute_type
from callguard.transcribe.window import FULL_FRAMES, WindowRule
from tests.transcribe.fakes import request, segment
from tools.make_shape_model import LANGUAGES


def babble(seconds: float, seed: int) -> Samples:
    """Return noise whose loudness comes and goes as syllables do."""
    at_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    noise = np.random.default_rng(seed).standard_normal(len(at_s))
    sound: Samples = (0.05 * noise * np.sin(2 * np.pi * (1 + seed) * at_s) ** 2).astype(np.float32)
    return sound


SOUNDS = [babble(seconds, seed) for seed, seconds in enumerate((0.4, 2.0, 5.0))]


def seen(samples: Samples, *, language: str = "en") -> Utterance:
    return Utterance(samples=samples, log_mel=LogMel(FeatureExtractor().mel_filters), language=language)


UTTERANCES = [seen(samples) for samples in SOUNDS]


def load(folder: Path, *, workers: int = 2, vocabulary: tuple[str, ...] = (), vocabulary_tokens: int = 0) -> WhisperWeights:
    return WhisperWeights(
        folder,
        device="cpu",
        compute_type="default",
        workers=workers,
        limits=GuardLimits(),
        vocabulary=vocabulary,
        vocabulary_tokens=vocabulary_tokens,
    )


@pytest.fixture(scope="module")
def weights(tiny_en: Path) -> Iterator[WhisperWeights]:
    loaded = load(tiny_en)
    yield loaded
    loaded.close()


@pytest.fixture(scope="module")
def reference(weights: WhisperWeights) -> list[tuple[tuple[int, ...], float, float]]:
    """What `WhisperModel.transcribe` says: tokens, mean log-probability, no-speech probability."""
    answers = []
    for samples in SOUNDS:
        segments, _ = weights._whisper.transcribe(
            samples,
            language="en",
            beam_size=1,
            temperature=0,
            without_timestamps=True,
            condition_on_previous_text=False,
            vad_filter=False,
        )
        (only,) = segments
        answers.append((tuple(only.tokens), only.avg_logprob, only.no_speech_prob))
    return answers


def test_the_full_window_gives_the_tokens_of_faster_whisper(
    weights: WhisperWeights, reference: list[tuple[tuple[int, ...], float, float]]
) -> None:
    for utterance, (tokens, mean_log_probability, no_speech_probability) in zip(UTTERANCES, reference, strict=True):
        (hypothesis,) = weights.decode([utterance], frames=FULL_FRAMES, beam=1)
        assert hypothesis.tokens == tokens
        assert hypothesis.mean_log_probability == pytest.approx(
            mean_log_probability, abs=0.05
        )  # int8 magnifies the last bit of the features
        assert hypothesis.no_speech_probability == pytest.approx(no_speech_probability, abs=1e-5)


@pytest.mark.parametrize("seed", range(2))
def test_tokens_do_not_depend_on_batch_and_order(
    weights: WhisperWeights, reference: list[tuple[tuple[int, ...], float, float]], seed: int
) -> None:
    order = random.Random(seed).choices(range(len(UTTERANCES)), k=3)
    hypotheses = weights.decode([UTTERANCES[number] for number in order], frames=FULL_FRAMES, beam=1)
    assert [hypothesis.tokens for hypothesis in hypotheses] == [reference[number][0] for number in order]


def test_a_short_window_stops_at_what_a_person_can_say(weights: WhisperWeights) -> None:
    (hypothesis,) = weights.decode([UTTERANCES[0]], frames=200, beam=1)
    assert len(hypothesis.tokens) == 6 + int(12 * 0.4) + 1


def test_a_short_window_hears_the_utterance(weights: WhisperWeights) -> None:
    one, other = weights.decode(UTTERANCES[1:], frames=650, beam=1)
    assert one.tokens != other.tokens
    assert len(one.tokens) == 20
    assert one.text


def test_expected_names_change_what_is_heard_and_not_how_much(tiny_en: Path, weights: WhisperWeights) -> None:
    prompted = load(tiny_en, vocabulary=("Ashgrove Water", "Larkfield"), vocabulary_tokens=48)
    (with_names,) = prompted.decode(UTTERANCES[2:], frames=650, beam=1)
    prompted.close()
    (without,) = weights.decode(UTTERANCES[2:], frames=650, beam=1)
    assert with_names.tokens != without.tokens


def test_names_that_have_no_room_are_left_out_whole(tiny_en: Path, caplog: pytest.LogCaptureFixture) -> None:
    few, many = (
        load(tiny_en, vocabulary=("ab", "cd"), vocabulary_tokens=48),
        load(tiny_en, vocabulary=("ab", "cd", "ef" * 99), vocabulary_tokens=48),
    )
    none = load(tiny_en, vocabulary=("ab",), vocabulary_tokens=0)
    assert few._expected == many._expected
    assert 0 < len(many._expected) <= 49
    assert none._expected == []
    assert "left out" in caplog.text


def test_a_short_window_leaves_room_for_the_many_tokens_of_the_languages_in_it(weights: WhisperWeights) -> None:
    english, hindi, malayalam = (weights._max_length(4, 3.0, 500, {"en", *more}) for more in ((), ("hi",), ("ml",)))
    assert english == 2 * (6 + 36 + 1)
    assert hindi == 2 * (int(5.2 * 42) + 1)
    assert malayalam == 448


def test_a_multilingual_model_finds_the_language_out_unless_it_is_told(tiny: Path) -> None:
    multilingual = load(tiny, workers=1)
    found, told = multilingual.decode([seen(SOUNDS[1], language=""), seen(SOUNDS[1], language="fr")], frames=500, beam=1)
    assert found.language in LANGUAGES.split()
    assert (told.language, told.language_probability) == ("fr", 1.0)
    assert multilingual.knows("fr")
    assert multilingual.knows("")
    assert not multilingual.knows("xx")
    multilingual.close()


def test_an_english_model_knows_english_only(weights: WhisperWeights) -> None:
    assert weights.knows("en")
    assert not weights.knows("de")


def test_a_folder_without_a_model_is_missing_weights(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match=r"model\.bin"):
        load(tmp_path)


def test_a_broken_model_is_an_engine_error(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"not a model")
    with pytest.raises(EngineError, match="cannot be loaded"):
        load(tmp_path)


def test_int8_on_a_cpu_and_float16_on_a_gpu() -> None:
    assert choose_compute_type("default", "cpu") == "int8"
    assert choose_compute_type("default", "cuda") == "float16"
    assert choose_compute_type("float32", "cpu") == "float32"


async def test_the_shared_engine_runs_on_real_weights(tiny_en: Path, weights: WhisperWeights) -> None:
    rules = EngineRules(
        workers=2,
        batch=4,
        queue=16,
        partial_interval_ms=700,
        window=WindowRule(margin_s=1.3, minimum_s=0),
        limits=GuardLimits(mean_log_probability=-20, compression_ratio=100, repeated_words=100, tokens_per_second=100),
        inventions=load_inventions(),
    )
    info = EngineInfo(name="whisper shape", is_fallback=False, detail="A test.")
    engine = SharedEngine(lambda: load(tiny_en), ThreadPoolExecutor(2), info, rules, SystemClock())
    await engine.start()
    asked = [request(segment(n, samples=samples), deadline_s=1e9) for n, samples in enumerate(SOUNDS[1:])]
    transcripts = [await engine.transcribe(one) for one in asked]
    await engine.close()
    expected = [
        weights.decode([seen(samples)], frames=rules.window.frames(len(samples)), beam=1)[0].text for samples in SOUNDS[1:]
    ]
    assert [transcript and transcript.text for transcript in transcripts] == expected


def test_word_times_are_those_of_faster_whisper(weights: WhisperWeights) -> None:
    decoded = weights.decode(UTTERANCES, frames=FULL_FRAMES, beam=1, with_words=True)
    for samples, hypothesis in zip(SOUNDS, decoded, strict=True):
        segments, _ = weights._whisper.transcribe(
            samples,
            language="en",
            beam_size=1,
            temperature=0,
            without_timestamps=True,
            condition_on_previous_text=False,
            word_timestamps=True,
        )
        ours = hypothesis.words
        theirs = [word for one in segments for word in one.words or ()][: len(ours)]  # theirs looks again behind the last word
        assert [word.text for word in ours] == [word.word.strip() for word in theirs]
        assert [word.probability for word in ours] == pytest.approx([word.probability for word in theirs], abs=0.2)
        # both shorten what comes before the first word, each in its own way
        assert [word.start_s for word in ours[1:]] == pytest.approx([word.start for word in theirs[1:]], abs=0.05)


def test_words_run_forward_inside_the_utterance(weights: WhisperWeights) -> None:
    for hypothesis, samples in zip(weights.decode(UTTERANCES, frames=650, beam=1, with_words=True), SOUNDS, strict=True):
        places = [at_s for word in hypothesis.words for at_s in (word.start_s, word.end_s)]
        assert places == sorted(places)
        assert 0 <= places[0] <= places[-1] <= len(samples) / RATE_HZ
        assert " ".join(word.text for word in hypothesis.words) == " ".join(hypothesis.text.split())


def test_words_are_not_sought_unless_they_are_asked_for(weights: WhisperWeights) -> None:
    assert not weights.decode(UTTERANCES[1:2], frames=650, beam=1)[0].words


def test_in_a_batch_of_several_languages_those_of_the_first_get_word_times(tiny: Path) -> None:
    multilingual = load(tiny, workers=1)
    asked = [seen(SOUNDS[1], language=language) for language in ("fr", "de", "fr")]
    decoded = multilingual.decode(asked, frames=500, beam=1, with_words=True)
    multilingual.close()
    assert [bool(hypothesis.words) for hypothesis in decoded] == [True, False, True]


def test_a_snippet_too_short_to_be_aligned_costs_nobody_their_words(weights: WhisperWeights) -> None:
    snippet = seen(babble(0.015, 0))
    alone, beside = weights.decode([snippet, UTTERANCES[1]], frames=650, beam=1, with_words=True)
    assert alone.text
    assert beside.words
