"""Some rows to learn from, callers who shout and callers who do not, and a network that has learnt something."""

from pathlib import Path

import torch

from training.fit import Lessons
from training.network import ScorerNetwork, pretrained
from training.rows import TARGETS, UNKNOWN, Row


def row(text: str, *, is_abuse: bool, source: str = "own", twin: str | None = None) -> Row:
    """Return a row of which everything is known."""
    return Row(
        text=text,
        context=("agent: hello",),
        targets=(float(is_abuse),) * len(TARGETS),
        severity=4 if is_abuse else 0,
        source=source,
        twin=twin,
    )


def lessons(pairs: int = 24) -> Lessons:
    """Return pairs of twins, and public rows that nothing is known about."""
    own = [
        row(f"{words} {number}", is_abuse=words == "i will hurt you", twin=str(number))
        for number in range(pairs)
        for words in ("i will hurt you", "please send the bill")
    ]
    public = [
        Row(text=f"a public line {number}", context=(), targets=(UNKNOWN,) * len(TARGETS), severity=-1, source="edos", twin=None)
        for number in range(pairs)
    ]
    return Lessons(own=own, public=public, validation=own[:8], misheard={})


def moved(folder: Path) -> ScorerNetwork:
    """Return a network that has moved from its beginning, but for its table of words."""
    network: ScorerNetwork = pretrained(folder).eval()
    torch.manual_seed(3)
    with torch.no_grad():
        for weights in network.parameters():
            if weights.requires_grad:
                weights.add_(0.3 * torch.randn_like(weights))
    return network
