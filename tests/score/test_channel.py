from pathlib import Path

import numpy as np
import pytest

from callguard.errors import ModelMissingError
from callguard.score.channel import NoisyChannel, load_channel
from callguard.score.factory import bundled_model, load_model
from callguard.score.rule_scorer import RuleScorer
from callguard.terms import Category

WHOLE = (bundled_model() / "channel.npz").read_bytes()


@pytest.fixture(scope="module")
def channel() -> NoisyChannel:
    found = load_channel(bundled_model() / "channel.npz")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("so i'll gill you and yore hole family", "so i'll kill you and your whole family"),
        ("ewe fat ugly cow i hope you dye", "you fat ugly cow i hope you die"),
        ("under stand me yew idiot", "understand me you idiot"),
        ("i halve to pay mike bill", "i have to pay mike bill"),
        ("you are a usless pice of shti", "you are a useless piece of shit"),
        ("i willcome to yourhouse and killyou", "i will come to your house and kill you"),
    ],
    ids=["a threat", "an insult", "a word heard as two", "a bill", "mistyped", "written together"],
)
def test_words_that_do_not_go_together_are_taken_for_those_that_sound_like_them(
    channel: NoisyChannel, written: str, meant: str
) -> None:
    said = channel.said(written)

    assert said is not None
    assert said.text == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "...",
        "good morning",
        "i'd like to pay my bill please",
        "I WILL COME DOWN THERE AND PAY IN PERSON.",
        "the bill is killing me this month",
        "my name is Featherstonehaugh and I live in Llanfair",
        "das ist mir egal",
        "ewe dye",
        "write it to the 5 th column and not to the 8 th one",
        "i need 10 gb for my son and his ssn is 2246",
    ],
)
def test_fluent_words_stand_as_they_are(channel: NoisyChannel, text: str) -> None:
    assert channel.said(text) is None


def test_case_and_punctuation_do_not_matter(channel: NoisyChannel) -> None:
    plain = channel.said("so i'll gill you and yore hole family")
    written = channel.said("So I’ll gill you, and yore hole family!")

    assert plain is not None
    assert written is not None
    assert written.words == plain.words


def test_every_word_knows_what_was_written_for_it(channel: NoisyChannel) -> None:
    written = "Under stand me, yew idiot!"
    said = channel.said(written)

    assert said is not None
    assert [written[start:end] for start, end in said.places] == ["Under stand", "me", "yew", "idiot"]
    assert said.without(0, 5) == "me you idiot"
    assert said.without(16, 19) == "understand me idiot"


def test_places_are_those_of_the_text_where_small_letters_are_more_than_capital_ones(channel: NoisyChannel) -> None:
    written = "İİİ, ewe fat ugly cow i hope you DYE"
    said = channel.said(written)

    assert said is not None
    assert written[slice(*said.places[-1])] == "DYE"


def test_what_is_no_word_at_all_is_not_searched(channel: NoisyChannel) -> None:
    blob = "qzx" * 100_000  # to try each of its letters would take days

    assert channel.said(f"{blob} {blob} {blob} {blob}") is None


def test_words_that_calls_do_not_know_are_kept_as_they_were_heard(channel: NoisyChannel) -> None:
    said = channel.said("ewe zoetropery are a peace of sheet")

    assert said is not None
    assert said.text == "you zoetropery are a piece of shit"


def test_the_same_words_are_always_heard_alike(channel: NoisyChannel) -> None:
    assert channel.said("i no wear you park yaw car") == channel.said("i no wear you park yaw car") is not None


def test_a_model_folder_of_before_has_none(tmp_path: Path) -> None:
    assert load_channel(tmp_path / "channel.npz") is None


@pytest.mark.parametrize("content", [b"", b"garbage", WHOLE[:5000]], ids=["empty", "garbage", "cut off"])
def test_a_broken_file_is_called_broken(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "channel.npz").write_bytes(content)

    with pytest.raises(ModelMissingError, match=r"channel\.npz is broken"):
        load_channel(tmp_path / "channel.npz")


def test_sounds_of_another_vocabulary_are_called_broken(tmp_path: Path) -> None:
    with np.load(bundled_model() / "channel.npz") as archive:
        kept = dict(archive) | {"sound_counts": np.zeros(5, np.uint8)}
    with (tmp_path / "channel.npz").open("wb") as file:
        np.savez(file, allow_pickle=False, **kept)

    with pytest.raises(ModelMissingError, match=r"channel\.npz is broken"):
        load_channel(tmp_path / "channel.npz")


def test_what_was_misheard_is_heard_and_shown_in_the_words_that_were_written(scorer: RuleScorer) -> None:
    combined = load_model(bundled_model(), scorer)
    written = "Halo, is dat the council? Ewe fat ugly cow, can yew check my bill"

    score = combined.score(written)

    assert Category.INSULT in score.labels
    assert "fat ugly" in " ".join(written[span.start : span.end] for span in score.spans)


def test_a_threat_whose_word_was_misheard_is_a_threat(scorer: RuleScorer) -> None:
    assert Category.THREAT_PERSONAL in load_model(bundled_model(), scorer).score("so i'll gill you and yore hole family").labels
