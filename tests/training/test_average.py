from pathlib import Path

import pytest
import torch

from training import average


def test_the_mean_of_two_runs_lies_between_them() -> None:
    first = {"head": torch.tensor([1.0, 3.0]), "places": torch.tensor([0, 1])}
    second = {"head": torch.tensor([3.0, 3.0]), "places": torch.tensor([0, 1])}

    mean = average.average(first, second)

    assert mean["head"].tolist() == [2.0, 3.0]
    assert mean["places"].tolist() == [0, 1]


def test_runs_of_different_networks_are_refused() -> None:
    with pytest.raises(SystemExit, match="«head» differs"):
        average.average({"head": torch.zeros(2)}, {"head": torch.zeros(3)})
    with pytest.raises(SystemExit, match="«earlier»"):
        average.average({"head": torch.zeros(2)}, {"head": torch.zeros(2), "earlier": torch.zeros(1)})


def test_a_mean_is_a_run_like_any_other(tmp_path: Path) -> None:
    for number, name in enumerate(("first", "second")):
        (tmp_path / name).mkdir()
        torch.save({"head": torch.full((2,), float(number))}, tmp_path / name / "network.pt")
        for file in ("config.json", "tokenizer.json"):
            (tmp_path / name / file).write_text(name)

    average.average_runs(tmp_path / "first", tmp_path / "second", tmp_path / "out")

    assert torch.load(tmp_path / "out" / "network.pt", weights_only=True)["head"].tolist() == [0.5, 0.5]
    assert (tmp_path / "out" / "config.json").read_text() == "second"
