import pytest

from callguard.decide.wording import fill, spoken_words, unknown_placeholders
from callguard.errors import PolicyError


def test_names_are_put_into_a_sentence() -> None:
    text = fill("{agent} of {organisation}: {destination}", organisation="Larkfield", destination="our address", agent="Sam")

    assert text == "Sam of Larkfield: our address"


def test_a_name_that_nobody_gave_reads_as_a_sentence_all_the_same() -> None:
    text = fill("{name_and_title}, {agent}", organisation="Larkfield", destination="our address")

    assert text == "(your name and title), my colleague"


def test_a_placeholder_that_nobody_can_fill_is_refused() -> None:
    assert unknown_placeholders("{agent} {team}") == ["team"]
    with pytest.raises(PolicyError, match=r"«\{team\}» is unknown"):
        fill("{team}", organisation="Larkfield", destination="our address")


def test_words_are_counted_as_spoken_and_a_placeholder_as_three() -> None:
    assert spoken_words("At {organisation} we don't shout — ever.") == 8
