import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.training.lessons import lessons
from training.batches import Batches
from training.distil import Distillation
from training.fit import Course, LearningCurve, device_of, halved, has_bfloat16, learn, loss_of, strayed, train, workers_for
from training.network import ScorerNetwork, pretrained, reader, trained
from training.pace import Pace
from training.rows import TARGETS, UNKNOWN

CPU = torch.device("cpu")


def course(encoder: Path, out: Path, *, steps: int = 12) -> Course:
    return Course(encoder=encoder, out=out, pace=Pace(steps), rate=1e-3, every=steps, batch=8, device=CPU)


def weights(run: Path) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = torch.load(run / "network.pt", weights_only=True)
    return found


@pytest.mark.parametrize("encoder", ["tiny_bert", "tiny_mpnet"])
def test_a_run_learns_and_leaves_a_network_that_can_be_asked(
    encoder: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    train(course(request.getfixturevalue(encoder), tmp_path, steps=200), lessons())

    points = json.loads((tmp_path / "curve.json").read_text())
    assert [point["step"] for point in points] == [200]
    assert points[0]["macro_f1_best"] > 0.9
    assert not trained(tmp_path).training


def test_the_same_seed_gives_the_same_weights(tiny_bert: Path, tmp_path: Path) -> None:
    for name in ("first", "again"):
        train(course(tiny_bert, tmp_path / name), lessons())

    first, again = weights(tmp_path / "first"), weights(tmp_path / "again")
    assert all(torch.equal(first[name], again[name]) for name in first)


def test_a_run_leaves_the_mean_of_its_second_half_and_the_last_step_beside_it(tiny_bert: Path, tmp_path: Path) -> None:
    heads: dict[int, torch.Tensor] = {}

    class Watching(LearningCurve):
        def add(self, step: int, network: ScorerNetwork) -> None:
            heads[step] = network.head.weight.detach().clone()
            super().add(step, network)

    taught = lessons()
    batches, run = Batches(taught.own, taught.public, (reader(tiny_bert),), {}, size=8), pretrained(tiny_bert)

    learn(
        run,
        batches,
        Watching(batches, taught.validation, tmp_path, CPU),
        replace(course(tiny_bert, tmp_path), pace=Pace(30), every=10),
        None,
    )

    last = torch.load(tmp_path / "last.pt", weights_only=True)["head.weight"]
    assert not torch.equal(heads[20], last)
    torch.testing.assert_close(heads[30], (heads[20] + last) / 2)
    assert torch.equal(weights(tmp_path)["head.weight"], heads[30])


def test_dropout_changes_what_is_learnt(tiny_bert: Path, tmp_path: Path) -> None:
    train(course(tiny_bert, tmp_path / "all"), lessons())
    train(replace(course(tiny_bert, tmp_path / "dropped"), dropout=0.3), lessons())

    assert not torch.equal(weights(tmp_path / "all")["head.weight"], weights(tmp_path / "dropped")["head.weight"])


def test_on_rows_that_nobody_judged_a_student_comes_nearer_to_its_teacher(
    tiny_bert: Path, tiny_mpnet: Path, tmp_path: Path
) -> None:
    taught = lessons()
    train(course(tiny_mpnet, tmp_path / "teacher", steps=100), taught)
    alone = course(tiny_bert, tmp_path / "alone", steps=300)
    drawn = replace(
        course(tiny_bert, tmp_path / "drawn", steps=300),
        teachers=(tmp_path / "teacher",), distillation=Distillation(weight=5.0),
    )  # fmt: skip

    train(alone, taught)
    train(drawn, taught)

    logits = {
        name: trained(tmp_path / name)(*reader(tmp_path / name).read(taught.public).each(torch.from_numpy))
        for name in ("teacher", "alone", "drawn")
    }
    near, far = ((logits[name] - logits["teacher"]).abs().mean() for name in ("drawn", "alone"))
    assert near < 0.7 * far


def test_a_run_with_a_deadline_ends_before_it(tiny_bert: Path, tmp_path: Path) -> None:
    ticks = iter(range(10_000))

    train(
        replace(course(tiny_bert, tmp_path), pace=Pace(4000, until_s=150.0, clock=lambda: float(next(ticks))), every=1000),
        lessons(),
    )

    assert 140 <= json.loads((tmp_path / "curve.json").read_text())[-1]["step"] <= 150


def test_what_is_not_known_costs_nothing(tiny_bert: Path) -> None:
    taught = lessons()
    batch = Batches(taught.own, (), (reader(tiny_bert),), {}).batch(taught.public[:3]).each(torch.from_numpy)

    assert float(loss_of(torch.ones((3, len(TARGETS) + 5)), batch, torch.ones(len(TARGETS)))) == 0


def test_products_are_in_bfloat16_only_where_the_processor_has_it() -> None:
    with halved(CPU):
        product = torch.ones(2, 2) @ torch.ones(2, 2)

    assert (product.dtype is torch.bfloat16) == has_bfloat16()


def test_a_cpu_makes_its_own_batches() -> None:
    assert workers_for(CPU) == 0
    assert workers_for(torch.device("cuda")) >= 1


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_auto_is_the_cpu_and_cuda_is_refused() -> None:
    assert device_of("auto") == CPU
    with pytest.raises(SystemExit, match="finds no GPU"):
        device_of("cuda")


def test_how_far_a_row_strays_counts_only_what_is_known(tiny_bert: Path) -> None:
    taught = lessons()
    others = len(TARGETS) - 1
    rows = [replace(taught.own[0], targets=(1.0, *(rest,) * others)) for rest in (0.0, UNKNOWN)]
    batch = Batches(rows, (), (reader(tiny_bert),), {}).batch(rows).each(torch.from_numpy)
    logits = torch.full((2, len(TARGETS) + 5), 9.0)

    far = strayed(logits, batch)

    assert far[0] > 0.99  # of the categories that it has not
    assert far[1] < 0.01
