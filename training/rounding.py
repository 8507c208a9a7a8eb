"""Weights as whole numbers of 8 bits: for the model that ships and for parcels. No torch, no ONNX."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

STEPS: Final = 127
"""Steps of an int8 weight on either side of zero."""


def rounded(weights: npt.NDArray[Any], *, axis: int, steps: int = STEPS) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Return `weights` as whole numbers from -`steps` to `steps` and a step's size, the same along `axis` (kept, of length 1)."""
    step = np.maximum(np.abs(weights).max(axis=axis, keepdims=True), 1e-9) / steps
    return np.round(weights / step).astype(np.int8), step.astype(np.float32)
