"""Lots by seed: pure, the same on every machine and in every order."""

import hashlib
from collections.abc import Iterable


def lot(seed: str, name: str) -> float:
    """Return the number of `name` in the draw `seed`: evenly spread over 0 to under 1."""
    digest = hashlib.sha256(f"{seed}\0{name}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64


def drawn(seed: str, names: Iterable[str], count: int) -> list[str]:
    """Return the `count` names with the smallest lots."""
    return sorted(names, key=lambda name: (lot(seed, name), name))[:count]
