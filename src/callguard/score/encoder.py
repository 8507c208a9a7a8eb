"""The encoder: token numbers in, logits out. ONNX Runtime for this step lives here."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import (
    EPFail,
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
    RuntimeException,
)
from onnxruntime.capi.onnxruntime_pybind11_state import (
    NotImplemented as NotThere,
)

from callguard.errors import EngineError, ModelMissingError

ERRORS_ONLY: Final = 3
SLOWER: Final = "SkipLayerNormFusion"
"""A rewriting that costs time on a processor: with it 12 sums and norms of 16 words took 680 to 800 µs, without 270 to 330 µs
(ONNX Runtime 1.31.1, Ice Lake; its own profile)."""
ACTIVATIONS: Final = "activations"
FIXED: Final = "fixed"
"""What a model file says of itself whose activations are rounded with scales of its own, whatever else is in the run."""

PADDED: Final = 8
"""Texts are padded to a multiple of so many tokens, of which `tokens.ALL_TOKENS` is one: the file has no further places."""
TOGETHER: Final = 16
"""Texts in one run at most: what a run holds in memory grows with them."""

Floats = npt.NDArray[np.float32]
Text = tuple[Sequence[int], Sequence[int]]
"""Token and segment numbers (`score.tokens`)."""


class Encoder:
    """One ONNX session on one thread, shared by all calls; stateless to use."""

    def __init__(self, path: Path) -> None:
        """Load a model file. Raises ModelMissingError if it is not there, is no model, or one of an earlier callguard."""
        if not path.is_file():
            raise ModelMissingError(
                f"no scorer model at {path}; the wheel carries it: install callguard again, or run make train"
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = ERRORS_ONLY
        options.add_session_config_entry("optimization.disable_specified_optimizers", SLOWER)
        # Arenas keep the largest batch that ever was; utterances are small, and 100 calls share one process.
        options.enable_cpu_mem_arena = False
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except (EPFail, Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, NotThere, RuntimeException) as error:
            raise ModelMissingError(f"{path} is no model that ONNX Runtime can load; run make train again") from error
        if self._session.get_modelmeta().custom_metadata_map.get(ACTIVATIONS) != FIXED:
            raise ModelMissingError(
                f"{path} was not exported by this callguard (an earlier one's scores hung on what else was in a run); "
                "export its run again (python -m training.export --run DIR), or take the model that the wheel carries"
            )

    def logits(self, texts: Sequence[Text]) -> Floats:
        """Return logits (n, outputs) of n texts, at least one: bit for bit what each gets alone. Raises EngineError on failure.

        Texts of the same padded length share a run. That length hangs on the text itself only, so that its products add up in the
        same order whatever comes with it.
        """
        runs: dict[int, list[int]] = defaultdict(list)
        for place, (numbers, _) in enumerate(texts):
            runs[-(-len(numbers) // PADDED) * PADDED].append(place)
        found: dict[int, Floats] = {}
        for length, places in runs.items():
            for begin in range(0, len(places), TOGETHER):
                some = places[begin : begin + TOGETHER]
                found.update(zip(some, self._run("logits", [texts[place] for place in some], length), strict=True))
        return np.stack([found[place] for place in range(len(texts))])

    def words(self, text: Text) -> Floats:
        """Return the vectors (tokens, width) that the first layer is given: training for abuse has left them most as they were.

        Costs as much as logits: the runtime goes through all layers. Raises EngineError if it fails.
        """
        return np.asarray(self._run("words", [text], len(text[0]))[0], np.float32)

    def _run(self, output: str, texts: Sequence[Text], length: int) -> Floats:
        """Return one output of `texts`, padded to `length`. Raises EngineError: a failure is never «no risk»."""
        numbers, mask, segments = np.zeros((3, len(texts), length), np.int64)
        for row, (own, parts) in enumerate(texts):
            numbers[row, : len(own)] = own
            segments[row, : len(own)] = parts
            mask[row, : len(own)] = 1
        try:
            (found,) = self._session.run([output], {"numbers": numbers, "mask": mask, "segments": segments})
        except (EPFail, Fail, InvalidArgument, RuntimeException) as error:
            raise EngineError(f"the scorer's model failed on {len(texts)} texts of up to {length} tokens") from error
        if not np.isfinite(found).all():  # weights that overflow; whatever is compared with NaN is calm
            raise EngineError(
                f"the scorer's model gave no number for {len(texts)} texts of up to {length} tokens: its weights are broken; "
                "export its run again, or take the model that the wheel carries"
            )
        return np.asarray(found, np.float32)
