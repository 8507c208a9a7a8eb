from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper

from callguard.errors import ModelMissingError
from callguard.score.encoder import Encoder
from callguard.score.tokens import Tokens
from tests.training.lessons import moved, row
from training.export import export, main, reaches
from training.graph import PLACES, opened
from training.network import ScorerNetwork, pretrained, reader
from training.rounding import rounded

ROWS = [row(text, is_abuse=False) for text in ("hello there", "no", "i said no and i will say it again until you hear me")]


@pytest.fixture
def network(tiny_bert: Path) -> ScorerNetwork:
    return moved(tiny_bert)


@pytest.fixture
def tokens(tiny_bert: Path) -> Tokens:
    return Tokens(tiny_bert / "tokenizer.json")


@pytest.fixture
def model(network: ScorerNetwork, tokens: Tokens, tmp_path: Path) -> Path:
    export(network, tokens, tmp_path / "model.onnx", ROWS)
    return tmp_path / "model.onnx"


def test_the_file_says_what_torch_says(network: ScorerNetwork, tokens: Tokens, model: Path, tiny_bert: Path) -> None:
    found = Encoder(model).logits([tokens.numbers(row.text, row.context) for row in ROWS])

    with torch.inference_mode():
        wanted = network(*reader(tiny_bert).read(ROWS).each(torch.from_numpy)).numpy()
    between = wanted.max(axis=0) - wanted.min(axis=0)  # what tells the texts apart, which biases do not
    assert (np.abs(found - wanted).max(axis=0) < 0.3 * between).all()


def test_word_vectors_are_those_that_the_first_layer_is_given(
    network: ScorerNetwork, tokens: Tokens, model: Path, tiny_bert: Path
) -> None:
    found = Encoder(model).words(tokens.numbers("hello there"))

    numbers, _, segments = reader(tiny_bert).read([row("hello there", is_abuse=False)]).each(torch.from_numpy)
    with torch.inference_mode():
        wanted = network.encoder.embeddings(numbers[:, : len(found)], segments[:, : len(found)]).numpy()[0]
    np.testing.assert_allclose(found, wanted, atol=0.05)


def test_values_are_measured_without_padding(network: ScorerNetwork, tokens: Tokens) -> None:
    before = reaches(network, tokens, ROWS)

    with torch.no_grad():  # [PAD]
        network.encoder.embeddings.word_embeddings.weight[0] = 50 * torch.arange(network.encoder.config.hidden_size)

    assert reaches(network, tokens, ROWS) == before
    assert len(before) == 8
    assert all(low < 0 < high for low, high in before.values())


def test_values_are_measured_without_dropout(network: ScorerNetwork, tokens: Tokens) -> None:
    before = reaches(network, tokens, ROWS)
    for part in network.encoder.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.5

    assert reaches(network.train(), tokens, ROWS) == before


def test_weights_that_are_opened_again_lie_within_half_a_step(network: ScorerNetwork, model: Path) -> None:
    found = opened({item.name: numpy_helper.to_array(item) for item in onnx.load(model).graph.initializer})

    own = {name: weights.detach().numpy() for name, weights in network.named_parameters()}
    assert found.keys() == own.keys()
    for name, weights in own.items():
        if name.endswith(PLACES):
            assert np.array_equal(found[name], weights[: len(found[name])])
        elif weights.ndim == 2 and "embeddings" not in name and not name.startswith("head"):
            _, step = rounded(weights.T, axis=0)
            assert (np.abs(found[name] - weights) <= step.T / 2 + 1e-6).all(), name
        elif weights.ndim == 1:
            assert np.array_equal(found[name], weights), name


def test_a_column_of_nothing_is_rounded_to_nothing() -> None:
    whole, step = rounded(np.zeros((4, 2), np.float32), axis=0)

    assert not whole.any()
    assert step.shape == (1, 2)


def test_the_file_of_an_earlier_callguard_is_refused(model: Path) -> None:
    earlier = onnx.load(model)
    del earlier.metadata_props[:]
    onnx.save(earlier, model)

    with pytest.raises(ModelMissingError, match="not exported by this callguard"):
        Encoder(model)


def test_another_encoder_than_berts_is_refused_before_anything_is_written(
    tiny_mpnet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.save(pretrained(tiny_mpnet).state_dict(), tmp_path / "network.pt")
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).write_bytes((tiny_mpnet / name).read_bytes())
    monkeypatch.setattr("sys.argv", ["export", "--run", str(tmp_path), "--out", str(tmp_path / "out")])

    with pytest.raises(SystemExit, match="only a BertModel can be exported"):
        main()
    assert not (tmp_path / "out").exists()
