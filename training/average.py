"""The mean of two runs of one network, the second of which went on from the first.

`python -m training.average FIRST SECOND --out DIR`. What both learnt stays, what either learnt by chance is halved, and it costs
nothing when the scorer runs («Model soups», Wortsman et al. 2022). What it gave is in models/scorer/CARD.md.
"""

import argparse
import shutil
from pathlib import Path

import torch
from torch import Tensor

from training.network import FILES


def average(first: dict[str, Tensor], second: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the mean of every weight. Exits where the two are not of one network."""
    if unlike := sorted(name for name in first.keys() | second.keys() if _shape(first, name) != _shape(second, name)):
        raise SystemExit(f"the runs are not of one network: «{unlike[0]}» differs in shape or is in one of them only")
    return {name: (weights + second[name]) / 2 if weights.is_floating_point() else weights for name, weights in first.items()}


def average_runs(first: Path, second: Path, out: Path) -> None:
    """Write the mean of the runs in two folders as a run of its own; `second` gives config and tokenizer."""
    for run in (first, second):
        if missing := [name for name in ("network.pt", *FILES[:2]) if not (run / name).is_file()]:
            raise SystemExit(f"{run} has no {missing[0]}; expected the folder that training.fit wrote with --out")
    weights = [torch.load(run / "network.pt", weights_only=True, map_location="cpu") for run in (first, second)]
    out.mkdir(parents=True, exist_ok=True)
    torch.save(average(*weights), out / "network.pt")
    for name in FILES[:2]:
        shutil.copyfile(second / name, out / name)


def _shape(weights: dict[str, Tensor], name: str) -> object:
    return weights[name].shape if name in weights else None


def main() -> None:
    """Read two runs and write the mean as a third."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path, help="the run that went on from the first; its config and tokenizer are taken")
    parser.add_argument("--out", type=Path, default=Path("build/scorer"))
    arguments = parser.parse_args()
    average_runs(arguments.first, arguments.second, arguments.out)


if __name__ == "__main__":
    main()
