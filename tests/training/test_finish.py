import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.training.lessons import lessons
from tests.training.test_restored import SAID, sentence
from training.corpus import Sentence
from training.finish import chosen, finish
from training.fit import Course, train
from training.network import reader, trained
from training.pace import Pace

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def sentences() -> list[Sentence]:
    return [
        sentence(number, text, sitting=f"s{sitting}", twin=f"s{sitting}:{number ^ 1}" if number % len(SAID) < 2 else None)
        for sitting in range(8)
        for number, text in enumerate(SAID * 4)
    ]


@pytest.fixture
def start(tiny_bert: Path, tmp_path: Path) -> Path:
    """Return the folder of a run."""
    out = tmp_path / "start"
    train(course(tiny_bert, out, rate=1e-3), lessons())
    return out


def course(encoder: Path, out: Path, *, rate: float, steps: int = 20) -> Course:
    return Course(encoder=encoder, out=out, pace=Pace(steps), rate=rate, every=steps, batch=8, device=CPU)


def test_severe_sentences_come_with_their_twins_and_then_any(sentences: list[Sentence]) -> None:
    found = chosen(sentences, 40, random.Random(1))

    names = {one.id for one in found}
    severe = [one for one in found if one.severity >= 3]
    assert len(found) == len(names) == 40
    assert sum(one.twin in names for one in severe) >= 12
    assert any(one.twin is None for one in found)
    assert chosen(sentences, 10_000, random.Random(1)) == sorted(sentences, key=lambda one: one.id)


def test_a_run_goes_on_and_leaves_a_network_that_can_be_asked(start: Path, tmp_path: Path, sentences: list[Sentence]) -> None:
    out = tmp_path / "out"

    finish(start, course(start, out, rate=1e-3), lessons(), sentences, count=60, frozen=1)

    before, after = trained(start).state_dict(), trained(out).state_dict()
    lowest = "encoder.encoder.layer.0."
    assert [point["step"] for point in json.loads((out / "curve.json").read_text())] == [20]
    assert not torch.equal(before["head.weight"], after["head.weight"])
    assert all(torch.equal(before[name], after[name]) for name in before if name.startswith((lowest, "encoder.embeddings.")))
    assert not all(torch.equal(before[name], after[name]) for name in before if name.startswith("encoder.encoder.layer.1."))


def test_what_it_made_of_rows_that_nobody_judged_is_kept(start: Path, tmp_path: Path, sentences: list[Sentence]) -> None:
    taught = lessons()
    free, drawn = tmp_path / "free", tmp_path / "drawn"
    run = course(start, drawn, rate=3e-3, steps=100)

    for out, weight in ((free, 0.0), (drawn, 5.0)):
        drawing = replace(run, out=out, pace=Pace(100), distillation=replace(run.distillation, weight=weight))
        finish(start, drawing, taught, sentences, count=60, frozen=0)

    reading = reader(start).read(taught.public).each(torch.from_numpy)
    before, *after = (trained(folder)(*reading) for folder in (start, free, drawn))
    far, near = ((logits - before).abs().mean() for logits in after)
    assert near < 0.7 * far


@pytest.mark.parametrize(("unread", "are_drawn"), [(("s3",), False), ((), True)])
def test_sittings_that_it_has_not_read_are_all_taken_and_drawn_to_their_labels_alone(
    start: Path, tmp_path: Path, sentences: list[Sentence], unread: tuple[str, ...], *, are_drawn: bool
) -> None:
    alone = replace(lessons(), public=())
    read = [] if unread else sentences
    heads = []

    for weight in (0.0, 5.0):
        run = course(start, tmp_path / str(weight), rate=1e-3)
        run = replace(run, distillation=replace(run.distillation, weight=weight))
        finish(start, run, alone, sentences, count=len(read), frozen=0, unread=unread)
        heads.append(trained(run.out).state_dict()["head.weight"])

    assert torch.allclose(*heads, atol=1e-4) is not are_drawn
