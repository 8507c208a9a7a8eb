"""Conversion of weights that lie in safetensors, on a model of a few layers that is made here."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tokenizers

from callguard.errors import ModelMissingError
from callguard.transcribe.convert import convert, find_merges
from callguard.transcribe.guards import GuardLimits
from callguard.transcribe.hypothesis import Utterance
from callguard.transcribe.log_mel import LogMel
from callguard.transcribe.safetensors import Tensors
from callguard.transcribe.whisper import WhisperWeights
from tests.transcribe.fakes import tone
from tests.transcribe.hub_files import MICRO, write_hub_model, write_safetensors
from tools.make_shape_model import make_spec, save_model


def said(folder: Path) -> tuple[str, tuple[int, ...]]:
    weights = WhisperWeights(folder, device="cpu", compute_type="int8", workers=1, limits=GuardLimits())
    utterance = Utterance(samples=tone(3), log_mel=LogMel(weights.mel_filters), language="en")
    (heard,) = weights.decode([utterance], frames=500, beam=1)
    weights.close()
    return heard.text, heard.tokens


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The weights as the hub has them."""
    return write_hub_model(tmp_path_factory.mktemp("hub") / "micro", *make_spec(MICRO))


def test_converted_weights_say_what_the_same_weights_say_in_ctranslate2s_own_form(source: Path, tmp_path: Path) -> None:
    spec, vocabulary = make_spec(MICRO)
    own = save_model(spec, vocabulary, tmp_path / "own", quantization="float16")
    convert(source, tmp_path / "converted")
    text, tokens = said(tmp_path / "converted")
    assert (text, tokens) == said(own)
    assert len(tokens) == 20


def test_a_tokenizer_that_is_there_is_taken_as_it_is(source: Path, tmp_path: Path) -> None:
    copied = tmp_path / "source"
    copied.mkdir()
    for file in source.iterdir():
        (copied / file.name).write_bytes(file.read_bytes())
    (copied / "tokenizer.json").write_text('{"as": "it is"}')
    convert(copied, tmp_path / "converted")
    assert json.loads((tmp_path / "converted" / "tokenizer.json").read_text()) == {"as": "it is"}


@pytest.mark.parametrize("name", ["vocab.json", "model.safetensors"])
def test_files_that_are_missing_are_named(source: Path, tmp_path: Path, name: str) -> None:
    for file in source.iterdir():
        if file.name != name:
            (tmp_path / file.name).write_bytes(file.read_bytes())
    with pytest.raises(ModelMissingError, match=name):
        convert(tmp_path, tmp_path / "converted")


def test_weights_of_something_else_are_refused(source: Path, tmp_path: Path) -> None:
    for file in source.glob("*.json"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    write_safetensors(tmp_path / "model.safetensors", {"bert.weight": np.zeros((2, 2), np.float32)})
    with pytest.raises(ModelMissingError, match="no Whisper model"):
        convert(tmp_path, tmp_path / "converted")


def test_merge_rules_are_found_again_from_the_numbers_of_the_tokens() -> None:
    trained = tokenizers.Tokenizer(tokenizers.models.BPE())
    trained.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    text = [" ".join(str(number * place) + "th caller says the same again" for number in range(9)) for place in range(200)]
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trained.train_from_iterator(text, tokenizers.trainers.BpeTrainer(vocab_size=600, initial_alphabet=alphabet))
    model = json.loads(trained.to_str())["model"]
    assert len(model["merges"]) > 200
    assert find_merges(model["vocab"]) == [tuple(pair) for pair in model["merges"]]


# --- safetensors ----------------------------------------------------------------------------------


def file_of(tmp_path: Path, header: Any, numbers: bytes) -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    file = tmp_path / "some.safetensors"
    file.write_bytes(len(text).to_bytes(8, "little") + text + numbers)
    return file


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [
        ("F32", np.array([1.5, -2], "<f4").tobytes()),
        ("F16", np.array([1.5, -2], "<f2").tobytes()),
        ("BF16", (np.array([1.5, -2], "<f4").view("<u4") >> 16).astype("<u2").tobytes()),
    ],
)
def test_numbers_of_each_kind_become_float32(tmp_path: Path, kind: str, numbers: bytes) -> None:
    tensors = Tensors(file_of(tmp_path, {"a": {"dtype": kind, "shape": [2], "data_offsets": [0, len(numbers)]}}, numbers))
    assert list(tensors) == ["a"]
    assert tensors["a"].dtype == np.float32
    assert tensors["a"].tolist() == [1.5, -2.0]


@pytest.mark.parametrize(
    "header",
    [
        b"{",
        b"[]",
        {"a": {"dtype": "F32", "shape": [2]}},
        {"a": {"dtype": "I64", "shape": [1], "data_offsets": [0, 8]}},
        {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}},
        {"a": {"dtype": "F32", "shape": [200], "data_offsets": [0, 800]}},
        {"a": {"dtype": "F32", "shape": [2], "data_offsets": [-8, 0]}},
    ],
)
def test_a_lying_file_is_refused(tmp_path: Path, header: Any) -> None:
    with pytest.raises(ModelMissingError, match="no safetensors file"):
        Tensors(file_of(tmp_path, header, bytes(8)))


def test_a_file_whose_header_is_longer_than_the_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "some.safetensors"
    file.write_bytes((1 << 60).to_bytes(8, "little") + b"{}")
    with pytest.raises(ModelMissingError, match="header"):
        Tensors(file)
