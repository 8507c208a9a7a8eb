import pytest

from callguard.score.channel import NoisyChannel
from callguard.score.ngrams import UNKNOWN, NGrams
from training.channel import LEAST, counted, made

SENTENCES = ["i will kill you", "i will pay the bill", "thank you", "a gill is a measure", "you filled the hole", "measure it"]


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Six sentences, each said often enough for its words to be known."""
    return [sentence for sentence in SENTENCES for _ in range(10 * LEAST)]


def test_a_channel_that_is_counted_here_hears_what_was_said_here(texts: list[str]) -> None:
    kept = made(texts)

    said = NoisyChannel(NGrams(kept), kept).said("zoetrope will gill you")

    assert said is not None
    assert said.text == "zoetrope will kill you"


def test_rare_words_count_as_unknown(texts: list[str]) -> None:
    kept = counted([*texts, "zoetrope"])

    assert NGrams(kept).number("zoetrope") == UNKNOWN


def test_counting_twice_gives_the_same(texts: list[str]) -> None:
    first, second = counted(texts), counted(texts)

    assert first.keys() == second.keys()
    assert all((first[name] == second[name]).all() for name in first)
