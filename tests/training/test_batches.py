import random
from collections import Counter
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from callguard.score.factory import bundled_model
from callguard.score.tokens import Tokens
from training.batches import LEARNT, POOL_ROWS, Batches, Memory, Numbered, Reader, Renumbering
from training.rows import TARGETS, UNKNOWN, Row


def row(text: str, *, severity: int = 0, twin: str | None = None, source: str = "own", context: tuple[str, ...] = ()) -> Row:
    targets = (float(severity > 0),) * len(TARGETS)
    return Row(text=text, context=context, targets=targets, severity=severity, source=source, twin=twin)


def many(count: int) -> list[Row]:
    return [row(f"line {number} about the bill", context=("agent: hello",)) for number in range(count)]


@pytest.fixture(scope="module")
def tokens() -> Tokens:
    return Tokens(bundled_model() / "tokenizer.json")


def batches(tokens: Tokens, own: list[Row], *, size: int = 4) -> Batches:
    return Batches(own, (), (Reader(tokens),), {}, size=size)


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


def test_twins_come_into_one_batch_wherever_it_is_cut(tokens: Tokens) -> None:
    pairs = [row(f"line {number // 2}", severity=4 * (number % 2), twin=str(number // 2)) for number in range(200)]

    epoch = list(batches(tokens, [row("hello"), *pairs, row("good bye")], size=5).epoch(random.Random(1)))

    assert sum(len(made.twins) for made in epoch) == 100
    assert sum(len(made.targets) for made in epoch) == 202
    assert max(len(made.targets) for made in epoch) <= 5


def test_the_same_seed_makes_the_same_epoch(tokens: Tokens) -> None:
    maker = batches(tokens, many(20))

    first, again = ([made.readings[0].numbers for made in maker.epoch(random.Random(3))] for _ in range(2))

    assert all(np.array_equal(one, other) for one, other in zip(first, again, strict=True))


def test_what_is_learnt_is_read_again_only_in_part_twins_both_or_none(tokens: Tokens) -> None:
    pairs = [
        row(f"line {number}", twin=str(number // 2), severity=4 * (number % 2), context=("agent: hello",))
        for number in range(800)
    ]
    maker = batches(tokens, pairs, size=32)
    everything = list(maker.epoch(random.Random(1)))
    learnt = np.array([place for made in everything for place in made.places if place < 400])

    maker.heed(learnt, np.full(len(learnt), LEARNT, np.float32))
    places = [place for made in maker.epoch(random.Random(2)) for place in made.places.tolist()]

    again = [place for place in places if place < 400]
    assert len(places) - len(again) == 400
    assert 0.2 < len(again) / 400 < 0.4
    assert {place ^ 1 for place in again} == set(again)


def test_a_row_that_is_forgotten_is_read_in_every_epoch_again(tokens: Tokens) -> None:
    maker = batches(tokens, many(40))
    places = np.arange(40)

    maker.heed(places, np.zeros(40, np.float32))
    maker.heed(places, np.full(40, 0.6, np.float32))

    assert sum(len(made.targets) for made in maker.epoch(random.Random(1))) == 40


def test_public_rows_are_none_of_our_own(tokens: Tokens) -> None:
    public = [row(f"balance {number}", source="banking77") for number in range(8)]
    maker = Batches(many(8), public, (Reader(tokens),), {}, size=4)

    places = sorted(place for made in maker.epoch(random.Random(1)) for place in made.places.tolist())

    assert places == [-1, -1, *range(8)]
    maker.heed(np.array([-1, 3]), np.array([0.0, 0.0], np.float32))


def test_the_workers_shares_together_are_whole_epochs(tokens: Tokens) -> None:
    own = [row(f"line {number}", severity=number % 5, context=("agent: hello",)) for number in range(3 * POOL_ROWS)]
    maker = batches(tokens, own, size=64)
    per_epoch = len(own) // 64

    shares = [list(islice(maker.share(seed=1, worker=worker, workers=3), per_epoch // 3)) for worker in range(3)]

    # A worker's pool each: all rows of one epoch, so that every severity is met as often as it stands there.
    assert Counter(int(grade) for share in shares for made in share for grade in made.severity) == Counter(
        one.severity for one in own
    )


def test_every_reader_reads_the_same_texts(tokens: Tokens) -> None:
    maker = Batches(many(8), (), (Reader(tokens), Reader(tokens, padding=9)), {}, size=4)

    first, second = next(iter(maker.epoch(random.Random(1)))).readings

    assert np.array_equal(first.numbers * first.mask, second.numbers * second.mask)


def test_an_encoder_with_other_numbers_for_the_same_pieces_reads_what_the_learner_read(tokens: Tokens) -> None:
    other = Renumbering(np.arange(tokens.size) + 4, padding=1)
    maker = Batches(many(8), (), (Reader(tokens), other), {}, size=4)

    first, second = maker.batch([row("no"), row("no thank you", context=("agent: more",))]).readings

    assert np.array_equal(second.numbers, np.where(first.mask == 1, first.numbers + 4, 1))
    assert np.array_equal(second.mask, first.mask)
    assert np.array_equal(second.segments, first.segments)


def test_blends_have_no_labels_and_stand_between_twins_or_two_rows(tokens: Tokens) -> None:
    own = [
        row(f"you will {word} for it at number {number}", twin=str(number), context=("agent: hello",))
        for number in range(200)
        for word in ("pay", "send")
    ]
    reader = Remembering(tokens)

    for _ in Batches([*own, *many(200)], (), (reader,), {}, size=16, blends=0.5).epoch(random.Random(1)):
        pass

    made = [one for one in reader.rows if one.source == "blend"]
    assert len(reader.rows) == 600 + len(made)
    assert 150 < len(made) < 250
    assert all(one.targets == (UNKNOWN,) * len(TARGETS) and one.severity < 0 and one.place < 0 for one in made)


class Remembering(Reader):
    """A reader that remembers what it read."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(tokens)
        self.rows: list[Row] = []

    def numbered(self, row: Row) -> Numbered:
        self.rows.append(row)
        return super().numbered(row)


def test_what_garbles_a_row_garbles_its_earlier_turns_and_speakers_stay(tokens: Tokens) -> None:
    said = "they will be over there by four with their two new tables and a chair"
    reader = Remembering(tokens)
    maker = Batches([row(said, context=(f"agent: {said}",)) for _ in range(400)], (), (reader,), {}, size=8)

    for _ in maker.epoch(random.Random(1)):
        pass

    turns = [one.context[0] for one in reader.rows]
    assert all(turn.startswith("agent: ") for turn in turns)
    garbled = [turn != f"agent: {said}" for one, turn in zip(reader.rows, turns, strict=True) if one.text != said]
    assert np.mean(garbled) > 0.8  # the others are mistyped, which no recogniser does to a turn
    assert 0.35 < np.mean([turn != f"agent: {said}" for turn in turns]) < 0.55


def test_one_in_five_of_what_is_left_as_written_is_mistyped_and_nothing_else(tokens: Tokens) -> None:
    said = "They are over there"  # a capital shows what was left as written: what a recogniser wrote has none
    reader = Remembering(tokens)
    for _ in Batches([row(said, context=("agent: hello",)) for _ in range(2000)], (), (reader,), {}, size=8).epoch(
        random.Random(1)
    ):
        pass

    written = [one.text for one in reader.rows if one.text.startswith("T")]
    assert 0.12 < np.mean([text != said for text in written]) < 0.25


def test_what_was_learnt_under_another_label_is_not_learnt(tokens: Tokens) -> None:
    before, after = batches(tokens, many(8)), batches(tokens, [replace(one, targets=(1.0,) * len(TARGETS)) for one in many(8)])
    before.heed(np.arange(8), np.zeros(8, np.float32))

    after.remember(before.memory())

    assert (after.memory().strayed == 1).all()


def test_what_a_run_has_learnt_another_begins_with_and_new_sentences_are_not_learnt(tokens: Tokens, tmp_path: Path) -> None:
    before, after = batches(tokens, many(40)), batches(tokens, [*many(40)[::-1], row("line 41"), row("line 0 about the bill")])
    before.heed(np.arange(40), np.where(np.arange(40) < 20, 0.0, 0.5).astype(np.float32))

    before.memory().save(tmp_path / "strayed.npz")
    after.remember(Memory.load(tmp_path / "strayed.npz"))

    places = [place for seed in range(8) for made in after.epoch(random.Random(seed)) for place in made.places.tolist()]
    often = Counter(places)
    assert all(often[place] == 8 for place in (*range(20), 40, 41))  # lines 39 to 20, the new one, and one without its turns
    assert 0.15 < sum(often[place] for place in range(20, 40)) / (8 * 20) < 0.45
