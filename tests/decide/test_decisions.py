from callguard.decide.decisions import DecisionWriter, cause_by_person, cause_of
from callguard.decide.policy import load_policy
from callguard.terms import CallState, Category
from tests.decide.stage import TEXT, WORDS, score

POLICY = load_policy("standard")


def test_a_cause_without_spans_carries_the_whole_text() -> None:
    assert cause_of(score(at_s=5, segment=1, angry=True), None).because == TEXT


def test_a_cause_carries_only_the_words_of_its_own_category() -> None:
    assert cause_of(score(Category.HATE, at_s=5, segment=1), Category.HATE).because == WORDS


def test_running_and_doubtful_text_make_a_provisional_cause() -> None:
    running = cause_of(score(Category.HATE, at_s=5, segment=1, final=False), Category.HATE)
    doubtful = cause_of(score(Category.HATE, at_s=5, segment=1, reliable=False), Category.HATE)

    assert (running.is_provisional, running.is_reliable) == (True, True)
    assert (doubtful.is_provisional, doubtful.is_reliable) == (True, False)


def test_an_agent_whom_the_phone_system_did_not_name_is_still_somebody() -> None:
    writer = DecisionWriter("c1", POLICY, organisation="Larkfield", agent="")

    alert = writer.alert(cause_by_person(0, "help"), POLICY.ladder.help, CallState.QUIET)

    assert alert.text == "The agent asks for help with this call."
