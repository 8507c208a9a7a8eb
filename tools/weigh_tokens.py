"""Make `score/model/meaning.npz`: how rare each word piece is in calls, and what all calls' sentences have in common.

Needs no torch: `python tools/weigh_tokens.py` after `make train` has written a new model.
"""

import sys
from collections import Counter
from itertools import islice
from pathlib import Path

import numpy as np

from callguard.score.encoder import Encoder
from callguard.score.factory import bundled_model
from callguard.score.tokens import Tokens
from training import corpus

SAMPLE = 2_000
"""Sentences over which the common part is taken: every twelfth or so of the training split."""


def weigh(folder: Path) -> None:
    tokens, encoder = Tokens(folder / "tokenizer.json"), Encoder(folder / "model.onnx")
    texts = [sentence.text for sentence in corpus.load() if sentence.split == "train"]
    seen: Counter[int] = Counter()
    for text in texts:
        seen.update({token for token, _, _ in tokens.pieces(text)})
    known = np.array([seen[number] for number in range(tokens.size)], dtype=np.float32)
    rarity = np.log(len(texts) / (1.0 + known))
    means = []
    for text in islice(texts, 0, None, max(len(texts) // SAMPLE, 1)):
        numbers, segments = tokens.numbers(text)
        weights = rarity[numbers]
        weights[[0, -1]] = 0.0
        means.append(weights @ encoder.words((numbers, segments)) / weights.sum())
    np.savez_compressed(
        folder / "meaning.npz", rarity=rarity.astype(np.float16), common=np.mean(means, axis=0).astype(np.float16)
    )


if __name__ == "__main__":
    weigh(Path(sys.argv[1]) if len(sys.argv) > 1 else bundled_model())
