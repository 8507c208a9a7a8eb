from callguard.decide.decisions import DecisionWriter, cause_by_person, cause_of
from callguard.decide.policy import bundled_policies, load_policy, read_policy
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


def test_what_joins_an_instruction_to_its_question_or_number_is_in_the_language_of_the_call() -> None:
    german = read_policy(
        bundled_policies()["standard"]
        .read_text(encoding="utf-8")
        .replace("[translations.de]\n", '[translations.de]\ncrisis_line = "TelefonSeelsorge, 0800 1110111"\n'),
        "mine",
    ).said_in("de-AT")
    writer = DecisionWriter("c1", german, organisation="Larkfield", agent="Sam", language="de-AT")

    care = writer.prompt(cause_by_person(0, "self_harm"), german.ladder.care, CallState.CARE, ())
    bomb = writer.prompt(cause_by_person(0, "threat_general"), german.ladder.threat_general, CallState.THREAT, (), ask="Wann?")

    assert care.text.endswith("Krisentelefon: TelefonSeelsorge, 0800 1110111.")
    assert bomb.text.endswith("Fragen Sie: «Wann?»")
