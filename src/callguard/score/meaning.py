"""What a text is about, as one vector: says whether a caller asks for the same thing again, in other words."""

import zlib
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np

from callguard.errors import ModelMissingError
from callguard.score.encoder import Encoder, Floats
from callguard.score.tokens import Tokens

ALIKE: Final = 0.42
"""Product of two meanings from which they count as one demand: of the pairs in `tests/score/data/demands.jsonl`, written for this
measurement, it takes 33 of 40 reworded demands and 2 of 1,560 that have nothing to do with each other."""


class Meaning:
    """Rare words weigh more than common ones; what all texts have in common is taken off.

    The vectors are those that the encoder's first layer is given. Its last one is of no use here: it was trained to tell abuse,
    and all harmless texts look alike to it (products of 0.87 and more).
    """

    def __init__(self, encoder: Encoder, tokens: Tokens, path: Path) -> None:
        """Load `path`, a .npz with «rarity» (one a token) and «common» (width).

        Raises ModelMissingError if it is not there, is broken or was made for another tokenizer.
        """
        try:
            with path.open("rb") as file, np.load(file) as kept:  # of a broken file, np.load itself leaves a path open
                self._rarity = kept["rarity"].astype(np.float32)
                self._common = kept["common"].astype(np.float32)
        except OSError as error:
            raise ModelMissingError(f"no token weights at {path}; the wheel carries them: install callguard again") from error
        except (BadZipFile, EOFError, KeyError, TypeError, ValueError, zlib.error) as error:  # TypeError: an array, no archive
            raise ModelMissingError(f"{path} is broken ({type(error).__name__}); install callguard again") from error
        if self._rarity.shape != (tokens.size,):
            raise ModelMissingError(
                f"{path} weighs {self._rarity.size} tokens and the tokenizer has {tokens.size}: they are of two models; "
                "take both from one, or run python -m tools.weigh_tokens FOLDER"
            )
        self._encoder = encoder
        self._tokens = tokens

    def __call__(self, text: str) -> Floats:
        """Return a unit vector (width,); zeros for a text without words. Raises EngineError if the model failed."""
        numbers, segments = self._tokens.numbers(text)
        weights = self._rarity[numbers]
        weights[[0, -1]] = 0.0  # [CLS] and [SEP] say nothing
        total = float(weights.sum())
        if not total:
            return np.zeros_like(self._common)
        mean = weights @ self._encoder.words((numbers, segments)) / total - self._common
        return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)
