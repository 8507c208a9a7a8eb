"""Distillation: trained networks read each batch beside the learner, and it is drawn towards their averaged logits.

They read the same varied text. Where a source did not judge a category, they are the only voice on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor, nn

from training.batches import Batch, Reader, Renumbering
from training.network import ScorerNetwork, reader, renumbering, size_of, trained
from training.rows import TARGETS

SMALL = 30_000_000
"""Weights of a teacher that a CPU can bear beside the learner: MiniLM's six layers have 11 million, mpnet's twelve 86."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distillation:
    """How far the teachers count."""

    temperature: float = 2.0
    """Logits are divided by it on both sides: the higher, the more the doubtful cases count."""
    weight: float = 1.0
    """What the distance to the teachers counts beside the loss on labels, for which it is 1."""


class Voices(Protocol):
    """Whoever says what a batch's rows should be drawn to."""

    def logits(self, batch: Batch[Tensor]) -> Tensor:
        """Return logits, shape (rows, OUTPUTS); NaN for a row that they have no say in."""
        ...


class Teachers:
    """Trained networks whose logits are averaged."""

    def __init__(self, networks: Sequence[ScorerNetwork], readings: Sequence[int]) -> None:
        """Take with each network the place, among a batch's readings, of its own."""
        self._networks, self._readings = networks, readings

    def logits(self, batch: Batch[Tensor]) -> Tensor:
        """Return the mean of all teachers' logits, shape (rows, OUTPUTS)."""
        pairs = zip(self._networks, self._readings, strict=True)
        with torch.no_grad():
            return torch.stack([network(*batch.readings[place]).float() for network, place in pairs]).mean(0)


def refuse_too_large(folder: Path, device: torch.device) -> None:
    """Raise SystemExit where the teacher in `folder` is too large for a CPU, before an hour has gone into it."""
    if device.type == "cpu" and (size := size_of(folder)) > SMALL:
        raise SystemExit(
            f"the teacher {folder} has {size / 1e6:.0f} million weights beside its tables and would read every batch: on a CPU "
            f"that takes far longer than the learning. Use --device cuda, or a teacher of at most {SMALL / 1e6:.0f} million"
        )


Readers = tuple[Reader, *tuple[Reader | Renumbering, ...]]
"""The learner's, and those of the teachers that need one of their own."""


def teachers(runs: Sequence[Path], own: Path, device: torch.device) -> tuple[Teachers, Readers]:
    """Return the teachers that `runs` have trained, and the readers of a batch: first that of `own`, the learner's folder.

    Who has the same tokenizer shares a reading; who has the same pieces under other numbers renumbers it. Raises SystemExit where
    a teacher is too large for a CPU.
    """
    folders = {(own / "tokenizer.json").read_bytes(): own}
    networks = []
    for run in runs:
        refuse_too_large(run, device)
        networks.append(trained(run).to(device).requires_grad_(False))
        folders.setdefault((run / "tokenizer.json").read_bytes(), run)
    places = [list(folders).index((run / "tokenizer.json").read_bytes()) for run in runs]
    others = [folder for folder in folders.values() if folder is not own]
    return Teachers(networks, places), (reader(own), *(renumbering(own, folder) or reader(folder) for folder in others))


def distance(logits: Tensor, wanted: Tensor, temperature: float, *, severity_weight: float) -> Tensor:
    """Return how far `logits` are from the teachers' `wanted`: 0 where they are the same, or NaN.

    Relative entropy per category and over the severities, at `temperature`; multiplied by its square, so that gradients stay as
    large as without (Hinton, Vinyals and Dean 2015).
    """
    width = len(TARGETS)
    wanted = torch.where(wanted.isnan(), logits.detach(), wanted)
    ours, theirs = logits / temperature, wanted / temperature
    chances = theirs[:, :width].sigmoid()
    entropy = nn.functional.binary_cross_entropy_with_logits(theirs[:, :width], chances, reduction="sum")
    crossed = nn.functional.binary_cross_entropy_with_logits(ours[:, :width], chances, reduction="sum")
    severity = nn.functional.kl_div(
        ours[:, width:].log_softmax(-1), theirs[:, width:].log_softmax(-1), reduction="sum", log_target=True
    )
    return temperature**2 * (crossed - entropy + severity_weight * severity) / len(logits)
