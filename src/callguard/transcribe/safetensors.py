"""The safetensors format, read with numpy alone: a header of JSON, then raw numbers.

Source: github.com/huggingface/safetensors, «Format».
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from callguard.errors import ModelMissingError

Weights = npt.NDArray[np.float32]

Place = tuple[str, tuple[int, ...], int]
"""Kind of number, shape, and first byte after the header."""

LENGTH_BYTES = 8
HEADER_MOST = 100_000_000  # what the format's own reader allows
KINDS: Mapping[str, str] = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}


class Tensors(Mapping[str, Weights]):
    """The numbers of a file by name, read when they are asked for, as float32."""

    def __init__(self, file: Path) -> None:
        """Read the header. Raises ModelMissingError if the file is none of this format."""
        self._file = file
        try:
            self._places, self._start = _read_header(file)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelMissingError(f"{file.name} is no safetensors file ({error}); pull the model again") from error

    def __getitem__(self, name: str) -> Weights:
        kind, shape, begin = self._places[name]
        count = int(np.prod(shape, dtype=np.int64))
        numbers = np.fromfile(self._file, dtype=KINDS[kind], count=count, offset=self._start + begin)
        if kind == "BF16":
            numbers = (numbers.astype(np.uint32) << 16).view(np.float32)  # the upper half of a float32
        return numbers.astype(np.float32).reshape(shape)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def _read_header(file: Path) -> tuple[Mapping[str, Place], int]:
    """Return where the numbers of each name lie, and where all of them begin."""
    size = file.stat().st_size
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(LENGTH_BYTES), "little")
        if not 2 <= length <= min(HEADER_MOST, size - LENGTH_BYTES):
            raise ValueError(f"its header would take {length} of {size} bytes")
        header = json.loads(opened.read(length))
    start = LENGTH_BYTES + length
    return {name: _place(entry, size - start) for name, entry in header.items() if name != "__metadata__"}, start


def _place(entry: Any, room: int) -> Place:
    kind, shape, (begin, end) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
    if kind not in KINDS:
        raise ValueError(f"numbers of kind {kind}; expected one of {', '.join(KINDS)}")
    needed = int(np.prod(shape, dtype=np.int64)) * np.dtype(KINDS[kind]).itemsize
    if not 0 <= begin <= end <= room or end - begin != needed:
        raise ValueError(f"numbers at {begin} to {end} of {room} bytes; expected {needed} bytes")
    return kind, shape, begin
