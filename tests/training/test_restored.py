import random
from collections import Counter
from itertools import islice

import pytest

from callguard.score.factory import bundled_model
from callguard.score.tokens import Tokens
from training.batches import Reader
from training.corpus import Sentence
from training.noise import plain
from training.restored import FOLDS, TIMES, RestoredBatches, fold_of, restored
from training.rows import TARGETS, UNKNOWN, Row, own_rows

SAID = [
    "i will come down there and kill you tonight",
    "i will come down there and pay you tonight",
    "the bill for the water is too high again",
    "can you send the letter to my new address",
]


def sentence(number: int, text: str, *, sitting: str, twin: str | None = None) -> Sentence:
    is_threat = "kill" in text
    return Sentence(
        id=f"{sitting}:{number}",
        text=text,
        labels=("threat_personal",) if is_threat else (),
        severity=4 if is_threat else 0,
        context=("agent: how can i help",),
        brief="a brief",
        sitting=sitting,
        split="train",
        twin=twin,
        note="",
    )


@pytest.fixture(scope="module")
def sentences() -> list[Sentence]:
    """The same four sentences, ten times over in each of twelve sittings, the first two of them twins."""
    return [
        sentence(
            number, text, sitting=f"s{sitting}", twin=f"s{sitting}:{number ^ 1}" if number % len(SAID) < 2 else None
        )
        for sitting in range(12)
        for number, text in enumerate(SAID * 10)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def tokens() -> Tokens:
    return Tokens(bundled_model() / "tokenizer.json")


@pytest.fixture
def batches(sentences: list[Sentence], tokens: Tokens) -> RestoredBatches:
    own = own_rows(sentences[:40])
    public = [
        Row(text=f"line {number}", context=(), targets=(UNKNOWN,) * len(TARGETS), severity=-1, source="edos", twin=None)
        for number in range(5)
    ]
    heard = [[("what was heard", "what was said")] * TIMES for _ in own]
    return RestoredBatches(own, public, Reader(tokens), heard, size=8)


def test_a_sitting_lies_in_one_fold_and_there_is_something_in_each(sentences: list[Sentence]) -> None:
    folds = {(one.sitting, fold_of(one)) for one in sentences}

    assert len(folds) == 12
    assert {fold for _, fold in folds} == set(range(FOLDS))


def test_what_is_misheard_is_restored_by_sentences_of_other_sittings(sentences: list[Sentence]) -> None:
    found = restored(sentences[:40], sentences)

    pairs = [(one.text, *pair) for one, times in zip(sentences, found, strict=False) for pair in times]
    assert [len(times) for times in found] == [TIMES] * 40
    assert sum(heard != plain(text) for text, heard, _ in pairs) > 40
    assert any(said == plain(text) for text, heard, said in pairs if heard != plain(text))


def test_words_that_only_a_sentences_own_sitting_has_are_not_known_to_its_channel(sentences: list[Sentence]) -> None:
    odd = [sentence(number, "zymurgy and zoology all the livelong day", sitting="odd") for number in range(50)]

    found = restored(odd, [*sentences, *odd])

    assert all(heard == said for times in found for heard, said in times if "zoology" in heard)


def test_the_same_sentence_is_always_misheard_alike(sentences: list[Sentence]) -> None:
    assert restored(sentences[:8], sentences)[:4] == restored(sentences[:4], sentences)


def test_an_epoch_reads_each_sentence_in_all_ways_with_its_twin_and_each_public_row_once(batches: RestoredBatches) -> None:
    epoch = list(batches.epoch(random.Random(1)))

    read = Counter(place for batch in epoch for place in batch.places.tolist())
    assert read == dict.fromkeys(range(40), TIMES + 2) | dict.fromkeys(range(40, 45), 1)
    pairs = {(batch.places[positive], batch.places[benign]) for batch in epoch for positive, benign in batch.twins}
    assert pairs
    assert all(benign == positive + 1 for positive, benign in pairs)


def test_workers_together_read_what_one_reads(batches: RestoredBatches) -> None:
    alone = [batch.places.tolist() for batch in islice(batches.share(seed=3, worker=0, workers=1), 40)]
    first, second = (
        [batch.places.tolist() for batch in islice(batches.share(seed=3, worker=worker, workers=2), 20)] for worker in (0, 1)
    )

    assert [*first, *second] == [*alone[::2], *alone[1::2]]
