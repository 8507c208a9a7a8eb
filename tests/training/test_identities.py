import random

from training.identities import KINDS, swapped


def test_a_group_is_swapped_for_another_of_its_kind() -> None:
    texts = {swapped("My Polish neighbour is Polish", random.Random(seed)) for seed in range(40)}

    assert len(texts) > 5
    assert all(text.split()[1] == text.split()[4] and text.split()[1].lower() in KINDS[0] for text in texts)


def test_words_that_only_contain_a_term_stay() -> None:
    assert swapped("the blinds in my gold kitchen", random.Random(1)) == "the blinds in my gold kitchen"
