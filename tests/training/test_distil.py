from pathlib import Path

import pytest
import torch

from tests.training.lessons import lessons
from training.batches import Batches
from training.distil import SMALL, distance, refuse_too_large, teachers
from training.network import OUTPUTS, pretrained, reader
from training.rows import TARGETS

CPU = torch.device("cpu")


@pytest.fixture
def runs(tiny_bert: Path, tiny_mpnet: Path, tmp_path: Path) -> list[Path]:
    """Return the folders of two runs, one of each encoder."""
    folders = []
    for seed, encoder in enumerate((tiny_bert, tiny_mpnet)):
        torch.manual_seed(seed)
        folder = tmp_path / encoder.name
        folder.mkdir()
        torch.save(pretrained(encoder).state_dict(), folder / "network.pt")
        for name in ("config.json", "tokenizer.json"):
            (folder / name).write_bytes((encoder / name).read_bytes())
        folders.append(folder)
    return folders


def logits(seed: int) -> torch.Tensor:
    return torch.randn((6, OUTPUTS), generator=torch.Generator().manual_seed(seed))


def test_nobody_is_drawn_to_a_teacher_who_has_no_say() -> None:
    ours, theirs = logits(1).requires_grad_(), logits(2)
    theirs[:4] = torch.nan
    drawn = distance(ours, theirs, 2.0, severity_weight=0.3)
    drawn.backward()
    assert ours.grad is not None
    assert torch.all(ours.grad[:4].abs() < 1e-6)
    assert torch.all(ours.grad[4:].abs().sum(1) > 1e-3)
    alone = distance(logits(1)[4:], theirs[4:], 2.0, severity_weight=0.3)
    assert float(drawn.detach()) == pytest.approx(float(alone) * 2 / 6, rel=1e-4)


@pytest.mark.parametrize("temperature", [1.0, 2.0, 5.0])
def test_who_agrees_with_the_teacher_is_at_no_distance(temperature: float) -> None:
    assert float(distance(logits(1), logits(1), temperature, severity_weight=0.3)) == pytest.approx(0, abs=1e-5)
    assert float(distance(logits(1), logits(2), temperature, severity_weight=0.3)) > 0.1


def test_the_distance_draws_the_learner_to_its_teacher() -> None:
    ours, theirs = logits(1).requires_grad_(), logits(2)
    optimiser = torch.optim.SGD([ours], lr=1.0)
    for _ in range(300):
        optimiser.zero_grad()
        distance(ours, theirs, 2.0, severity_weight=1.0).backward()
        optimiser.step()

    width = len(TARGETS)
    assert torch.allclose(ours[:, :width].sigmoid(), theirs[:, :width].sigmoid(), atol=0.02)
    assert torch.allclose(ours[:, width:].softmax(-1), theirs[:, width:].softmax(-1), atol=0.02)


def test_the_voices_of_several_teachers_are_averaged_each_by_its_own_reading(runs: list[Path], tiny_bert: Path) -> None:
    voices, readers = teachers(runs, tiny_bert, CPU)
    rows = lessons().own
    batch = Batches(rows, (), readers, {}).batch(rows[:5]).each(torch.from_numpy)

    both = voices.logits(batch)

    each = [teachers([run], run, CPU)[0] for run in runs]
    alone = [
        voice.logits(Batches(rows, (), (reader(run),), {}).batch(rows[:5]).each(torch.from_numpy))
        for voice, run in zip(each, runs, strict=True)
    ]
    assert torch.allclose(both, (alone[0] + alone[1]) / 2, atol=1e-5)
    assert not both.requires_grad


def test_who_has_the_same_tokenizer_shares_a_reading(runs: list[Path], tiny_bert: Path) -> None:
    _, readers = teachers([*runs, *runs], tiny_bert, CPU)

    assert len(readers) == 2


def test_a_large_teacher_is_refused_on_a_cpu_and_not_on_a_gpu(tiny_bert: Path, tmp_path: Path) -> None:
    config = (tiny_bert / "config.json").read_text()
    (tmp_path / "config.json").write_text(config.replace('"intermediate_size": 32', f'"intermediate_size": {SMALL // 16}'))

    with pytest.raises(SystemExit, match="--device cuda"):
        refuse_too_large(tmp_path, CPU)
    refuse_too_large(tmp_path, torch.device("cuda"))
    refuse_too_large(tiny_bert, CPU)
