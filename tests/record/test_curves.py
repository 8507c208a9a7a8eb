from datetime import UTC, datetime

from callguard.record.curves import Example, curves, examples_of
from callguard.record.opinions import Thing
from callguard.record.verdict_forms import CallFacts
from callguard.reviewing import About, Judgement, Verdict
from callguard.terms import Category

INSULT = frozenset({Category.INSULT})
NOTHING = frozenset[Category]()
TODAY = dict.fromkeys(Category, 0.5)


def scored(probability: float, truth: frozenset[Category]) -> Example:
    return Example({"insult": probability}, truth)


def test_precision_and_recall_follow_the_threshold() -> None:
    examples = [scored(0.9, INSULT), scored(0.7, NOTHING), scored(0.4, INSULT), scored(0.1, NOTHING)]
    (curve,) = curves(examples, TODAY)
    at = {point.threshold: (point.right, point.wrong, point.missed) for point in curve.points}
    assert (curve.category, curve.examples) == (Category.INSULT, 2)
    assert (curve.today.threshold, curve.today.precision, curve.today.recall) == (0.5, 0.5, 0.5)
    assert at[0.05] == (2, 2, 0)
    assert at[0.4] == (2, 1, 0)
    assert at[0.8] == (1, 0, 1)
    assert at[0.95] == (0, 0, 2)
    assert curve.points[-1].precision is None


def test_a_category_that_nobody_said_and_nothing_tells_has_no_curve() -> None:
    assert curves([scored(0.1, NOTHING)], TODAY) == []
    assert curves([], TODAY) == []


def test_what_was_gone_through_and_let_stand_is_an_example_only_without_label() -> None:
    facts = CallFacts(
        "c1",
        spoken={number: (number, number + 1.0) for number in range(5)},
        labels={0: (Category.INSULT,), 1: (), 2: (Category.INSULT,), 3: (), 4: ()},
        scores={number: {"insult": number / 10} for number in range(4)},
        alerts={},
        withdrawn=frozenset(),
    )
    missed = Thing("c1", "words:3", NOTHING, _verdict(3), None, None)
    found, disputed = examples_of(facts, [missed], is_twice=False)
    assert [(one.scores["insult"], one.truth) for one in found] == [(0.1, NOTHING), (0.3, INSULT)]
    assert disputed == 0
    assert examples_of(facts, [missed], is_twice=True)[1] == 1, "the second let it stand"


def _verdict(segment: int) -> Verdict:
    return Verdict(
        verdict_id=1,
        call_id="c1",
        by="quentin",
        at=datetime(2026, 11, 20, tzinfo=UTC),
        about=About.WORDS,
        subject=f"words:{segment}",
        segment=segment,
        at_s=1.0,
        judgement=Judgement.WRONG,
        was=(),
        categories=(Category.INSULT,),
        severity=2,
        note="",
        policy="standard 1",
        is_settling=False,
        is_taken_back=False,
    )
