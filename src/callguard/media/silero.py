"""Silero's speech probability, for many channels at once.

The weights are the ONNX file that comes with faster-whisper (Silero VAD v6, MIT). As exported, its first axis is time: the LSTM
runs along the windows of one recording. Live calls need the other thing, one window of each of many channels, so the
axes in front of the LSTM are swapped when the model is loaded and its state may have any width. That changes no weight and no
result: a batch gives bit for bit what single channels give (tested).
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import EPFail, Fail, InvalidArgument, RuntimeException

from callguard.errors import EngineError, ModelMissingError
from callguard.terms import Samples

WINDOW: Final = 512  # samples, 32 ms at 16 kHz: the one size that the detector accepts
CONTEXT: Final = 64  # samples of the window before, put in front of each window
STATE_WIDTH: Final = 128
LOUDEST: Final = np.float32(0.4)
"""Silero is half deaf to what is louder: of speech 12 to 26 dB above an ordinary line's, as somebody shouts into a telephone, it
misses a quarter, and of the same windows turned down to this peak 0 to 3 % (the demo's callers through µ-law). What is quieter
goes in as it is."""
ERRORS_ONLY: Final = 3

SpeechState = npt.NDArray[np.float32]
"""Hidden and cell state of the LSTM for n channels, shape (2, n, 128); zeros for a channel that begins."""

# Bytes of the model file (protobuf). Each patch keeps the length, so that no enclosing length has to change.
_TIME_FIRST: Final = b"perm\x40\x00\x40\x02\x40\x01"  # Transpose (n, features, 1) to (n, 1, features)
_BATCH_SECOND: Final = b"perm\x40\x02\x40\x00\x40\x01"  # (1, n, features)
_STATE_OF_ONE: Final = b"\x0a\x02\x08\x01\x0a\x02\x08\x01\x0a\x03\x08\x80\x01"  # shape (1, 1, 128)
_STATE_OF_ANY: Final = b"\x0a\x02\x08\x01\x0a\x02\x12\x00\x0a\x03\x08\x80\x01"  # shape (1, unnamed, 128)


class Silero:
    """One ONNX session for all channels of all calls; expensive to make, stateless to use."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # ONNX Runtime remarks in every run that the result is wider than the file says: that is what the patch is for.
        options.log_severity_level = ERRORS_ONLY
        self._session = onnxruntime.InferenceSession(_batched(_model_bytes()), options, providers=["CPUExecutionProvider"])

    def probabilities(self, windows: Samples, state: SpeechState) -> tuple[Samples, SpeechState]:
        """Return the probability of speech in one window of each of n channels, and the state after it.

        `windows` has shape (n, CONTEXT + WINDOW), `state` (2, n, 128); the probabilities have shape (n,).
        Raises EngineError if the runtime fails: that is never «no speech».
        """
        try:
            found, hidden, cell = self._session.run(None, {"input": _turned_down(windows), "h": state[:1], "c": state[1:]})
        except (EPFail, Fail, InvalidArgument, RuntimeException) as error:
            raise EngineError(f"the speech detector failed on {len(windows)} windows") from error
        return found, np.concatenate((hidden, cell))


def _turned_down(windows: Samples) -> Samples:
    """Return the windows with none louder than `LOUDEST`."""
    peaks = np.maximum(windows.max(axis=1), -windows.min(axis=1))
    if peaks.max(initial=0) <= LOUDEST:
        return windows
    turned: Samples = windows * (LOUDEST / np.maximum(peaks, LOUDEST))[:, np.newaxis]
    return turned


def _model_bytes() -> bytes:
    package = find_spec("faster_whisper")  # finds it without importing it, which would load a whole speech engine
    folders = package.submodule_search_locations if package else None
    for folder in folders or ():
        file = Path(folder, "assets", "silero_vad_v6.onnx")
        if file.is_file():
            return file.read_bytes()
    raise ModelMissingError("faster_whisper/assets/silero_vad_v6.onnx is not installed; install faster-whisper 1.2.1")


def _batched(model: bytes) -> bytes:
    if model.count(_TIME_FIRST) != 1 or model.count(_STATE_OF_ONE) < 4:
        raise ModelMissingError(
            "silero_vad_v6.onnx is not the file that callguard knows how to batch; install faster-whisper 1.2.1"
        )
    return model.replace(_TIME_FIRST, _BATCH_SECOND).replace(_STATE_OF_ONE, _STATE_OF_ANY)
