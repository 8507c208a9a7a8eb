from itertools import permutations

from callguard.score.interruptions import Interruptions

S = 16_000


def count(*turns: tuple[str, float, float]) -> int:
    heard = Interruptions()
    for who, start_s, end_s in turns:
        take = heard.agent_spoke if who == "agent" else heard.caller_spoke
        take(int(start_s * S), int(end_s * S))
    return heard.count


def test_a_caller_who_talks_over_the_agent_interrupts_whichever_final_comes_first() -> None:
    turns = [("agent", 0, 5), ("caller", 3, 8)]

    assert {count(*order) for order in permutations(turns)} == {1}


def test_taking_turns_and_listening_noises_are_no_interruptions() -> None:
    assert count(("agent", 0, 5), ("caller", 4.8, 8)) == 0
    assert count(("agent", 0, 5), ("caller", 2, 2.6)) == 0
    assert count(("agent", 0, 5), ("caller", 6, 8)) == 0


def test_an_agent_who_talks_over_the_caller_is_not_counted() -> None:
    assert count(("caller", 0, 5), ("agent", 2, 8)) == 0


def test_one_turn_interrupts_once() -> None:
    assert count(("agent", 0, 4), ("caller", 2, 10), ("agent", 1, 6)) == 1
