"""Fine-tuning: batches with noise and chance context, a loss that is masked where nothing is known, and the run's log."""

import argparse
import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR

from callguard.score.tokens import Tokens
from training import corpus
from training.identities import swapped
from training.network import ScorerNetwork, pretrained_folder
from training.noise import Mishearing, plain, starred, vocabulary
from training.rows import PUBLIC, TARGETS, UNKNOWN, Row, own_rows, public_data

SEED = 4
BATCH = 32
PUBLIC_SHARE = 0.45
"""Public rows an epoch, for each of our own; each epoch draws others."""
CLOSEST = "convabuse"
"""The public source closest to our work: all its rows are read in every epoch."""
POSITIVE_WEIGHT = 2.0
TWIN_WEIGHT = 0.5
SEVERITY_WEIGHT = 0.3
LOGGED = 50  # steps between two lines of the log
SUMMARY = ("recall_severe_at_1pct", "macro_f1_best")
POOL_BATCHES = 40
"""Batches of like length are cut from so many batches' worth of rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Tensors of one step."""

    numbers: Tensor
    mask: Tensor
    segments: Tensor
    targets: Tensor
    severity: Tensor
    twins: Tensor
    """Pairs of rows (positive, benign) of this batch, shape (pairs, 2)."""


class Batches:
    """Makes the batches of an epoch."""

    def __init__(self, own: Sequence[Row], public: Sequence[Row], tokens: Tokens, misheard: dict[str, list[str]]) -> None:
        """`misheard` holds what a real recogniser made of a text."""
        self._own, self._public, self._tokens, self._misheard = own, public, tokens, misheard
        self._noise = Mishearing(vocabulary([row.text for row in (*own, *public)]))
        self._agent_turns = [turn for row in own for turn in row.context if turn.startswith("agent: ")]

    def epoch(self, rng: random.Random) -> Iterator[Batch]:
        """Yield the batches of one epoch."""
        wanted = int(PUBLIC_SHARE * len(self._own))
        others = [row for row in self._public if row.source != CLOSEST]
        drawn = rng.sample(others, min(len(others), wanted))
        closest = [row for row in self._public if row.source == CLOSEST]
        groups: dict[str, list[Row]] = {}
        for place, row in enumerate((*self._own, *drawn, *closest)):
            groups.setdefault(row.twin or str(place), []).append(self._varied(row, rng))
        blocks = list(groups.values())
        rng.shuffle(blocks)
        per_pool = POOL_BATCHES * BATCH * len(blocks) // sum(map(len, blocks))
        for begin in range(0, len(blocks), per_pool):
            pool = sorted(blocks[begin : begin + per_pool], key=lambda block: max(self._length(row) for row in block))
            flat = [row for block in pool for row in block]
            starts = list(range(0, len(flat), BATCH))
            rng.shuffle(starts)
            for start in starts:
                yield self.batch(flat[start : start + BATCH])

    def batch(self, rows: Sequence[Row]) -> Batch:
        """Return `rows` as tensors, padded to the longest."""
        pairs = [self._tokens.numbers(row.text, row.context) for row in rows]
        longest = max(len(numbers) for numbers, _ in pairs)
        places: dict[str, list[int]] = {}
        for place, row in enumerate(rows):
            if row.twin:
                places.setdefault(row.twin, []).append(place)
        twins = [sorted(pair, key=lambda place: -max(rows[place].targets)) for pair in places.values() if len(pair) == 2]
        return Batch(
            numbers=torch.tensor([numbers + [0] * (longest - len(numbers)) for numbers, _ in pairs]),
            mask=torch.tensor([[1] * len(numbers) + [0] * (longest - len(numbers)) for numbers, _ in pairs]),
            segments=torch.tensor([segments + [0] * (longest - len(segments)) for _, segments in pairs]),
            targets=torch.tensor([row.targets for row in rows]),
            severity=torch.tensor([row.severity for row in rows]),
            twins=torch.tensor(twins, dtype=torch.long).reshape(-1, 2),
        )

    def hear(self, text: str, seed: int) -> str:
        """Return `text` with 30 % word errors, always the same for a seed."""
        return self._noise.hear(text, random.Random(seed), word_errors=0.3)

    def _length(self, row: Row) -> int:
        return min(len(row.text) + sum(map(len, row.context)), 260)

    def _varied(self, row: Row, rng: random.Random) -> Row:
        """Return the row as it might come in: as written, plain, starred, or misheard; now and then after chance turns."""
        kind = rng.random()
        text = row.text
        if kind < 0.32:
            text = self._noise.hear(text, rng, word_errors=rng.uniform(0.1, 0.45))
        elif kind < 0.45 and text in self._misheard:
            text = rng.choice(self._misheard[text])
        elif kind < 0.65:
            text = plain(text)
        if rng.random() < 0.1:
            text = starred(text, rng)
        if rng.random() < 0.3:
            text = swapped(text, rng)
        context = row.context
        if not context and row.source == "own" and rng.random() < 0.25:
            earlier = f"caller: {rng.choice(self._own).text}"
            agent = rng.choice(self._agent_turns)
            context = rng.choice(((earlier, agent), (agent,), (agent, earlier), (earlier,)))
        elif context and rng.random() < 0.3:
            context = tuple(f"{turn[: turn.index(':')]}: {plain(turn[turn.index(':') :])}" for turn in context)
        return replace(row, text=text or row.text, context=context)


def loss_of(logits: Tensor, batch: Batch, weight: Tensor) -> Tensor:
    """Return the loss: categories where known, severity where known, and each positive above its benign twin."""
    width = len(TARGETS)
    is_known = (batch.targets != UNKNOWN).float()
    wanted = batch.targets.clamp(min=0)
    each = nn.functional.binary_cross_entropy_with_logits(logits[:, :width], wanted, reduction="none", pos_weight=weight)
    loss = (each * is_known).sum() / len(logits)
    has_severity = batch.severity >= 0
    if has_severity.any():
        loss = loss + SEVERITY_WEIGHT * nn.functional.cross_entropy(logits[has_severity, width:], batch.severity[has_severity])
    if len(batch.twins):
        positive, benign = logits[batch.twins[:, 0], :width], logits[batch.twins[:, 1], :width]
        asked = wanted[batch.twins[:, 0]]
        loss = loss + TWIN_WEIGHT * (nn.functional.softplus(2.0 - (positive - benign)) * asked).sum() / len(batch.twins)
    return loss


def predict(network: ScorerNetwork, batches: Batches, rows: Sequence[Row]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Return logits of `rows`, in their order."""
    network.eval()
    order = sorted(range(len(rows)), key=lambda place: len(rows[place].text) + sum(map(len, rows[place].context)))
    found: dict[int, np.ndarray[tuple[int], np.dtype[np.float32]]] = {}
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        for begin in range(0, len(order), 64):
            places = order[begin : begin + 64]
            batch = batches.batch([rows[place] for place in places])
            logits = network(batch.numbers, batch.mask, batch.segments).float().numpy()
            found.update(zip(places, logits, strict=True))
    network.train()
    return np.stack([found[place] for place in range(len(rows))])


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

    def __init__(self, batches: Batches, rows: Sequence[Row], out: Path) -> None:
        self._batches, self._rows, self._out = batches, rows, out
        self._noisy = [replace(row, text=batches.hear(row.text, place)) for place, row in enumerate(rows)]
        self._points: list[dict[str, float]] = []

    def add(self, step: int, network: ScorerNetwork) -> None:
        """Judge, print, and save the weights beside the curve."""
        clean = figures(predict(network, self._batches, self._rows), self._rows)
        noisy = figures(predict(network, self._batches, self._noisy), self._noisy)
        point = {"step": float(step), **clean, **{f"noisy_{name}": noisy[name] for name in SUMMARY}}
        self._points.append({name: round(value, 4) for name, value in point.items()})
        print(json.dumps(self._points[-1]), flush=True)
        torch.save(network.state_dict(), self._out / "network.pt")
        (self._out / "curve.json").write_text(json.dumps(self._points, indent=1) + "\n")


def optimiser_of(network: ScorerNetwork, rate: float, steps: int) -> tuple[torch.optim.Optimizer, LambdaLR]:
    """Return the optimiser and its schedule: a short warm-up, then straight down to zero."""
    head = list(network.head.parameters())
    rest = [weight for weight in network.encoder.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW([{"params": rest, "lr": rate}, {"params": head, "lr": 8 * rate}], weight_decay=0.01, fused=True)
    warm = max(steps // 16, 1)
    return optimiser, LambdaLR(optimiser, lambda step: min((step + 1) / warm, max(1.02 - step / steps, 0.0)))


def learn(network: ScorerNetwork, batches: Batches, curve: LearningCurve, *, steps: int, rate: float, every: int) -> None:
    """Train for `steps` steps."""
    rng = random.Random(SEED)
    optimiser, schedule = optimiser_of(network, rate, steps)
    weight = torch.full((len(TARGETS),), POSITIVE_WEIGHT)
    began, total = time.monotonic(), 0.0
    network.train()
    endless = (batch for _ in count() for batch in batches.epoch(rng))
    for step, batch in enumerate(islice(endless, steps), start=1):
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(batch.numbers, batch.mask, batch.segments)
        loss = loss_of(logits.float(), batch, weight)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        total += float(loss.detach())
        if step % LOGGED == 0:
            print(f"step {step} loss {total / LOGGED:.4f} {(time.monotonic() - began) / step:.2f} s a step", flush=True)
            total = 0.0
        if step % every == 0 or step == steps:
            curve.add(step, network)


def main() -> None:
    """Train and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/utterances.jsonl.gz"))
    parser.add_argument("--out", type=Path, default=Path("build/scorer"))
    parser.add_argument("--steps", type=int, default=3800)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--start", type=Path, help="weights of an earlier run to go on from")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--every", type=int, default=300, help="steps between two points of the learning curve")
    arguments = parser.parse_args()
    torch.manual_seed(SEED)
    torch.set_num_threads(arguments.threads)
    sentences = corpus.load()
    public = public_data(arguments.data, random.Random(SEED)).train
    own = own_rows([sentence for sentence in sentences if sentence.split == "train"])
    validation = own_rows([sentence for sentence in sentences if sentence.split == "validation"])
    print(f"own {len(own)}, validation {len(validation)}, public {len(public)} of {len(PUBLIC)} sources", flush=True)
    batches = Batches(own, public, Tokens(pretrained_folder() / "tokenizer.json"), corpus.load_heard())
    arguments.out.mkdir(parents=True, exist_ok=True)
    curve = LearningCurve(batches, validation, arguments.out)
    network = ScorerNetwork(pretrained_folder())
    if arguments.start:
        network.load_state_dict(torch.load(arguments.start, weights_only=True))
    learn(
        network, batches, curve,
        steps=arguments.steps, rate=arguments.rate, every=arguments.every,
    )  # fmt: skip


if __name__ == "__main__":
    main()
