from pathlib import Path

import numpy as np
import pytest

from callguard.errors import EngineError, ModelMissingError
from callguard.score.encoder import Encoder
from callguard.score.factory import bundled_model
from callguard.score.tokens import Tokens

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


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder(bundled_model() / "model.onnx")


@pytest.fixture(scope="module")
def tokens() -> Tokens:
    return Tokens(bundled_model() / "tokenizer.json")


def test_a_padded_batch_of_eight_reads_as_each_text_alone(encoder: Encoder, tokens: Tokens) -> None:
    numbers = [tokens.numbers(text) for text in TEXTS]

    together, words = encoder.run(numbers)
    alone = [encoder.run([one]) for one in numbers]

    # int8 activations share one scale per batch, so the last digits differ; a frozen mask would differ by whole units.
    assert np.abs(together - np.concatenate([logits for logits, _ in alone])).max() < 2.5
    assert np.corrcoef(together.ravel(), np.concatenate([logits for logits, _ in alone]).ravel())[0, 1] > 0.99
    assert all(
        np.corrcoef(batched[: own.shape[1]].ravel(), own.ravel())[0, 1] > 0.99
        for batched, (_, own) in zip(words, alone, strict=True)
    )


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
        encoder.run([(beyond_the_vocabulary, [0])])
