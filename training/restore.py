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

from callguard.score.encoder import ACTIVATIONS, FIXED, Encoder
from callguard.score.factory import bundled_model
from callguard.score.tokens import Tokens
from training import corpus
from training.batches import Memory, keys_of
from training.fit import MEMORY
from training.graph import PLACES, TABLE, opened
from training.network import FILES, ScorerNetwork, pretrained, pretrained_folder
from training.rows import TARGETS, Row, own_rows

Weights = npt.NDArray[Any]


def restored(path: Path, encoder: Path) -> ScorerNetwork:
    """Return the network that `training.export` wrote to `path`.

    The table of words, which no run changes, and the places that are never read come from `encoder`. Exits where the file holds
    another network or is of another format.
    """
    network = pretrained(encoder)
    state = {name: weights.clone() for name, weights in network.state_dict().items()}
    model = onnx.load(path)
    if (ACTIVATIONS, FIXED) not in ((mark.key, mark.value) for mark in model.metadata_props):
        raise SystemExit(
            f"{path} was exported by an earlier callguard, or by something else: the training.restore of then reads it"
        )
    found = opened({item.name: numpy_helper.to_array(item) for item in model.graph.initializer})
    if unlike := sorted(state.keys() ^ found.keys()):
        raise SystemExit(f"{path} is of another network: only one of the two has weights «{unlike[0]}»")
    for name, weights in found.items():
        if name.endswith(TABLE):
            continue
        room = state[name][: len(weights)] if name.endswith(PLACES) else state[name]
        if weights.shape != tuple(room.shape):
            raise SystemExit(f"{path} has «{name}» of shape {weights.shape}; expected {tuple(room.shape)}")
        room.copy_(torch.from_numpy(weights.copy()))
    network.load_state_dict(state)
    return network


def judged(folder: Path) -> Memory:
    """Return how far the model in `folder` strays on each training sentence as it is written."""
    rows = own_rows([sentence for sentence in corpus.load() if sentence.split == "train"])
    share = -(-len(rows) // (4 * (os.cpu_count() or 1)))
    parts = [rows[begin : begin + share] for begin in range(0, len(rows), share)]
    with ProcessPoolExecutor() as pool:
        return Memory(keys_of(rows), np.concatenate(list(pool.map(_strayed, repeat(folder), parts))))


def _strayed(folder: Path, rows: Sequence[Row]) -> Weights:
    encoder, tokens = Encoder(folder / "model.onnx"), Tokens(folder / "tokenizer.json")
    pairs = [tokens.numbers(row.text, row.context) for row in rows]
    logits = encoder.logits(pairs)[:, : len(TARGETS)]
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
