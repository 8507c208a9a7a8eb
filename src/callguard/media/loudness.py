"""Which samples of a line are loud enough to be anything: cheaper by far than any other question about them."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from callguard.media.g711 import decode_alaw, decode_mulaw
from callguard.terms import Encoding, Samples

QUIET: Final = 10 ** (-52 / 20)
"""52 dB below full scale: the peaks of speech on a telephone are 20 to 45 dB above it, those of an idle line's noise are not."""
LOUD: Final = b"\x01"
FAINT: Final = b"\x00"

_CODES: Final = bytes(range(256))


def _table(values: Samples) -> bytes:
    return (np.abs(values) > QUIET).tobytes()


_TABLES: Final[Mapping[Encoding, bytes]] = {
    Encoding.MULAW: _table(decode_mulaw(_CODES)),
    Encoding.ALAW: _table(decode_alaw(_CODES)),
}


def loudness(encoding: Encoding, payload: bytes, samples: Samples) -> bytes:
    """Return LOUD or FAINT for each of the `samples` that `payload` holds; G.711 is not even decoded for that."""
    table = _TABLES.get(encoding)
    return _table(samples) if table is None else payload.translate(table)


def is_faint(encoding: Encoding, payload: bytes) -> bool:
    """Say whether no sample of a G.711 payload is loud."""
    return LOUD not in payload.translate(_TABLES[encoding])
