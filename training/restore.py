"""A shipped model as a run to go on from: `python -m training.restore --out RUN`, then `training.fit --start RUN/network.pt`.

Its weights are those that ship, of int8: what rounding took stays lost, a few steps of training find it again. So that who has
sentences of their own callers can go on from the model that ships, and we from one whose run is gone.
"""

import argparse
import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from callguard.score.encoder import Encoder
from callguard.score.factory import bundled_model
from callguard.score.tokens import Tokens
from training import corpus
from training.batches import Memory, keys_of
from training.fit import MEMORY
from training.network import FILES, ScorerNetwork, pretrained, pretrained_folder
from training.rows import TARGETS, Row, own_rows

Weights = npt.NDArray[Any]


def restored(path: Path, encoder: Path) -> ScorerNetwork:
    """Return the network that `training.export` wrote to `path`; the table of words, which no run changes, comes from `encoder`.

    Exits where the file holds another network.
    """
    network = pretrained(encoder)
    state = dict(network.state_dict())
    graph = onnx.load(path).graph
    stored = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    # An export transposes the weights of products and names them anew; their order is that of the layers.
    products = [node.input[1].removesuffix("_quantized") for node in graph.node if node.op_type == "MatMulInteger"]
    layers = [name for name, part in network.named_modules() if isinstance(part, nn.Linear)]
    if len(products) != len(layers):
        raise SystemExit(
            f"{path} has {len(products)} products of int8 weights; expected {len(layers)}, as training.export writes"
        )
    found = {f"{layer}.weight": _opened(stored, product).T for layer, product in zip(layers, products, strict=True)}
    words = next(name for name, weight in network.named_parameters() if weight is network.encoder.get_input_embeddings().weight)
    for name in state.keys() - found.keys() - {words}:
        found[name] = stored[name] if name in stored else _opened(stored, name)
    for name, weights in found.items():
        state[name] = _fitting(weights, state[name], name, path)
    network.load_state_dict(state)
    return network


def _opened(stored: dict[str, Weights], name: str) -> Weights:
    """Return int8 weights as numbers."""
    if f"{name}_quantized" not in stored:
        raise SystemExit(f"the model has no weights «{name}»; expected a model that training.export wrote")
    values, zero, scale = (stored[f"{name}_{part}"] for part in ("quantized", "zero_point", "scale"))
    opened: Weights = (values.astype(np.float32) - zero.astype(np.float32)) * scale
    return opened


def _fitting(weights: Weights, like: Tensor, name: str, path: Path) -> Tensor:
    if weights.shape != tuple(like.shape):
        raise SystemExit(f"{path} has «{name}» of shape {weights.shape}; expected {tuple(like.shape)}")
    return torch.tensor(np.ascontiguousarray(weights, dtype=np.float32))


def judged(folder: Path) -> Memory:
    """Return how far the model in `folder` strays on each training sentence as it is written."""
    rows = own_rows([sentence for sentence in corpus.load() if sentence.split == "train"])
    share = -(-len(rows) // (4 * (os.cpu_count() or 1)))
    parts = [rows[begin : begin + share] for begin in range(0, len(rows), share)]
    with ProcessPoolExecutor() as pool:
        return Memory(keys_of(rows), np.concatenate(list(pool.map(_strayed, repeat(folder), parts))))


def _strayed(folder: Path, rows: Sequence[Row]) -> Weights:
    encoder, tokens = Encoder(folder / "model.onnx"), Tokens(folder / "tokenizer.json")
    logits = np.concatenate([encoder.run([tokens.numbers(row.text, row.context)])[0] for row in rows])[:, : len(TARGETS)]
    off: Weights = np.abs(1 / (1 + np.exp(-logits)) - np.array([row.targets for row in rows])).max(axis=1)
    return off


def main() -> None:
    """Write a model as a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, nargs="?", default=bundled_model(), help="folder with model.onnx and tokenizer.json")
    parser.add_argument("--out", type=Path, default=Path("build/restored"))
    arguments = parser.parse_args()
    if missing := [name for name in ("model.onnx", "tokenizer.json") if not (arguments.model / name).is_file()]:
        raise SystemExit(f"{arguments.model} has no {missing[0]}; expected the folder of a model that training.export wrote")
    encoder = pretrained_folder()
    network = restored(arguments.model / "model.onnx", encoder)
    arguments.out.mkdir(parents=True, exist_ok=True)
    torch.save(network.state_dict(), arguments.out / "network.pt")
    for name in FILES[:2]:
        shutil.copyfile(encoder / name, arguments.out / name)
    judged(arguments.model).save(arguments.out / MEMORY)


if __name__ == "__main__":
    main()
