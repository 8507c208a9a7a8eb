import json
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from callguard.score.combined import CombinedScorer
from callguard.score.demands import REMEMBERED, DemandLog
from callguard.score.meaning import ALIKE
from callguard.terms import RATE_HZ, Samples
from tests.scorers import combined_scorer


@pytest.fixture(scope="module")
def combined() -> CombinedScorer:
    return combined_scorer()


def say(log: DemandLog, text: str, at_s: float) -> None:
    log.ask(text, start_sample=int(at_s * RATE_HZ), end_sample=int((at_s + 2) * RATE_HZ))


def answer(log: DemandLog, at_s: float) -> None:
    log.answer(int(at_s * RATE_HZ))


def by_last_word(text: str) -> Samples:
    """Texts that end in the same number are about the same thing."""
    vector = np.zeros(2 * REMEMBERED, np.float32)
    vector[int(text.rsplit(maxsplit=1)[-1])] = 1
    return vector


def count(*turns: tuple[str, float]) -> int:
    """Return what is counted of demands that begin and answers that end at these seconds, in this order."""
    log = DemandLog(by_last_word)
    for who, at_s in turns:
        if who == "agent":
            answer(log, at_s)
        else:
            say(log, "i want number 1", at_s)
    return log.most_repeated


def merged(*sides: list[tuple[str, float]]) -> Iterator[list[tuple[str, float]]]:
    """Yield every order in which the finals of two sides can come, each side's own in order."""
    first, other = sides
    for places in combinations(range(len(first) + len(other)), len(first)):
        one, two = iter(first), iter(other)
        yield [next(one) if place in places else next(two) for place in range(len(first) + len(other))]


def test_a_demand_made_again_in_other_words_after_an_answer_is_a_repetition(combined: CombinedScorer) -> None:
    log = DemandLog(combined.meaning)
    say(log, "when is the engineer coming", 0)
    answer(log, 10)
    say(log, "i asked you when the engineer will be here", 20)
    answer(log, 30)
    say(log, "just tell me when the engineer comes", 40)

    assert log.most_repeated == 2


def test_what_nobody_has_answered_yet_may_be_asked_again(combined: CombinedScorer) -> None:
    log = DemandLog(combined.meaning)
    for at_s in (0, 20, 40):
        say(log, "when is the engineer coming", at_s)

    assert log.most_repeated == 0


def test_the_same_breath_is_no_repetition(combined: CombinedScorer) -> None:
    log = DemandLog(combined.meaning)
    say(log, "i want my money back", 0)
    answer(log, 3)
    say(log, "i want my money back", 5)

    assert log.most_repeated == 0


def test_different_demands_and_answers_to_questions_are_not_repeated_ones(combined: CombinedScorer) -> None:
    log = DemandLog(combined.meaning)
    said = (
        "i want to book a flight",
        "my name is martin hill",
        "can i have a window seat",
        "yes that is right",
        "how much is it",
    )
    for number, text in enumerate(said):
        say(log, text, 20 * number)
        answer(log, 20 * number + 10)

    assert log.most_repeated == 0


def test_an_agent_who_murmurs_while_a_demand_is_made_again_has_still_answered_before() -> None:
    assert count(("caller", 0), ("agent", 10), ("agent", 21), ("caller", 20)) == 1


def test_the_same_turns_count_the_same_in_whatever_order_the_two_sides_come() -> None:
    caller = [("caller", at_s) for at_s in (0.0, 20.0, 25.0, 50.0, 70.0)]
    agent = [("agent", at_s) for at_s in (10.0, 21.0, 49.5, 72.0)]

    assert {count(*order) for order in merged(caller, agent)} == {2}


def test_a_caller_who_talks_long_while_the_agent_murmurs_is_compared_with_the_answer_before() -> None:
    murmurs = [("agent", 20.5 + number) for number in range(28)]

    assert count(("caller", 0), ("agent", 10), *murmurs, ("caller", 20)) == 1


def test_the_count_does_not_sink_when_the_caller_asks_for_many_other_things() -> None:
    log = DemandLog(by_last_word)
    for at_s in (0, 20, 40):
        say(log, "i want number 0", at_s)
        answer(log, at_s + 10)
    for number in range(1, REMEMBERED + 2):
        say(log, f"i want number {number}", 60 + 20 * number)

    assert log.most_repeated == 2


def test_the_demand_that_was_not_made_for_longest_is_forgotten_first() -> None:
    log = DemandLog(by_last_word)
    for number in range(REMEMBERED):
        say(log, f"i want number {number}", 20 * number)
    answer(log, 600)
    say(log, "i want number 0", 620)
    say(log, f"i want number {REMEMBERED}", 640)
    answer(log, 650)
    say(log, "i want number 0", 660)

    assert log.most_repeated == 2


def test_a_scorer_that_knows_no_meanings_counts_nothing() -> None:
    log = DemandLog(lambda _: None)
    for at_s in (0, 20):
        say(log, "i want my money back", at_s)
        answer(log, at_s + 10)

    assert log.most_repeated == 0


def test_reworded_demands_are_told_from_different_ones(combined: CombinedScorer) -> None:
    rows = [json.loads(line) for line in (Path(__file__).parent / "data" / "demands.jsonl").read_text().splitlines()]
    first = [combined.meaning(row["first"]) for row in rows]
    again = [combined.meaning(row["again"]) for row in rows]
    found = [float(one @ other) >= ALIKE for one, other in zip(first, again, strict=True)]
    mistaken = [float(one @ other) >= ALIKE for a, one in enumerate(first) for b, other in enumerate(again) if a != b]

    assert sum(found) >= 32
    assert sum(mistaken) <= 5
