"""Alerts that nobody has answered yet, and when they go to the next tier."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from callguard.decide.policy import samples_of
from callguard.events import AlertAnswer, Decision


@dataclass(slots=True)
class OpenAlert:
    """One alert through all its tiers."""

    latest: Decision
    decision_ids: set[str]
    raised_sample: int
    acknowledge_within_s: int


class OpenAlerts:
    """The unanswered alerts of one call."""

    def __init__(self, tiers: int) -> None:
        self._tiers = tiers
        self._open: list[OpenAlert] = []

    def add(self, alert: Decision, *, now_sample: int, acknowledge_within_s: int) -> None:
        """Begin to wait for an answer; 0 s means that nobody is chased."""
        if acknowledge_within_s > 0:
            self._open.append(OpenAlert(alert, {alert.decision_id}, now_sample, acknowledge_within_s))

    def answer(self, decision_id: str, answer: AlertAnswer) -> None:
        """End the wait for this alert; somebody who claims one has the call, so nothing of it is raised further."""
        if answer is AlertAnswer.CLAIMED:
            self._open.clear()
        else:
            self._open = [alert for alert in self._open if decision_id not in alert.decision_ids]

    def withdraw(self, decision_id: str) -> None:
        """End the wait for an alert that was taken back."""
        self._open = [alert for alert in self._open if decision_id not in alert.decision_ids]

    def confirm(self, decision_id: str) -> None:
        """Let an alert that was confirmed go on as certain."""
        for alert in self._open:
            if decision_id in alert.decision_ids:
                alert.latest = replace(alert.latest, is_provisional=False, is_reliable=True)

    def due(self, now_sample: int) -> Iterator[OpenAlert]:
        """Return the alerts that go to the next tier now."""
        for alert in self._open:
            is_late = now_sample - alert.raised_sample >= samples_of(alert.acknowledge_within_s)
            if is_late and alert.latest.tier < self._tiers:
                yield alert

    def raised(self, alert: OpenAlert, again: Decision, *, now_sample: int) -> None:
        """Note that `alert` was put before the next tier as `again`."""
        alert.latest = again
        alert.decision_ids.add(again.decision_id)
        alert.raised_sample = now_sample
