import json
from pathlib import Path

import pytest

from callguard.score.combined import CombinedScorer
from callguard.score.demands import DemandLog
from callguard.score.meaning import ALIKE
from callguard.terms import RATE_HZ
from tests.scorers import combined_scorer


@pytest.fixture(scope="module")
def combined() -> CombinedScorer:
    return combined_scorer()


def say(log: DemandLog, text: str, at_s: float) -> None:
    log.ask(text, start_sample=int(at_s * RATE_HZ), end_sample=int((at_s + 2) * RATE_HZ))


def answer(log: DemandLog, at_s: float) -> None:
    log.answer(int(at_s * RATE_HZ))


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
