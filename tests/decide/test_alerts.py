import pytest

from callguard.decide.alerts import Alerts, Said
from callguard.decide.standing import Level
from callguard.human_acts import AlertAnswer
from callguard.terms import RATE_HZ, Category
from tests.decide.stage import Stage, alerts

HATE = Said(0, Level.SEVERE, 3, "hate")


def test_an_alert_that_is_not_to_be_chased_is_never_due() -> None:
    alert = alerts(Stage().caller(Category.HATE, at_s=5))[0]
    waiting = Alerts(tiers=3, cooldown_s=30)

    waiting.add(alert, HATE, now_sample=0, acknowledge_within_s=0)

    assert waiting.next_due() is None


def test_an_answer_to_an_unknown_alert_changes_nothing() -> None:
    alert = alerts(Stage().caller(Category.HATE, at_s=5))[0]
    waiting = Alerts(tiers=3, cooldown_s=30)
    waiting.add(alert, HATE, now_sample=0, acknowledge_within_s=20)

    waiting.answer("c1:99", AlertAnswer.ACKNOWLEDGED, now_sample=RATE_HZ)

    due = waiting.next_due()
    assert due is not None
    assert due.due_sample == 20 * RATE_HZ
    assert not waiting.knows("c1:99")


@pytest.mark.parametrize(
    ("new", "is_covered"),
    [
        (Said(9, Level.SEVERE, 3, "hate"), True),
        (Said(9, Level.SEVERE, 2, "insult"), True),
        (Said(9, Level.SEVERE, 3, "sexual"), False),
        (Said(9, Level.THREAT, 4, "threat_personal"), False),
        (Said(9, Level.QUIET, 0, "self_harm"), False),
    ],
)
def test_an_alert_covers_what_is_no_worse_and_of_its_category_or_not_severe(new: Said, is_covered: bool) -> None:
    assert HATE.covers(new) is is_covered
