"""Batches: rows as they might come in, as arrays for every encoder that reads them. No torch."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import count
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from callguard.score.tokens import Tokens
from training.blends import crossed, spliced
from training.identities import swapped
from training.noise import Mishearing, misspelt, plain, starred, vocabulary
from training.rows import TARGETS, UNKNOWN, Row

BATCH = 32
PUBLIC_SHARE = 0.25
"""Public rows an epoch, for each of our own; each epoch draws others."""
CLOSEST = "convabuse"
"""The public source closest to our work: all its rows are read in every epoch."""
CLOSEST_PASSES = 4
"""Times that an epoch reads them, varied anew each time: our own sentences outnumber them by sixty."""
POOL_ROWS = 5_120
"""Batches of like length are cut from so many rows. A worker makes them in a second: it must not be waited for."""
LEARNT = 0.05
"""A row is learnt whose scores lay no further from the truth when it was last read."""
REVISITED = 0.3
"""Share of the learnt twins and rows that an epoch reads again: the time goes to what is not learnt yet."""
EARLIER_TURNS = 0.15
"""Share of our own sentences without earlier turns that are given some by chance."""
MISHEARD = 0.36
"""Share of the rows that are misheard, with their earlier turns."""
HEARD = 0.12
"""The same, as a real recogniser wrote them: where one has heard them."""
MISSPELT = 0.2
"""Share of the rows that are left as they are written that are mistyped: letters and chats have no recogniser."""
PLAIN = 0.2
"""Share of the rows that come without case and punctuation, beside those of HEARD that no recogniser has heard."""
POOR_AGENT_LINE = 0.2
"""Share of the rows that are left as they are written whose earlier turns are misheard all the same."""

Array = npt.NDArray[Any]
A = TypeVar("A")
B = TypeVar("B")
"""An array of numpy where batches are made, a tensor where they are learnt from."""


class Reading(NamedTuple, Generic[A]):
    """The texts of one step as one encoder reads them, each of shape (rows, tokens)."""

    numbers: A
    mask: A
    """1 at tokens, 0 at padding."""
    segments: A
    """0 at the text, 1 at earlier turns."""

    def each(self, change: Callable[[A], B]) -> "Reading[B]":
        """Return the reading with every array changed."""
        return Reading(change(self.numbers), change(self.mask), change(self.segments))


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch(Generic[A]):
    """What one step learns from."""

    readings: tuple[Reading[A], ...]
    """One for each reader, the learner's first."""
    targets: A
    """1, 0 or UNKNOWN, shape (rows, len(TARGETS))."""
    severity: A
    """0 to 4, or -1 where it is not known, shape (rows,)."""
    graded: A
    """Places of the rows whose severity is known: found here, because a GPU would have to be waited for."""
    twins: A
    """Pairs of rows (positive, benign) of this batch, shape (pairs, 2)."""
    places: A
    """Where each row stands among our own, or -1, shape (rows,)."""

    def each(self, change: Callable[[A], B]) -> "Batch[B]":
        """Return the batch with every array changed."""
        return Batch(
            readings=tuple(reading.each(change) for reading in self.readings),
            targets=change(self.targets),
            severity=change(self.severity),
            graded=change(self.graded),
            twins=change(self.twins),
            places=change(self.places),
        )


class Memory(NamedTuple):
    """How far the scores of sentences lay from the truth when they were last read."""

    keys: Array
    """A number for each text with its earlier turns and labels (`keys_of`)."""
    strayed: Array
    """0 to 1."""

    def save(self, path: Path) -> None:
        """Write it beside a run's weights."""
        np.savez_compressed(path, keys=self.keys, strayed=self.strayed.astype(np.float16))

    @classmethod
    def load(cls, path: Path) -> "Memory":
        """Read it again."""
        with np.load(path) as stored:
            return cls(stored["keys"], stored["strayed"].astype(np.float32))


def keys_of(rows: Sequence[Row]) -> Array:
    """Return a number for each row's text, earlier turns and labels.

    Sentences come and go between two runs, their places with them, and what was learnt under another label is not learnt.
    """
    texts = ("\n".join((row.text, *row.context, str(row.targets))) for row in rows)
    return np.array([int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) for text in texts], np.uint64)


Numbered = tuple[list[int], list[int]]
"""A text's token numbers and segment numbers (`Tokens.numbers`)."""


class Reader:
    """Makes an encoder's arrays of rows."""

    def __init__(self, tokens: Tokens, *, padding: int = 0) -> None:
        """Fill up short texts with `padding`, the encoder's own number for it."""
        self._tokens, self._padding = tokens, padding

    def numbered(self, row: Row) -> Numbered:
        """Return the numbers of `row`: the dear part of reading, for which half of a worker's time goes."""
        return self._tokens.numbers(row.text, row.context)

    def laid(self, texts: Sequence[Numbered]) -> Reading[Array]:
        """Return texts as arrays, padded to the longest."""
        shape = len(texts), max(len(numbers) for numbers, _ in texts)
        reading = Reading(np.full(shape, self._padding, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.int64))
        for place, (numbers, segments) in enumerate(texts):
            reading.numbers[place, : len(numbers)] = numbers
            reading.mask[place, : len(numbers)] = 1
            reading.segments[place, : len(numbers)] = segments
        return reading

    def read(self, rows: Sequence[Row]) -> Reading[Array]:
        """Return `rows`, padded to the longest."""
        return self.laid([self.numbered(row) for row in rows])


class Renumbering:
    """What an encoder reads that cuts texts as the learner does and has other numbers for the pieces (MPNet beside BERT)."""

    def __init__(self, numbers: Array, *, padding: int) -> None:
        """`numbers` holds at each of the learner's numbers the encoder's own."""
        self._numbers, self._padding = numbers, padding

    def of(self, reading: Reading[Array]) -> Reading[Array]:
        """Return the learner's reading in the encoder's numbers."""
        return reading._replace(numbers=np.where(reading.mask == 1, self._numbers[reading.numbers], self._padding))


class Batches:
    """Makes the batches of an epoch."""

    def __init__(
        self,
        own: Sequence[Row],
        public: Sequence[Row],
        readers: tuple[Reader, *tuple[Reader | Renumbering, ...]],
        misheard: dict[str, list[str]],
        *,
        size: int = BATCH,
        blends: float = 0.0,
    ) -> None:
        """`misheard` holds what a real recogniser made of a text; `readers` are the learner's and then its teachers'.

        `blends` texts without labels are read for each pair of twins and each row without one: they need a teacher.
        """
        self._own = [replace(row, place=place) for place, row in enumerate(own)]
        self._public, self._misheard, self._size, self._blends = public, misheard, size, blends
        self._reader, *self._others = readers
        self._strayed = np.ones(len(own), np.float32)
        self.noise = Mishearing(vocabulary([row.text for row in (*own, *public)]))
        self._agent_turns = [turn for row in own for turn in row.context if turn.startswith("agent: ")]

    def epoch(self, rng: random.Random) -> Iterator[Batch[Array]]:
        """Yield the batches of one epoch: of what is learnt already (`heed`) only a part."""
        kept = [row for block in blocks_of(self._own) if not self._is_learnt(block) or rng.random() < REVISITED for row in block]
        blocks = blocks_of(self._with_public(kept, rng))
        rng.shuffle(blocks)
        for pool in self._pools(blocks):
            yield from self._cut(pool, rng)

    def share(self, *, seed: int, worker: int, workers: int) -> Iterator[Batch[Array]]:
        """Yield one worker's part of endless epochs: of `workers` pools in a row one, so that all together make every epoch.

        A worker varies and cuts its own pools only; which rows an epoch has, all of them draw alike. They hear nothing of what is
        learnt: every epoch has all of our own.
        """
        begun = 0
        for epoch in count():
            rng = random.Random(f"{seed} {epoch}")
            blocks = blocks_of(self._with_public(self._own, rng))
            rng.shuffle(blocks)
            pools = list(self._pools(blocks))
            for number, pool in enumerate(pools, start=begun):
                if number % workers == worker:
                    yield from self._cut(pool, random.Random(f"{seed} {epoch} {number}"))
            begun += len(pools)

    def heed(self, places: Array, strayed: Array) -> None:
        """Note how far the scores of rows lay from the truth (0 to 1), where they were read now; `places` as in `Batch`."""
        own = places >= 0
        self._strayed[places[own]] = strayed[own]

    def memory(self) -> Memory:
        """Return what was heeded, for another run to begin with."""
        return Memory(keys_of(self._own), self._strayed)

    def remember(self, memory: Memory) -> None:
        """Begin with what an earlier run heeded; a row that it had not is not learnt."""
        known = dict(zip(memory.keys.tolist(), memory.strayed.tolist(), strict=True))
        self._strayed = np.array([known.get(key, 1.0) for key in keys_of(self._own).tolist()], np.float32)

    def batch(self, rows: Sequence[Row]) -> Batch[Array]:
        """Return `rows` as arrays."""
        return self._batch(rows, [self._reader.numbered(row) for row in rows])

    def read(self, rows: Sequence[Row]) -> Reading[Array]:
        """Return `rows` as the learner reads them."""
        return self._reader.read(rows)

    def hear(self, text: str, seed: int) -> str:
        """Return `text` with 30 % word errors, always the same for a seed."""
        return self.noise.hear(text, random.Random(seed), word_errors=0.3)

    def _is_learnt(self, block: Sequence[Row]) -> bool:
        return all(self._strayed[row.place] <= LEARNT for row in block)

    def _with_public(self, own: Sequence[Row], rng: random.Random) -> list[Row]:
        """Return the rows of an epoch: our own, those of the closest source some times over, and some of the others."""
        closest = [row for row in self._public if row.source == CLOSEST]
        others = [row for row in self._public if row.source != CLOSEST]
        drawn = rng.sample(others, min(len(others), int(PUBLIC_SHARE * len(own))))
        return [*own, *drawn, *CLOSEST_PASSES * closest]

    def _pools(self, blocks: Sequence[list[Row]]) -> Iterator[Sequence[list[Row]]]:
        per_pool = max(POOL_ROWS * len(blocks) // sum(map(len, blocks)), 1)
        for begin in range(0, len(blocks), per_pool):
            yield blocks[begin : begin + per_pool]

    def _cut(self, pool: Sequence[list[Row]], rng: random.Random) -> Iterator[Batch[Array]]:
        """Vary a pool and cut it."""
        yield from self.cut([[self._varied(row, rng) for row in block] for block in (*pool, *self._blended(pool, rng))], rng)

    def cut(self, varied: Sequence[list[Row]], rng: random.Random) -> Iterator[Batch[Array]]:
        """Yield batches of like length, in an order of chance; the rows of a block come together."""
        # By its letters a text would be padded by a fifth more than by its tokens.
        numbered = [[(row, self._reader.numbered(row)) for row in block] for block in varied]
        numbered.sort(key=lambda block: max(len(numbers) for _, (numbers, _) in block))
        cut: list[list[tuple[Row, Numbered]]] = [[]]
        for block in numbered:
            if cut[-1] and len(cut[-1]) + len(block) > self._size:  # twins are learnt from together
                cut.append([])
            cut[-1] += block
        rng.shuffle(cut)
        for some in cut:
            rows, texts = zip(*some, strict=True)
            yield self._batch(rows, texts)

    def _batch(self, rows: Sequence[Row], texts: Sequence[Numbered]) -> Batch[Array]:
        places: dict[str, list[int]] = {}
        for place, row in enumerate(rows):
            if row.twin:
                places.setdefault(row.twin, []).append(place)
        twins = [sorted(pair, key=lambda place: -max(rows[place].targets)) for pair in places.values() if len(pair) == 2]
        severity = np.array([row.severity for row in rows], np.int64)
        reading = self._reader.laid(texts)
        others = (other.of(reading) if isinstance(other, Renumbering) else other.read(rows) for other in self._others)
        return Batch(
            readings=(reading, *others),
            targets=np.array([row.targets for row in rows], np.float32),
            severity=severity,
            graded=np.flatnonzero(severity >= 0),
            twins=np.array(twins, np.int64).reshape(-1, 2),
            places=np.array([row.place for row in rows], np.int64),
        )

    def _blended(self, pool: Sequence[list[Row]], rng: random.Random) -> list[list[Row]]:
        """Return rows between twins, and between a row without one and any other."""
        made: list[list[Row]] = []
        for block in pool:
            if rng.random() >= self._blends:
                continue
            one, other = block if len(block) == 2 else (block[0], rng.choice(self._own))
            text = (crossed if len(block) == 2 else spliced)(one.text, other.text, rng)
            unknown = (UNKNOWN,) * len(TARGETS)
            made.append([Row(text=text, context=one.context, targets=unknown, severity=-1, source="blend", twin=None)])
        return made

    def heard_turns(self, turns: Sequence[str], rng: random.Random, *, word_errors: float) -> tuple[str, ...]:
        """Return earlier turns as the same recogniser wrote them: a line that garbles what is said now garbled those, too."""
        parts = (turn.partition(": ") for turn in turns)
        return tuple(f"{who}: {self.noise.hear(said, rng, word_errors=word_errors)}" for who, _, said in parts)

    def _varied(self, row: Row, rng: random.Random) -> Row:
        """Return the row as it might come in: as written, mistyped, plain, starred, or misheard; at times after chance turns."""
        kind = rng.random()
        text, context = row.text, row.context
        if not context and row.source == "own" and rng.random() < EARLIER_TURNS:
            context = self._chance_turns(rng)
        if kind < MISHEARD:
            errors = rng.uniform(0.1, 0.45)
            text = self.noise.hear(text, rng, word_errors=errors)
            context = self.heard_turns(context, rng, word_errors=errors)
        elif kind < MISHEARD + HEARD and text in self._misheard:
            text = rng.choice(self._misheard[text])
            context = self.heard_turns(context, rng, word_errors=rng.uniform(0.1, 0.45))
        elif kind < MISHEARD + HEARD + PLAIN:
            text = plain(text)
            context = self.heard_turns(context, rng, word_errors=0.0)
        else:
            if context and rng.random() < POOR_AGENT_LINE:
                context = self.heard_turns(context, rng, word_errors=rng.uniform(0.1, 0.6))
            if rng.random() < MISSPELT:
                text = misspelt(text, rng)
        if rng.random() < 0.1:
            text = starred(text, rng)
        if rng.random() < 0.3:
            text = swapped(text, rng)
        return replace(row, text=text or row.text, context=context)

    def _chance_turns(self, rng: random.Random) -> tuple[str, ...]:
        earlier = f"caller: {rng.choice(self._own).text}"
        if not self._agent_turns:
            return (earlier,)
        agent = rng.choice(self._agent_turns)
        return rng.choice(((earlier, agent), (agent,), (agent, earlier), (earlier,)))


def blocks_of(rows: Sequence[Row]) -> list[list[Row]]:
    """Return `rows` with twins together, so that they come into one batch."""
    groups: dict[str, list[Row]] = {}
    for place, row in enumerate(rows):
        groups.setdefault(row.twin or str(place), []).append(row)
    return list(groups.values())
