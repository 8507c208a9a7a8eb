"""Fine-tuning: a loss that is masked where nothing is known, teachers where there are any, and the run's log."""

import argparse
import json
import os
import random
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.swa_utils import AveragedModel

from training import corpus
from training.batches import BATCH, Batch, Batches, Memory
from training.distil import Distillation, Voices, distance, teachers
from training.feed import feed
from training.network import OUTPUTS, ScorerNetwork, encoder_folder, pretrained, pretrained_folder
from training.pace import Pace
from training.rows import PUBLIC, TARGETS, UNKNOWN, Row, own_rows, public_data

SEED = 4
POSITIVE_WEIGHT = 2.0
TWIN_WEIGHT = 0.5
SEVERITY_WEIGHT = 0.3
LOGGED = 50  # steps between two lines of the log
AVERAGED = 10  # steps between two weights of which a run's mean is taken
SUMMARY = ("recall_severe_at_1pct", "macro_f1_best")
LAST = "last.pt"
"""Weights of the last step. network.pt has the mean at the end, and until then those of the last point of the curve."""
MEMORY = "strayed.npz"
"""Beside a run's weights: which sentences it has learnt, so that a run that goes on from it does not begin with those again."""
MOST_WORKERS = 12
"""More would not be busy: each makes some thousand rows a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """What there is to learn from."""

    own: Sequence[Row]
    public: Sequence[Row]
    validation: Sequence[Row]
    misheard: dict[str, list[str]]
    """What a real recogniser made of a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How one network is trained."""

    encoder: Path
    out: Path
    pace: Pace
    rate: float
    every: int
    """Steps between two points of the learning curve."""
    batch: int = BATCH
    seed: int = SEED
    device: torch.device
    workers: int = 0
    """Processes that make batches ahead; 0: as they are asked for."""
    teachers: tuple[Path, ...] = ()
    """Folders of earlier runs."""
    distillation: Distillation = field(default_factory=Distillation)
    dropout: float = 0.0
    """Share of the encoder's values that each step leaves out, from 0 to below 1: for a run that goes on from one that has learnt
    nearly all. What a row strays is noted with it, so fewer rows count as learnt."""
    blends: float = 0.0
    """Texts without labels for the teachers to judge, as a share of twins and rows without one (`Batches`)."""
    start: Path | None = None
    """Weights of an earlier run to go on from, with what it remembers of our sentences beside them."""


def halved(device: torch.device) -> torch.autocast:
    """Return a context for products in bfloat16 where the device has them; a processor without takes three times as long."""
    return torch.autocast(device.type, torch.bfloat16, enabled=device.type != "cpu" or has_bfloat16())


@cache
def has_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 by itself."""
    features = torch.cpu.get_capabilities()
    return any(features.get(name, False) for name in ("avx512_bf16", "amx_bf16"))


def loss_of(logits: Tensor, batch: Batch[Tensor], weight: Tensor) -> Tensor:
    """Return the loss: categories where known, severity where known, and each positive above its benign twin."""
    width = len(TARGETS)
    is_known = (batch.targets != UNKNOWN).float()
    wanted = batch.targets.clamp(min=0)
    each = nn.functional.binary_cross_entropy_with_logits(logits[:, :width], wanted, reduction="none", pos_weight=weight)
    loss = (each * is_known).sum() / len(logits)
    if len(batch.graded):
        graded = logits[batch.graded, width:]
        loss = loss + SEVERITY_WEIGHT * nn.functional.cross_entropy(graded, batch.severity[batch.graded])
    if len(batch.twins):
        positive, benign = logits[batch.twins[:, 0], :width], logits[batch.twins[:, 1], :width]
        asked = wanted[batch.twins[:, 0]]
        loss = loss + TWIN_WEIGHT * (nn.functional.softplus(2.0 - (positive - benign)) * asked).sum() / len(batch.twins)
    return loss


def predict(
    network: ScorerNetwork, batches: Batches, rows: Sequence[Row], device: torch.device
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Return logits of `rows`, in their order."""
    network.eval()
    order = sorted(range(len(rows)), key=lambda place: len(rows[place].text) + sum(map(len, rows[place].context)))
    found = np.empty((len(rows), OUTPUTS), dtype=np.float32)
    with torch.inference_mode(), halved(device):
        for begin in range(0, len(order), 64):
            places = order[begin : begin + 64]
            reading = batches.read([rows[place] for place in places]).each(lambda array: torch.from_numpy(array).to(device))
            found[places] = network(*reading).float().cpu().numpy()
    network.train()
    return found


def figures(logits: np.ndarray[tuple[int, int], np.dtype[np.float32]], rows: Sequence[Row]) -> dict[str, float]:
    """Return what the learning curve shows: recall of severe rows at 1 % false alarms, and macro F1 at the best thresholds."""
    targets = np.array([row.targets for row in rows])
    severe = np.array([row.severity >= 3 for row in rows])
    peak = logits[:, :5].max(axis=1)
    is_benign = targets.max(axis=1) == 0
    bar = np.quantile(peak[is_benign], 0.99)
    scores = []
    for column in range(len(TARGETS) - 1):
        wanted = targets[:, column] == 1
        ranked = wanted[np.argsort(-logits[:, column])]
        hits = np.cumsum(ranked)
        scores.append(float((2 * hits / (np.arange(len(ranked)) + 1 + wanted.sum())).max()))
    return {"recall_severe_at_1pct": float((peak[severe] > bar).mean()), "macro_f1_best": float(np.mean(scores))} | {
        f"f1_{name}": score for name, score in zip(TARGETS, scores, strict=False)
    }


class LearningCurve:
    """Judges the network on briefs that it does not learn from, as written and misheard, and keeps the points."""

    def __init__(
        self,
        batches: Batches,
        rows: Sequence[Row],
        out: Path,
        device: torch.device,
        *,
        restore: Callable[[str], str] = lambda text: text,
    ) -> None:
        """`restore` is what misheard texts go through before they are read."""
        self._batches, self._rows, self._out, self._device = batches, rows, out, device
        self._noisy = [replace(row, text=restore(batches.hear(row.text, place))) for place, row in enumerate(rows)]
        self._points: list[dict[str, float]] = []

    def add(self, step: int, network: ScorerNetwork) -> None:
        """Judge, print, and save the weights beside the curve."""
        clean = figures(predict(network, self._batches, self._rows, self._device), self._rows)
        noisy = figures(predict(network, self._batches, self._noisy, self._device), self._noisy)
        point = {"step": float(step), **clean, **{f"noisy_{name}": noisy[name] for name in SUMMARY}}
        self._points.append({name: round(value, 4) for name, value in point.items()})
        print(json.dumps(self._points[-1]), flush=True)
        torch.save(network.state_dict(), self._out / "network.pt")
        (self._out / "curve.json").write_text(json.dumps(self._points, indent=1) + "\n")


def optimiser_of(network: ScorerNetwork, rate: float, pace: Pace) -> tuple[torch.optim.Optimizer, LambdaLR]:
    """Return the optimiser and its schedule, which follows the pace."""
    head = [*network.head.parameters(), *([] if network.earlier is None else [network.earlier])]
    rest = [weight for weight in network.encoder.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW([{"params": rest, "lr": rate}, {"params": head, "lr": 8 * rate}], weight_decay=0.01, fused=True)
    return optimiser, LambdaLR(optimiser, pace.share)


def strayed(logits: Tensor, batch: Batch[Tensor]) -> Tensor:
    """Return how far each row's scores lie from the truth, at the worst of its known categories: 0 to 1, shape (rows,)."""
    off = (logits[:, : len(TARGETS)].sigmoid() - batch.targets).abs()
    return (off * (batch.targets != UNKNOWN)).amax(1)


def learn(network: ScorerNetwork, batches: Batches, curve: LearningCurve, course: Course, voices: Voices | None) -> None:
    """Train for as many steps as the course's pace gives; the mean of the weights of the second half is what is kept.

    «Half» is what the pace foresees at that step; of a run with a deadline it may move a little. Each step learns something of
    its own batch by chance, which the mean has not (Izmailov et al. 2018, «Averaging weights leads to wider optima»).
    """
    fed = feed(batches, seed=course.seed, workers=course.workers)
    device, pace = course.device, course.pace
    optimiser, schedule = optimiser_of(network, course.rate, pace)
    weight = torch.full((len(TARGETS),), POSITIVE_WEIGHT, device=device)
    began, waited_s = time.monotonic(), 0.0
    mean = AveragedModel(network)
    losses: list[Tensor] = []  # read when they are logged: a GPU that is asked for a number has to be waited for
    network.train()
    step, is_last = 0, False
    while not is_last:
        step += 1
        asked = time.monotonic()
        made = next(fed)
        waited_s += time.monotonic() - asked
        batch = made.each(lambda array: torch.from_numpy(array).to(device))
        with halved(device):
            logits = network(*batch.readings[0])
            wanted = voices.logits(batch) if voices else None
        loss = loss_of(logits.float(), batch, weight)
        if wanted is not None:
            drawn = distance(logits.float(), wanted, course.distillation.temperature, severity_weight=SEVERITY_WEIGHT)
            loss = loss + course.distillation.weight * drawn
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        losses.append(loss.detach())
        if not course.workers:  # workers make batches ahead and could not hear of it
            batches.heed(made.places, strayed(logits.detach().float(), batch).cpu().numpy())
        if step % LOGGED == 0:
            loss_mean, took_s = sum(map(float, losses)) / LOGGED, time.monotonic() - began
            waited = f"{waited_s / took_s:.0%} of it waiting for batches"
            print(f"step {step} of {pace.steps} loss {loss_mean:.4f} {took_s / step:.3f} s a step, {waited}", flush=True)
            losses.clear()
        is_last = pace.done(step)
        if is_last or (step % AVERAGED == 0 and step > pace.steps // 2):
            mean.update_parameters(network)
        if not is_last and step % course.every == 0:
            curve.add(step, network)
    torch.save(network.state_dict(), course.out / LAST)
    network.load_state_dict(mean.module.state_dict())
    curve.add(step, network)


def train(course: Course, lessons: Lessons) -> None:
    """Train one network and leave it in `course.out`, with the encoder's config.json and tokenizer.json beside it."""
    torch.manual_seed(course.seed)
    voices, readers = teachers(course.teachers, course.encoder, course.device)
    blends = course.blends if course.teachers else 0.0
    batches = Batches(lessons.own, lessons.public, readers, lessons.misheard, size=course.batch, blends=blends)
    course.out.mkdir(parents=True, exist_ok=True)
    curve = LearningCurve(batches, lessons.validation, course.out, course.device)
    network = pretrained(course.encoder)
    if course.start:
        network.load_state_dict(torch.load(course.start, weights_only=True, map_location="cpu"))
        if (memory := course.start.parent / MEMORY).is_file():
            batches.remember(Memory.load(memory))
    for part in network.encoder.modules():
        if isinstance(part, nn.Dropout):
            part.p = course.dropout
    network.encoder.config.save_pretrained(course.out)
    shutil.copyfile(course.encoder / "tokenizer.json", course.out / "tokenizer.json")
    network.to(course.device)
    learn(network, batches, curve, course, voices if course.teachers else None)
    batches.memory().save(course.out / MEMORY)


def lessons_of(path: Path) -> Lessons:
    """Return our own sentences and, from `path`, the public rows where they are: they are not in the repository."""
    sentences = corpus.load()
    if not path.is_file():
        print(f"no public rows at {path} (models/scorer/CARD.md says which); learning from our own sentences alone", flush=True)
    lessons = Lessons(
        public=public_data(path, random.Random(SEED)).train if path.is_file() else (),
        own=own_rows([sentence for sentence in sentences if sentence.split == "train"]),
        validation=own_rows([sentence for sentence in sentences if sentence.split == "validation"]),
        misheard=corpus.load_heard(),
    )
    counted = f"own {len(lessons.own)}, validation {len(lessons.validation)}, public {len(lessons.public)}"
    print(f"{counted} of {len(PUBLIC)} sources", flush=True)
    return lessons


def device_of(name: str) -> torch.device:
    """Return the device of that name; «auto» is a GPU where there is one."""
    if name == "cuda" and not torch.cuda.is_available():
        raise SystemExit("--device cuda: torch finds no GPU here (is it the build with CUDA, and does nvidia-smi show one?)")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def workers_for(device: torch.device) -> int:
    """Return how many processes make batches: on a CPU none, since it is busy itself and the order of chance stays one."""
    return 0 if device.type == "cpu" else min(MOST_WORKERS, max((os.cpu_count() or 1) - 2, 1))


def data_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that every training command has."""
    parser.add_argument("--data", type=Path, default=Path("../shared/data/utterances.jsonl.gz"))
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="auto: a GPU where there is one")
    parser.add_argument("--workers", type=int, help="processes that make batches ahead (default: none on a CPU, 12 on a GPU)")
    parser.add_argument("--threads", type=int, default=2, help="of torch, on a CPU")
    parser.add_argument("--temperature", type=float, default=Distillation().temperature, help="of the teachers' logits")
    parser.add_argument("--trust", type=float, default=Distillation().weight, help="what teachers count; labels count 1")


def check_shares(parser: argparse.ArgumentParser, shares: Mapping[str, float]) -> None:
    """End with a message where an option is no share: before anything is learnt with it."""
    for option, share in shares.items():
        if not 0 <= share < 1:
            parser.error(f"{option} {share:g}: expected a share from 0 to below 1")


def main() -> None:
    """Train and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    data_options(parser)
    parser.add_argument("--out", type=Path, default=Path("build/scorer"))
    parser.add_argument("--encoder", help="folder or hub name of another encoder than MiniLM's")
    parser.add_argument("--teacher", type=Path, nargs="+", default=[], help="folders of earlier runs to learn from as well")
    parser.add_argument("--steps", type=int, default=13_600)
    parser.add_argument("--minutes", type=float, help="instead of --steps: as many as fit")
    parser.add_argument("--batch", type=int, default=BATCH, help="rows a step; a GPU likes 64 to 256")
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--dropout", type=float, default=0.0, help="in the encoder")
    parser.add_argument("--blends", type=float, default=0.0, help="texts without labels for the teachers, a share of our own")
    parser.add_argument("--start", type=Path, help="weights of an earlier run to go on from")
    parser.add_argument("--every", type=int, default=300, help="steps between two points of the learning curve")
    arguments = parser.parse_args()
    check_shares(parser, {"--dropout": arguments.dropout})
    if arguments.blends and not arguments.teacher:
        parser.error("--blends needs --teacher: nobody else can say what they are")
    if arguments.start and not arguments.start.is_file():
        parser.error(f"--start {arguments.start}: no such file; expected the network.pt of an earlier run")
    began_s, device = time.monotonic(), device_of(arguments.device)
    torch.set_num_threads(arguments.threads)
    course = Course(
        encoder=encoder_folder(arguments.encoder) if arguments.encoder else pretrained_folder(),
        out=arguments.out,
        pace=Pace(arguments.steps, until_s=began_s + 60 * arguments.minutes if arguments.minutes else None),
        rate=arguments.rate,
        every=arguments.every,
        batch=arguments.batch,
        seed=arguments.seed,
        device=device,
        workers=workers_for(device) if arguments.workers is None else arguments.workers,
        teachers=tuple(arguments.teacher),
        distillation=Distillation(temperature=arguments.temperature, weight=arguments.trust),
        dropout=arguments.dropout,
        blends=arguments.blends,
        start=arguments.start,
    )
    train(course, lessons_of(arguments.data))


if __name__ == "__main__":
    main()
