from pathlib import Path

import numpy as np
import pytest

from callguard.errors import EngineError, ModelMissingError
from callguard.score.encoder import PADDED, Encoder
from callguard.score.factory import bundled_model
from callguard.score.tokens import ALL_TOKENS, Tokens

TEXTS = [
    "hello",
    "where is my parcel",
    "i will come down there tonight and you will be sorry that you ever picked up this phone",
    "you are a stupid liar",
    "yes",
    "my name is spelt s m i t h and the number is oh seven double nine",
    "this is the third time that i have called about the same bill and nobody has called me back",
    "thanks love bye",
]


def test_many_texts_at_once_score_bit_for_bit_as_each_alone(encoder: Encoder, tokens: Tokens) -> None:
    numbers = [tokens.numbers(text, context) for text in TEXTS for context in ((), ("agent: how can i help",))] * 10

    together = encoder.logits(numbers)

    assert np.array_equal(together, np.concatenate([encoder.logits([one]) for one in numbers]))


def test_every_word_piece_has_a_vector_that_does_not_hang_on_the_others(encoder: Encoder, tokens: Tokens) -> None:
    first, other = (encoder.words(tokens.numbers(text)) for text in ("my bill please", "my parcel please"))

    assert first.shape == other.shape == (5, 384)
    assert np.array_equal(first[1], other[1])
    assert not np.array_equal(first[2], other[2])


def test_the_longest_text_is_padded_to_no_further_place_than_the_file_has(encoder: Encoder, tokens: Tokens) -> None:
    longest = tokens.numbers("no " * 90, ["agent: " + "yes " * 90])

    assert len(longest[0]) == ALL_TOKENS
    assert encoder.logits([longest]).shape[0] == 1
    assert ALL_TOKENS % PADDED == 0


def test_a_missing_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="make train"):
        Encoder(tmp_path / "model.onnx")


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"no model")

    with pytest.raises(ModelMissingError, match="no model that ONNX Runtime can load"):
        Encoder(tmp_path / "model.onnx")


def test_a_failing_runtime_is_an_error_and_never_calm(encoder: Encoder) -> None:
    beyond_the_vocabulary = [10_000_000]

    with pytest.raises(EngineError):
        encoder.logits([(beyond_the_vocabulary, [0])])


def test_broken_weights_are_an_error_and_never_calm(tmp_path: Path) -> None:
    whole = (bundled_model() / "model.onnx").read_bytes()
    name = b"head.bias"
    begin = whole.rindex(name) + len(name) + 2  # protobuf: the tag of the numbers and how many bytes they take
    broken = tmp_path / "model.onnx"
    broken.write_bytes(whole[:begin] + np.float32("nan").tobytes() + whole[begin + 4 :])

    with pytest.raises(EngineError, match="no number for 1 texts"):
        Encoder(broken).logits([([101, 102], [0, 0])])
