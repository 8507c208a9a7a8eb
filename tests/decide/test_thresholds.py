from dataclasses import replace

from callguard.decide.policy import load_policy
from callguard.decide.thresholds import weighed
from callguard.speech import Span
from callguard.terms import CallState, Category
from tests.decide.stage import Stage, score


def test_a_policy_may_hear_more_or_less_than_the_scorer_says() -> None:
    heard = replace(
        score(at_s=5, segment=1), scores={Category.INSULT: 0.45, Category.PROFANITY: 0.9}, labels=(Category.PROFANITY,)
    )

    more = weighed(heard, {Category.INSULT: 0.4})
    less = weighed(replace(heard, spans=(Span(start=0, end=1, category=Category.PROFANITY),)), {Category.PROFANITY: 0.95})

    assert (more.labels, more.severity) == ((Category.INSULT, Category.PROFANITY), 2)
    assert (less.labels, less.severity, less.spans) == ((), 0, ())


def test_without_thresholds_the_scorers_word_stands() -> None:
    heard = score(Category.INSULT, at_s=5, segment=1)

    assert weighed(heard, {}) is heard
    assert weighed(heard, {Category.HATE: 0.5}) is heard


def test_the_ladder_goes_by_the_policys_thresholds() -> None:
    policy = load_policy("standard").model_copy(update={"thresholds": {Category.INSULT: 0.4}})
    stage = Stage(policy)

    stage.ladder.push(replace(score(at_s=5, segment=1), scores={Category.INSULT: 0.45}))

    assert stage.state is CallState.ABUSIVE
