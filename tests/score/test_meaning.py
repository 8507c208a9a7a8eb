from pathlib import Path

import numpy as np
import pytest

from callguard.errors import ModelMissingError
from callguard.score.encoder import Encoder
from callguard.score.factory import bundled_model
from callguard.score.meaning import Meaning
from callguard.score.tokens import Tokens

WHOLE = (bundled_model() / "meaning.npz").read_bytes()


def test_missing_weights_say_what_to_do(tmp_path: Path, encoder: Encoder, tokens: Tokens) -> None:
    with pytest.raises(ModelMissingError, match="no token weights at"):
        Meaning(encoder, tokens, tmp_path / "meaning.npz")


@pytest.mark.parametrize(
    "content",
    [b"", b"garbage", WHOLE[:5000], WHOLE[:3000] + bytes(200) + WHOLE[3200:]],
    ids=["empty", "garbage", "cut off", "overwritten"],
)
def test_a_broken_file_is_called_broken(tmp_path: Path, encoder: Encoder, tokens: Tokens, content: bytes) -> None:
    (tmp_path / "meaning.npz").write_bytes(content)

    with pytest.raises(ModelMissingError, match=r"meaning\.npz is broken"):
        Meaning(encoder, tokens, tmp_path / "meaning.npz")


def test_an_array_in_place_of_the_archive_is_called_broken(tmp_path: Path, encoder: Encoder, tokens: Tokens) -> None:
    with (tmp_path / "meaning.npz").open("wb") as file:
        np.save(file, np.zeros(3))

    with pytest.raises(ModelMissingError, match=r"meaning\.npz is broken"):
        Meaning(encoder, tokens, tmp_path / "meaning.npz")


def test_weights_of_another_tokenizer_are_refused_before_the_first_call(tmp_path: Path, encoder: Encoder, tokens: Tokens) -> None:
    np.savez(tmp_path / "meaning.npz", rarity=np.ones(7), common=np.zeros(384))

    with pytest.raises(ModelMissingError, match="weighs 7 tokens and the tokenizer has 30522"):
        Meaning(encoder, tokens, tmp_path / "meaning.npz")
