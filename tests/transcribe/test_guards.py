import numpy as np
import pytest

from callguard.terms import RATE_HZ, Samples
from callguard.transcribe.guards import (
    GuardLimits,
    compression_ratio,
    find_fault,
    load_inventions,
    longest_repeat,
    normalise,
)
from callguard.transcribe.hypothesis import Hypothesis
from tests.transcribe.fakes import heard, tone

LIMITS = GuardLimits()
SPEECH = tone(3)
SILENCE: Samples = np.zeros(3 * RATE_HZ, dtype=np.float32)


def fault(hypothesis: Hypothesis, samples: Samples = SPEECH) -> str:
    return find_fault(hypothesis, samples, limits=LIMITS, inventions=load_inventions(), rate_hz=RATE_HZ)


def test_ordinary_text_has_no_fault() -> None:
    assert fault(heard("I have been waiting for three weeks now")) == ""


def test_a_low_mean_log_probability_is_low_confidence() -> None:
    assert fault(heard("maybe", mean_log_probability=-1.2)) == "low_confidence"


def test_doubt_about_speech_counts_only_together_with_low_confidence() -> None:
    assert fault(heard("hello there", no_speech_probability=0.9)) == ""
    assert fault(heard("hello there", no_speech_probability=0.9, mean_log_probability=-1.5)) == "no_speech"


def test_more_tokens_than_a_person_can_say_are_too_dense() -> None:
    assert fault(heard(" ".join(f"word{number}" for number in range(60)))) == "too_dense"


COMPLAINT = (
    "मैं एक घंटे से फ़ोन पर इंतज़ार कर रहा हूँ और कोई मेरी मदद नहीं करता। "
    "मैं अभी आपके मैनेजर से बात करना चाहता हूँ। "
    "पिछले हफ़्ते भी मैंने तीन बार शिकायत की थी, लेकिन किसी ने जवाब नहीं दिया। "
    "मेरा बिल ग़लत है और आपने मेरे खाते से दो बार पैसे काट लिए हैं। "
    "अगर आज यह ठीक नहीं हुआ तो मैं उपभोक्ता अदालत जाऊँगा और सबको बताऊँगा।"
)
"""Twenty seconds of Hindi, of which a word has five tokens."""


def test_ordinary_speech_in_a_script_of_several_tokens_a_letter_has_no_fault() -> None:
    said = heard(COMPLAINT, language="hi", tokens_a_word=5)
    assert fault(said, tone(20)) == ""
    assert fault(said, tone(1)) == "too_dense"


def test_a_loop_in_such_a_script_is_one() -> None:
    assert fault(heard(40 * "नहीं", language="hi"), tone(20)) == "repeats"


@pytest.mark.parametrize(
    "text",
    [
        "no no no no no no no no no no no no",
        "I am going to I am going to I am going to I am going to I am going to",
    ],
)
def test_text_that_goes_round_in_circles_repeats(text: str) -> None:
    assert fault(heard(text)) == "repeats"


@pytest.mark.parametrize("text", ["no, no, no, no, no!", "answer me, answer me, answer me", "I will find you, I will find you"])
def test_people_may_repeat_themselves(text: str) -> None:
    assert fault(heard(text)) == ""


@pytest.mark.parametrize("text", ["Thank you for watching!", "thanks for watching", "Subtitles by the Amara.org community"])
def test_farewells_to_viewers_are_known_inventions(text: str) -> None:
    assert fault(heard(text)) == "known_invention"


def test_thanks_are_believed_unless_nobody_spoke() -> None:
    assert fault(heard("Thank you.")) == ""
    assert fault(heard("Thank you."), SILENCE) == "known_invention"


def test_a_sentence_that_holds_an_invention_is_believed() -> None:
    assert fault(heard("Thank you for watching my house while I was away")) == ""


def test_no_text_has_no_fault() -> None:
    assert fault(heard(""), SILENCE) == ""


def test_inventions_are_listed_as_normalised_text_of_several_languages() -> None:
    inventions = load_inventions()
    assert {"en", "de", "fr", "es", "ja"} <= set(inventions)
    assert "subtitles by the amara org community" in inventions["en"].always
    assert all(text and text == normalise(text) for known in inventions.values() for text in known.always | known.when_quiet)


def test_short_text_has_no_compression_ratio() -> None:
    assert compression_ratio("no no no no") == 0.0


@pytest.mark.parametrize(("text", "words"), [("a b c", 0), ("a a", 0), ("a a a", 3), ("x a b a b a b y", 6), ("a b a b", 0)])
def test_the_longest_repeat_counts_words_of_at_least_three_rounds(text: str, words: int) -> None:
    assert longest_repeat(text.split()) == words
