"""The encoder: token numbers in, logits out. ONNX Runtime for this step lives here."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import EPFail, Fail, InvalidArgument, InvalidProtobuf, RuntimeException

from callguard.errors import EngineError, ModelMissingError

ERRORS_ONLY: Final = 3

Floats = npt.NDArray[np.float32]


class Encoder:
    """One ONNX session on one thread, shared by all calls; stateless to use."""

    def __init__(self, path: Path) -> None:
        """Load a model file. Raises ModelMissingError if it is not there or is no model."""
        if not path.is_file():
            raise ModelMissingError(
                f"no scorer model at {path}; the wheel carries it: install callguard again, or run make train"
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = ERRORS_ONLY
        # Arenas keep the largest batch that ever was; utterances are small, and 100 calls share one process.
        options.enable_cpu_mem_arena = False
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except (EPFail, Fail, InvalidArgument, InvalidProtobuf, RuntimeException) as error:
            raise ModelMissingError(f"{path} is no model that ONNX Runtime can load; run make train again") from error

    def run(self, texts: Sequence[tuple[Sequence[int], Sequence[int]]]) -> tuple[Floats, Floats]:
        """Return logits (n, outputs) and word vectors (n, tokens, width) of n texts, given as token and segment numbers.

        The word vectors are those of the first layer: what training for abuse has left most as it was.
        Raises EngineError if the runtime fails: that is never «no risk».
        """
        longest = max(len(numbers) for numbers, _ in texts)
        shape = (len(texts), longest)
        numbers = np.zeros(shape, np.int64)
        segments = np.zeros(shape, np.int64)
        mask = np.zeros(shape, np.int64)
        for row, (own, parts) in enumerate(texts):
            numbers[row, : len(own)] = own
            segments[row, : len(own)] = parts
            mask[row, : len(own)] = 1
        try:
            logits, words = self._session.run(None, {"numbers": numbers, "mask": mask, "segments": segments})
        except (EPFail, Fail, InvalidArgument, RuntimeException) as error:
            raise EngineError(f"the scorer's model failed on {len(texts)} texts of up to {longest} tokens") from error
        return logits, words
