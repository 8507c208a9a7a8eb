import pytest

from callguard.decide.heard_warning import WarningEar
from callguard.decide.policy import bundled_policies, load_policy, spoken_cards


@pytest.fixture(scope="module")
def ear() -> WarningEar:
    return WarningEar(load_policy("standard").heard_warnings)


@pytest.mark.parametrize(
    "words",
    [
        "I would like to help you, but please do not call me an idiot. I will hang up if you go on.",
        "That is offensive, and I will not listen to it. I will hang up if you go on.",
        "sir I am glad to help you but your language is not acceptable",
        "if you continue to speak to me like that I'm going to have to end this call",
        "I can't help you with this while I'm being shouted at, please stop shouting at me",
        "I'd like to remind you that we treat each other with respect here",
        "please mind your language",
        "I've asked you to stop swearing",
        "I am warning you now, one more word like that",
    ],
)
def test_hears_a_warning_in_the_agents_own_words(ear: WarningEar, words: str) -> None:
    assert ear.hears(words) is not None


@pytest.mark.parametrize("name", sorted(bundled_policies()))
@pytest.mark.parametrize("language", ["en", "de"])
def test_the_cards_that_warn_are_heard_when_they_are_read_aloud_and_no_other(name: str, language: str) -> None:
    policy = load_policy(name)
    ear = WarningEar(policy.heard_warnings)

    heard = {
        card.tactic
        for card in spoken_cards(policy.said_in(language), organisation="Larkfield")
        if ear.hears(card.text) is not None
    }

    assert heard == {tactic for tactic, card in policy.cards.items() if card.counts_as_warning}


@pytest.mark.parametrize(
    "words",
    [
        "Ich helfe Ihnen gern, aber bitte hören Sie auf, mich zu beschimpfen.",
        "Wenn Sie so weitermachen, beende ich das Gespräch.",
        "Ich lege auf, wenn das nicht aufhört.",
        "Ihren Ton kann ich nicht hinnehmen.",
    ],
)
def test_hears_a_warning_in_german(ear: WarningEar, words: str) -> None:
    assert ear.hears(words) is not None


@pytest.mark.parametrize(
    "words",
    [
        "Wenn Sie auflegen, rufe ich Sie zurück.",
        "Bitte bleiben Sie dran, ich verbinde Sie.",
        "Das ist in Ordnung, das Gespräch mit dem Techniker war gestern.",
        "when you speak to the driver tell him to ring like everybody does",
        "Good morning, Larkfield Garden Centre, how can I help you?",
        "I am very sorry about that, let me see what happened",
        "please hold while I look that up",
        "we speak your language, would you like an interpreter",
        "I can call you back if you like",
        "your tone dial is not working",
        "is there anything else I can help you with",
    ],
)
def test_ordinary_words_are_no_warning(ear: WarningEar, words: str) -> None:
    assert ear.hears(words) is None


@pytest.mark.parametrize("words", ["Bleiben Sie bitte höflich.", "bleiben sie bitte HO\u0308FLICH"])
def test_intents_in_other_alphabets_and_with_accents_are_heard(words: str) -> None:
    assert WarningEar(["bleiben ... höflich"]).hears(words) is not None


def test_the_place_of_a_warning_is_told_as_a_share_of_the_words(ear: WarningEar) -> None:
    assert ear.hears("please mind your language") == pytest.approx(1 / 4)
    assert ear.hears("mind your language") == 0
