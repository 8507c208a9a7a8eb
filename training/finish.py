"""The last run: a network learns to read what the noisy channel makes of misheard sentences, and forgets nothing meanwhile.

`python -m training.finish --start build/taught --out build/finished`. It was trained on sentences as they are misheard; in calls
it reads what was probably said beside them (`score.channel`), which goes together better and is wrong in other ways. Each
sentence is drawn to its labels and to what the network itself made of it before, as it is written («Learning without Forgetting»,
Li and Hoiem 2016). Those of sittings that it has never read (`--unread`) are all taken, and drawn to their labels alone. The
lowest layers, which know words and not calls, stay as they are: a step need not go back through them.
"""

import argparse
import random
import shutil
import time
from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from training import corpus
from training.batches import CLOSEST, CLOSEST_PASSES, Batch
from training.corpus import Sentence
from training.distil import Distillation
from training.fit import (
    SEED,
    Course,
    LearningCurve,
    Lessons,
    data_options,
    device_of,
    learn,
    lessons_of,
    predict,
    workers_for,
)
from training.network import FILES, ScorerNetwork, reader, trained
from training.pace import Pace
from training.restored import RestoredBatches, channel_of, mended, restored
from training.rows import Row, own_rows

SENTENCES = 60_000
SEVERE = 0.6
"""Share of the sentences that are severe, or the benign twin of one."""
PUBLIC = 25_000
"""Rows of all other sources than the closest, of which all are read, several times: there are few."""


class Before:
    """What the network made of every row before the run, as it is written."""

    def __init__(self, logits: Tensor, *, unread: int) -> None:
        """Take logits, shape (rows, OUTPUTS), of all but the first `unread` rows: of those it had no idea."""
        self._logits = torch.cat([logits.new_full((unread, logits.shape[1]), torch.nan), logits])

    def logits(self, batch: Batch[Tensor]) -> Tensor:
        """Return those of the batch's rows, NaN for unread ones."""
        return self._logits[batch.places]


def chosen(sentences: Sequence[Sentence], count: int, rng: random.Random) -> list[Sentence]:
    """Return `count` sentences, or all: severe ones with their twins, then any."""
    by_id = {sentence.id: sentence for sentence in sentences}
    found: dict[str, Sentence] = {}
    for sentence in rng.sample(severe := [one for one in sentences if one.severity >= 3], len(severe)):
        if len(found) >= SEVERE * count:
            break
        twins = (sentence.id, sentence.twin or sentence.id)
        found |= {name: by_id[name] for name in twins if name in by_id}
    rest = [sentence for sentence in sentences if sentence.id not in found]
    found |= {sentence.id: sentence for sentence in rng.sample(rest, min(max(count - len(found), 0), len(rest)))}
    return sorted(found.values(), key=lambda sentence: sentence.id)


def finish(
    start: Path,
    course: Course,
    lessons: Lessons,
    sentences: Sequence[Sentence],
    *,
    count: int,
    frozen: int,
    unread: Collection[str] = (),
) -> None:
    """Train the network of the run in `start` further and leave it in `course.out`.

    `unread` are sittings that it has not read before; beside all their sentences come `count` others.
    """
    torch.manual_seed(course.seed)
    rng = random.Random(course.seed)
    new = [sentence for sentence in sentences if sentence.sitting in unread]
    own = [*new, *chosen([sentence for sentence in sentences if sentence.sitting not in unread], count, rng)]
    closest = [row for row in lessons.public if row.source == CLOSEST]
    others = [row for row in lessons.public if row.source != CLOSEST]
    public: list[Row] = [*CLOSEST_PASSES * closest, *rng.sample(others, min(PUBLIC, len(others)))]
    batches = RestoredBatches(own_rows(own), public, reader(start), restored(own, sentences), size=course.batch)
    network = trained(start).to(course.device)
    read = predict(network, batches, [*own_rows(own), *public][len(new) :], course.device)
    before = Before(torch.from_numpy(read).to(course.device), unread=len(new))
    freeze(network, frozen)
    course.out.mkdir(parents=True, exist_ok=True)
    for name in FILES[:2]:
        shutil.copyfile(start / name, course.out / name)
    restore = partial(mended, channel_of(sentences))
    curve = LearningCurve(batches, lessons.validation, course.out, course.device, restore=restore)
    learn(network, batches, curve, course, before)


def freeze(network: ScorerNetwork, layers: int) -> None:
    """Leave the table of words, places and the lowest layers as they are."""
    network.encoder.embeddings.requires_grad_(False)
    for layer in list(network.encoder.encoder.layer)[:layers]:
        layer.requires_grad_(False)


def main() -> None:
    """Train within the minutes, or the steps."""
    parser = argparse.ArgumentParser(description=__doc__)
    data_options(parser)
    parser.add_argument("--start", type=Path, required=True, help="folder of the run to go on from")
    parser.add_argument("--out", type=Path, default=Path("build/finished"))
    parser.add_argument("--sentences", type=int, default=SENTENCES)
    parser.add_argument("--steps", type=int, default=5800)
    parser.add_argument("--minutes", type=float, help="instead of --steps: as many as fit")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=6e-5)
    parser.add_argument("--seed", type=int, default=SEED, help="which sentences, in which order")
    parser.add_argument(
        "--unread", nargs="+", default=[], metavar="SITTING", help="sittings that --start has not read: all is read"
    )
    parser.add_argument("--frozen", type=int, default=2, help="lowest layers that stay as they are")
    parser.add_argument("--every", type=int, default=1500, help="steps between two points of the learning curve")
    arguments = parser.parse_args()
    began_s, device = time.monotonic(), device_of(arguments.device)
    torch.set_num_threads(arguments.threads)
    course = Course(
        encoder=arguments.start,
        out=arguments.out,
        pace=Pace(arguments.steps, until_s=began_s + 60 * arguments.minutes if arguments.minutes else None),
        rate=arguments.rate,
        every=arguments.every,
        batch=arguments.batch,
        seed=arguments.seed,
        device=device,
        workers=workers_for(device) if arguments.workers is None else arguments.workers,
        distillation=Distillation(temperature=arguments.temperature, weight=arguments.trust),
    )
    sentences = [sentence for sentence in corpus.load() if sentence.split == "train"]
    if unknown := sorted({*arguments.unread} - {sentence.sitting for sentence in sentences}):
        parser.error(f"--unread {unknown[0]}: no sitting of that name is packed to train on; models/corpus/readings names them")
    finish(
        arguments.start,
        course,
        lessons_of(arguments.data),
        sentences,
        count=arguments.sentences,
        frozen=arguments.frozen,
        unread=arguments.unread,
    )


if __name__ == "__main__":
    main()
