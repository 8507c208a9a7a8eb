from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from callguard.score.tokens import Tokens
from tests.training.lessons import moved
from training.export import export
from training.network import pretrained, reader
from training.restore import restored
from training.rows import TARGETS, Row

ROWS = [
    Row(text=text, context=context, targets=(0.0,) * len(TARGETS), severity=0, source="own", twin=None)
    for text, context in (("hello there", ()), ("no thank you", ("agent: more",)), ("i said no", ("caller: no", "agent: why")))
]


def tokens(folder: Path) -> Tokens:
    return Tokens(folder / "tokenizer.json")


def test_a_shipped_model_can_be_gone_on_from(tiny_bert: Path, tmp_path: Path) -> None:
    network = moved(tiny_bert)
    export(network, tokens(tiny_bert), tmp_path / "model.onnx", ROWS)

    again = restored(tmp_path / "model.onnx", tiny_bert).eval()

    reading = reader(tiny_bert).read(ROWS).each(torch.from_numpy)
    with torch.inference_mode():
        wanted, found, begun = (one(*reading).numpy() for one in (network, again, pretrained(tiny_bert).eval()))
    assert np.corrcoef(wanted.ravel(), found.ravel())[0, 1] > 0.99
    assert np.corrcoef(wanted.ravel(), begun.ravel())[0, 1] < 0.9


def test_the_model_of_another_network_is_refused(tiny_bert: Path, tmp_path: Path) -> None:
    export(pretrained(tiny_bert).eval(), tokens(tiny_bert), tmp_path / "model.onnx", ROWS)
    config = BertConfig(vocab_size=30522, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32)
    BertModel(config).save_pretrained(tmp_path / "other")

    with pytest.raises(SystemExit, match=r"is of another network: only one of the two has weights «encoder\.encoder\.layer\.1\."):
        restored(tmp_path / "model.onnx", tmp_path / "other")
