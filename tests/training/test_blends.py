import random

from training.blends import LONGEST, crossed, spliced

POSITIVE, BENIGN = "i will come down there and sort you out today", "i will come down there and sort the bill out on friday"


def test_crossed_twins_share_what_both_say_and_mix_what_they_do_not() -> None:
    made = {crossed(POSITIVE, BENIGN, random.Random(seed)) for seed in range(40)}

    assert all(text.startswith("i will come down there and sort ") for text in made)
    assert made >= {POSITIVE, BENIGN, "i will come down there and sort you out on friday"}


def test_spliced_texts_begin_as_one_and_end_as_the_other() -> None:
    for seed in range(40):
        words = spliced("one two three", "four five six", random.Random(seed)).split()

        assert words[0] == "one"
        assert words[-1] == "six"


def test_a_blend_is_no_longer_than_what_is_read() -> None:
    long = " ".join(map(str, range(60)))

    assert max(len(spliced(long, long, random.Random(seed)).split()) for seed in range(40)) == LONGEST
    assert len(crossed(long, long, random.Random(1)).split()) == LONGEST


def test_texts_without_words_are_no_error() -> None:
    assert spliced("", "", random.Random(1)) == ""
    assert crossed("", "hello", random.Random(1)) in {"", "hello"}
