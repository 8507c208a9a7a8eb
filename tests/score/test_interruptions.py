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


def test_the_next_piece_of_a_callers_long_turn_does_not_talk_over_an_agent_who_spoke_into_it() -> None:
    turns = [("caller", 0, 12), ("agent", 8, 15), ("caller", 12, 20)]

    assert {count(*order) for order in permutations(turns) if order.index(turns[0]) < order.index(turns[2])} == {0}


def test_the_pieces_of_an_agents_long_turn_are_one_that_can_be_talked_over() -> None:
    turns = [("agent", 0, 12), ("caller", 11.8, 18), ("agent", 12, 20)]

    assert {count(*order) for order in permutations(turns) if order.index(turns[0]) < order.index(turns[2])} == {1}


def test_a_long_turn_that_interrupts_does_so_once_in_all_its_pieces() -> None:
    assert count(("agent", 0, 5), ("caller", 3, 15), ("caller", 15, 27), ("agent", 14, 20), ("caller", 27, 30)) == 1


def test_an_agent_who_says_little_things_meanwhile_hides_no_interruption() -> None:
    said = [("agent", number + 0.1, number + 0.4) for number in range(6, 20)]

    assert count(("agent", 0, 5), *said, ("caller", 3, 21)) == 1


def test_what_goes_on_from_sounds_that_may_be_no_speech_is_no_interruption() -> None:
    heard = Interruptions()
    heard.caller_spoke(0, 5 * S, is_sure=False)
    heard.agent_spoke(3 * S, 9 * S)
    heard.caller_spoke(5 * S, 8 * S)

    assert heard.count == 0
