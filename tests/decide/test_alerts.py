from callguard.decide.alerts import OpenAlerts
from callguard.events import RATE_HZ, AlertAnswer, Category
from tests.decide.stage import Stage, alerts


def test_an_alert_that_is_not_to_be_chased_is_never_due() -> None:
    alert = alerts(Stage().caller(Category.HATE, at_s=5))[0]
    waiting = OpenAlerts(tiers=3)

    waiting.add(alert, now_sample=0, acknowledge_within_s=0)

    assert list(waiting.due(10_000 * RATE_HZ)) == []


def test_an_answer_to_an_unknown_alert_changes_nothing() -> None:
    alert = alerts(Stage().caller(Category.HATE, at_s=5))[0]
    waiting = OpenAlerts(tiers=3)
    waiting.add(alert, now_sample=0, acknowledge_within_s=20)

    waiting.answer("c1:99", AlertAnswer.ACKNOWLEDGED)

    assert len(list(waiting.due(20 * RATE_HZ))) == 1
