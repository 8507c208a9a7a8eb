from itertools import islice
from pathlib import Path

import numpy as np

from tests.training.lessons import lessons
from training.batches import Batches
from training.feed import feed
from training.network import reader


def batches(folder: Path) -> Batches:
    taught = lessons()
    return Batches(taught.own, taught.public, (reader(folder),), {}, size=4)


def test_workers_make_the_same_batches_each_time(tiny_bert: Path) -> None:
    first, again = (
        [made.readings[0].numbers for made in islice(feed(batches(tiny_bert), seed=3, workers=2), 20)] for _ in range(2)
    )

    assert all(np.array_equal(one, other) for one, other in zip(first, again, strict=True))


def test_without_workers_batches_go_on_after_an_epoch(tiny_bert: Path) -> None:
    assert len(list(islice(feed(batches(tiny_bert), seed=3, workers=0), 100))) == 100
