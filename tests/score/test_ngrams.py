from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from callguard.score.ngrams import BEGIN, END, UNKNOWN, NGrams
from training.channel import counted

SENTENCES = ["i will call you back", "i will call her back", "you will call me", "call me back"]


@pytest.fixture
def kept() -> dict[str, npt.NDArray[Any]]:
    """Counted in a handful of sentences, each said five times, so that all of their words are known."""
    return counted([sentence for sentence in SENTENCES for _ in range(5)])


@pytest.fixture
def ngrams(kept: dict[str, npt.NDArray[Any]]) -> NGrams:
    return NGrams(kept)


@pytest.mark.parametrize("before", ["", "i", "will", "back", "i will", "call me", "me i"])
def test_after_any_words_all_words_together_are_certain(ngrams: NGrams, before: str) -> None:
    last, history = np.array([BEGIN]), np.array([-1])
    for word in before.split():
        _, history = ngrams.after(last, history, np.array([ngrams.number(word)]))
        last = np.array([ngrams.number(word)])

    logs, _ = ngrams.after(last, history, np.arange(END, ngrams.size))

    assert np.exp(logs).sum() == pytest.approx(1.0, abs=0.05)  # each logarithm is rounded to a sixteenth


def test_what_was_said_before_is_likelier_than_the_same_words_in_another_order(ngrams: NGrams) -> None:
    said, shuffled = (
        ngrams.sentence([ngrams.number(word) for word in text.split()]).sum()
        for text in ("you will call her back", "her will back call you")
    )

    assert said > shuffled + 3


def test_two_words_before_tell_more_than_one(ngrams: NGrams) -> None:
    her = np.array([ngrams.number("her")])
    call = np.array([ngrams.number("call")])
    _, history = ngrams.after(np.array([ngrams.number("will")]), np.array([-1]), call)

    assert ngrams.after(call, history, her)[0] > ngrams.after(call, np.array([-1]), her)[0]


def test_a_word_that_calls_hardly_know_has_no_number_of_its_own(ngrams: NGrams) -> None:
    assert ngrams.number("zoetrope") == UNKNOWN
    assert np.isfinite(ngrams.sentence([UNKNOWN, UNKNOWN])).all()


def test_an_utterance_without_words_has_its_end_only(ngrams: NGrams) -> None:
    assert ngrams.sentence([]).shape == (1,)


@pytest.mark.parametrize("name", ["alone", "pair_logs", "pair_backoff", "triple_logs", "pair_counts"])
def test_arrays_that_do_not_fit_together_are_refused(kept: dict[str, npt.NDArray[Any]], name: str) -> None:
    kept[name] = kept[name][:-1]

    with pytest.raises(ValueError, match=r"."):
        NGrams(kept)
