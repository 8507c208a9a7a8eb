"""Feed: batches without end, made in this process or ahead of it by workers, so that a GPU never waits for words."""

import random
from collections.abc import Iterator
from itertools import count

from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from training.batches import Array, Batch, Batches

AHEAD = 8
"""Batches that each worker keeps ready: a worker pauses for half a second where it begins a new pool."""


class Shares(IterableDataset):
    """Gives each worker its share of the epochs."""

    def __init__(self, batches: Batches, seed: int) -> None:
        self._batches, self._seed = batches, seed

    def __iter__(self) -> Iterator[Batch[Array]]:
        worker = get_worker_info()
        assert worker is not None, "shares are made by workers"
        return self._batches.share(seed=self._seed, worker=worker.id, workers=worker.num_workers)


def feed(batches: Batches, *, seed: int, workers: int) -> Iterator[Batch[Array]]:
    """Yield batches without end; the same for the same seed and number of workers (0: made here, as they are asked for)."""
    if not workers:
        rng = random.Random(seed)
        return (batch for _ in count() for batch in batches.epoch(rng))
    shares = Shares(batches, seed)
    return iter(DataLoader(shares, batch_size=None, collate_fn=_as_it_is, num_workers=workers, prefetch_factor=AHEAD))


def _as_it_is(batch: Batch[Array]) -> Batch[Array]:
    return batch
