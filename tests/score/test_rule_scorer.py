from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callguard.score.rule_scorer import RuleScorer
from callguard.score.rules import load_rules
from callguard.score.scorer import speaks
from callguard.terms import SEVERITY, Category
from tests.scorers import rule_scorer

SHARED = rule_scorer()


def test_all_ten_categories_have_a_probability(scorer: RuleScorer) -> None:
    result = scorer.score("good morning")

    assert set(result.scores) == set(Category)
    assert (result.labels, result.spans, result.severity, result.is_angry) == ((), (), 0, False)


def test_a_span_points_at_the_words_that_caused_it(scorer: RuleScorer) -> None:
    text = "Right, listen. You're a STUUUPID c**t and I want my money."

    spans = {(text[span.start : span.end], span.category) for span in scorer.score(text).spans}

    assert ("c**t", Category.PROFANITY) in spans
    assert any("STUUUPID c**t" in words and category is Category.INSULT for words, category in spans)


def test_a_swear_word_aimed_at_a_person_is_insult_and_profanity(scorer: RuleScorer) -> None:
    assert set(scorer.score("fuck you").labels) == {Category.INSULT, Category.PROFANITY}
    assert scorer.score("the fucking thing is broken").labels == (Category.PROFANITY,)


def test_the_gravest_label_comes_first_and_gives_the_severity(scorer: RuleScorer) -> None:
    result = scorer.score("you stupid bitch i'm going to kill you")

    assert result.labels[0] is Category.THREAT_PERSONAL
    assert result.severity == SEVERITY[Category.THREAT_PERSONAL]


def test_self_harm_is_a_label_without_severity(scorer: RuleScorer) -> None:
    result = scorer.score("i want to kill myself")

    assert result.labels == (Category.SELF_HARM,)
    assert result.severity == 0


@pytest.mark.parametrize(
    "text", ["i am absolutely furious", "this is a disgrace", "i've called six times and nobody rings back", "bloody hell"]
)
def test_anger_is_heard_and_is_no_label(scorer: RuleScorer, text: str) -> None:
    result = scorer.score(text)

    assert result.is_angry
    assert result.labels == ()


def test_anger_beside_a_label_is_not_said_twice(scorer: RuleScorer) -> None:
    assert not scorer.score("this is a disgrace you fucking idiot").is_angry


@pytest.mark.parametrize(
    ("aimed", "elsewhere"),
    [
        ("you're useless", "your website is useless"),
        ("you're an idiot", "i'm an idiot"),
        ("you stupid cow", "some stupid cow is standing in my field"),
        ("i'll kill you", "i'll kill the process"),
        ("i'm going to smash your face in", "i'm going to smash this phone"),
        ("are you stupid", "i feel so stupid"),
    ],
)
def test_direction_decides(scorer: RuleScorer, aimed: str, elsewhere: str) -> None:
    assert scorer.score(aimed).severity >= 2
    assert scorer.score(elsewhere).severity < 2


@pytest.mark.parametrize(
    "text",
    [
        "he called me a stupid bitch",
        "your driver told me to fuck off",
        "she said i was a waste of space",
        "somebody shouted faggot at my son",
        "i was called a liar by your colleague",
    ],
)
def test_reporting_what_others_said_is_not_saying_it(scorer: RuleScorer, text: str) -> None:
    assert scorer.score(text).labels == ()


def test_a_phrase_does_not_reach_across_sentences(scorer: RuleScorer) -> None:
    assert scorer.score("I will be there. Kill. You know the switch.").severity < 4


def test_another_language_is_tried_with_strong_swear_words_only(scorer: RuleScorer) -> None:
    assert scorer.score("das ist fucking teuer", language="de").labels == (Category.PROFANITY,)
    assert scorer.score("i will kill you", language="de").labels == ()


@pytest.mark.parametrize(
    ("language", "known", "is_spoken"),
    [
        ("pt-BR", "pt", True),
        ("pt-BR", "pt-BR", True),
        ("pt-br", "PT-br", True),
        ("pt_BR", "pt-BR", True),
        ("EN", "en", True),
        ("en", "EN", True),
        ("del", "de", False),
        ("de", "del", False),
        ("pt", "pt-BR", False),
        ("", "en", False),
    ],
)
def test_a_language_belongs_to_another_by_whole_parts_in_any_case(language: str, known: str, is_spoken: bool) -> None:
    assert speaks(language, known) is is_spoken


@pytest.mark.parametrize("language", ["pt-BR", "EN"])
def test_a_rules_file_speaks_its_own_language_however_it_is_written(language: str) -> None:
    own = RuleScorer(replace(load_rules(), language=language))

    assert own.score("i will kill you", language=language).severity == 4
    assert own.understands(language.lower())


def test_a_language_that_only_begins_alike_is_another(scorer: RuleScorer) -> None:
    assert not scorer.understands("enm")  # Middle English


def test_every_english_is_english(scorer: RuleScorer) -> None:
    assert scorer.score("i will kill you", language="en-GB").severity == 4


def test_the_name_says_rules_and_version(scorer: RuleScorer) -> None:
    assert scorer.name == "rules 1"


def test_a_warm_scorer_judges_like_a_cold_one(scorer: RuleScorer) -> None:
    warm = RuleScorer(load_rules())
    warm.warm()

    assert warm.score("you stupid cow i'll kill you") == scorer.score("you stupid cow i'll kill you")


@given(st.text(max_size=120))
@settings(max_examples=100, deadline=None)
def test_any_text_gives_probabilities_and_spans_inside_it(text: str) -> None:
    result = SHARED.score(text)

    assert all(0.0 <= probability < 1.0 for probability in result.scores.values())
    assert all(0 <= span.start < span.end <= len(text) for span in result.spans)
    assert {span.category for span in result.spans} == set(result.labels)
    assert result == SHARED.score(text)
