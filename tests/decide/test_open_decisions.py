from callguard.decide.open_decisions import OpenDecisions
from callguard.decide.standing import Level
from callguard.events import Decision
from callguard.terms import Category, Role
from tests.decide.stage import Stage

KEY = (Role.CALLER, 1)


def provisional() -> list[Decision]:
    said = Stage().caller(Category.HATE, at_s=5, segment=1, final=False)
    return [one for one in said if isinstance(one, Decision)]


def test_speech_that_led_to_nothing_has_not_been_answered() -> None:
    assert OpenDecisions().answered(KEY) == (Level.QUIET, False)
    assert OpenDecisions().read_again(KEY, Level.THREAT, is_care=False, is_settled=True) == ([], [])


def test_an_answer_without_a_decision_counts_because_what_stands_already_says_it() -> None:
    decisions = OpenDecisions()

    decisions.note(KEY, Level.SEVERE, is_care=False, decisions=[])

    assert decisions.answered(KEY) == (Level.SEVERE, False)


def test_what_was_withdrawn_has_not_been_answered_any_more() -> None:
    decisions = OpenDecisions()
    decisions.note(KEY, Level.SEVERE, is_care=False, decisions=provisional())

    _, dropped = decisions.read_again(KEY, Level.HEATED, is_care=False, is_settled=True)

    assert dropped == ["c1:1", "c1:2"]
    assert decisions.answered(KEY) == (Level.QUIET, False)


def test_doubtful_text_keeps_open_what_it_supports() -> None:
    decisions = OpenDecisions()
    decisions.note(KEY, Level.SEVERE, is_care=False, decisions=provisional())

    assert decisions.read_again(KEY, Level.SEVERE, is_care=False, is_settled=False) == ([], [])
    assert decisions.read_again(KEY, Level.SEVERE, is_care=False, is_settled=True) == (["c1:1", "c1:2"], [])
