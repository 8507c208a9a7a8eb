import random

import pytest

from training.noise import Mishearing, misspelt, plain, spell_number, starred, vocabulary, word_error_rate

TEXTS = [
    "i will come down there and see you about the bill",
    "their sun went two the mane road to sea it",
    "he has sold his sole",
] * 3


@pytest.mark.parametrize(
    ("digits", "said"),
    [("7", "seven"), ("42", "forty two"), ("150", "one hundred and fifty"), ("2000", "two thousand"), ("07", "zero seven")],
)
def test_numbers_are_written_as_they_are_said(digits: str, said: str) -> None:
    assert spell_number(digits) == said


def test_plain_text_has_no_case_and_no_punctuation_but_apostrophes() -> None:
    assert plain("It’s £20, isn't it?") == "it's twenty isn't it"


def test_swearing_is_starred_and_nothing_else() -> None:
    censored = starred("this fucking bill from Scunthorpe", random.Random(1))

    assert "fucking" not in censored
    assert censored.endswith("bill from Scunthorpe")


def test_a_word_is_misheard_as_one_that_sounds_alike() -> None:
    noise = Mishearing(vocabulary(TEXTS))

    assert {"there"} <= set(noise.sound_alikes("their"))
    assert "see" in noise.sound_alikes("sea")


def test_a_long_word_without_a_neighbour_is_misheard_as_one_with_like_consonants() -> None:
    noise = Mishearing(["order", "older", "eared", "dawdler"])

    assert noise.sound_alikes("order") == ("eared", "older")


def test_a_word_that_sounds_like_none_is_cut_off() -> None:
    assert Mishearing(["solicitor", "order"]).sound_alikes("solicitor") == ("uh", "solicit")


def test_about_as_many_words_are_wrong_as_asked_for() -> None:
    said = [plain(text) for text in TEXTS] * 40
    noise, rng = Mishearing(vocabulary(TEXTS)), random.Random(3)

    rates = [word_error_rate(text, noise.hear(text, rng, word_errors=0.3)) for text in said]

    assert 0.22 < sum(rates) / len(rates) < 0.38


def test_the_same_seed_mishears_the_same() -> None:
    noise = Mishearing(vocabulary(TEXTS))

    assert noise.hear(TEXTS[0], random.Random(5), word_errors=0.5) == noise.hear(TEXTS[0], random.Random(5), word_errors=0.5)


def test_word_errors_count_wrong_dropped_and_added_words() -> None:
    assert word_error_rate("one two three four", "one too four four five") == 0.75


def test_words_are_mistyped_as_people_mistype_them() -> None:
    typed = {misspelt("go back to where you came from", random.Random(seed)) for seed in range(400)}

    assert {
        "go bck to where you came from",
        "go bcak to where you came from",
        "go baack to where you came from",
        "go back to wh3r3 you came from",
        "go back to where you c a m e from",
        "go back to whereyou came from",
    } <= typed


def test_the_other_words_stay_and_mistyped_ones_keep_their_beginning() -> None:
    for seed in range(200):
        typed = misspelt("go home to bed now", random.Random(seed))

        assert typed.startswith("go h")
        assert typed.endswith(" now")


def test_a_text_of_short_words_stays_as_it_is() -> None:
    assert misspelt("no i do not", random.Random(1)) == "no i do not"
