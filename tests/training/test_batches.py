import random
from collections import Counter
from itertools import islice

import numpy as np
import pytest

from callguard.score.factory import bundled_model
from callguard.score.tokens import Tokens
from training.batches import Batches, Reader
from training.rows import TARGETS, Row


def row(text: str, *, severity: int = 0, twin: str | None = None, source: str = "own", context: tuple[str, ...] = ()) -> Row:
    targets = (float(severity > 0),) * len(TARGETS)
    return Row(text=text, context=context, targets=targets, severity=severity, source=source, twin=twin)


def many(count: int) -> list[Row]:
    return [row(f"line {number} about the bill", context=("agent: hello",)) for number in range(count)]


@pytest.fixture(scope="module")
def tokens() -> Tokens:
    return Tokens(bundled_model() / "tokenizer.json")


def batches(tokens: Tokens, own: list[Row], *, size: int = 4) -> Batches:
    return Batches(own, (), [Reader(tokens)], {}, size=size)


def test_short_texts_are_filled_up_with_the_encoders_own_number(tokens: Tokens) -> None:
    numbers, mask, segments = Reader(tokens, padding=7).read([row("no"), row("no thank you", context=("agent: more",))])

    assert numbers.shape == mask.shape == segments.shape
    assert (numbers[0, mask[0] == 0] == 7).all()
    assert mask[0].sum() == 3
    assert segments[1].sum() > 0


def test_twins_are_found_the_abusive_one_first(tokens: Tokens) -> None:
    benign, abusive = row("pay in person", twin="a"), row("you will pay", severity=4, twin="a")

    made = batches(tokens, many(2)).batch([benign, row("hello"), abusive])

    assert made.twins.tolist() == [[2, 0]]


def test_rows_whose_severity_is_not_known_are_not_graded(tokens: Tokens) -> None:
    made = batches(tokens, many(2)).batch([row("hello", severity=-1), row("you fool", severity=2)])

    assert made.graded.tolist() == [1]


def test_an_epoch_holds_every_row_of_our_own_once_and_keeps_twins_together(tokens: Tokens) -> None:
    own = [*many(30), row("you will pay for it", severity=4, twin="a"), row("we will pay for it", twin="a")]

    epoch = list(batches(tokens, own, size=32).epoch(random.Random(1)))

    assert sum(len(made.targets) for made in epoch) == len(own)
    assert sum(len(made.twins) for made in epoch) == 1


def test_the_same_seed_makes_the_same_epoch(tokens: Tokens) -> None:
    maker = batches(tokens, many(20))

    first, again = ([made.readings[0].numbers for made in maker.epoch(random.Random(3))] for _ in range(2))

    assert all(np.array_equal(one, other) for one, other in zip(first, again, strict=True))


def test_the_workers_shares_together_are_whole_epochs(tokens: Tokens) -> None:
    own = [row(f"line {number}", severity=number % 5, context=("agent: hello",)) for number in range(4 * 40 * 3)]
    maker = batches(tokens, own)
    per_epoch = len(own) // 4

    shares = [list(islice(maker.share(seed=1, worker=worker, workers=3), per_epoch // 3)) for worker in range(3)]

    # A worker's pool of 40 batches each: all rows of one epoch, so that every severity is met as often as it stands there.
    assert Counter(int(grade) for share in shares for made in share for grade in made.severity) == Counter(
        one.severity for one in own
    )


def test_every_reader_reads_the_same_texts(tokens: Tokens) -> None:
    maker = Batches(many(8), (), [Reader(tokens), Reader(tokens, padding=9)], {}, size=4)

    first, second = next(iter(maker.epoch(random.Random(1)))).readings

    assert np.array_equal(first.numbers * first.mask, second.numbers * second.mask)
