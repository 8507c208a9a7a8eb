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
    assert OpenDecisions().read_again(KEY, Level.THREAT, labels=(), is_care=False, is_settled=True) == ([], [])


def test_an_answer_without_a_decision_counts_because_what_stands_already_says_it() -> None:
    decisions = OpenDecisions()

    decisions.note(KEY, Level.SEVERE, category="hate", is_care=False, decisions=[])

    assert decisions.answered(KEY) == (Level.SEVERE, False)


def test_what_was_withdrawn_has_not_been_answered_any_more() -> None:
    decisions = OpenDecisions()
    decisions.note(KEY, Level.SEVERE, category="hate", is_care=False, decisions=provisional())

    _, dropped = decisions.read_again(KEY, Level.HEATED, labels=("hate",), is_care=False, is_settled=True)

    assert dropped == ["c1:1", "c1:2"]
    assert decisions.answered(KEY) == (Level.QUIET, False)


def test_doubtful_text_keeps_open_what_it_supports() -> None:
    decisions = OpenDecisions()
    decisions.note(KEY, Level.SEVERE, category="hate", is_care=False, decisions=provisional())

    assert decisions.read_again(KEY, Level.SEVERE, labels=("hate",), is_care=False, is_settled=False) == ([], [])
    assert decisions.read_again(KEY, Level.SEVERE, labels=("hate",), is_care=False, is_settled=True) == (["c1:1", "c1:2"], [])


def test_a_category_that_is_alerted_for_itself_bears_out_no_other_of_its_row() -> None:
    decisions = OpenDecisions()
    decisions.note(KEY, Level.SEVERE, category="hate", is_care=False, decisions=provisional())

    assert decisions.read_again(KEY, Level.SEVERE, labels=("sexual",), is_care=False, is_settled=True) == ([], ["c1:1", "c1:2"])


def test_a_threat_bears_out_what_is_milder() -> None:
    decisions = OpenDecisions()
    decisions.note(KEY, Level.SEVERE, category="hate", is_care=False, decisions=provisional())

    said = decisions.read_again(KEY, Level.THREAT, labels=("threat_personal",), is_care=False, is_settled=True)

    assert said == (["c1:1", "c1:2"], [])
