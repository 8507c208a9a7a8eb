"""The alerts of one call: what is still waiting for an answer, what goes to the next tier, and what need not be said again."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from callguard.decide.policy import samples_of
from callguard.decide.standing import Level
from callguard.events import Decision
from callguard.human_acts import AlertAnswer

SEVERE = 3
"""From this severity a category is alerted for itself; below it, any open alert that is no milder says enough."""
THREAT = 4
"""Never held back by a cooldown: only an alert that is still open says it already."""


@dataclass(frozen=True, slots=True)
class Said:
    """What people are told, as far as it decides whether something else is new to them."""

    at_sample: int
    level: Level
    severity: int
    category: str

    def covers(self, new: "Said") -> bool:
        """Say whether somebody who knows this learns nothing from `new`."""
        is_no_worse = new.severity <= self.severity and new.level <= self.level
        return is_no_worse and (new.category == self.category or 0 < new.severity < SEVERE)


@dataclass(slots=True)
class Alert:
    """One alert through all its tiers."""

    latest: Decision
    said: Said
    raised_sample: int
    acknowledge_within_s: int
    decision_ids: list[str]
    replaced_ids: list[str] = field(default_factory=list)
    """Doubtful alerts whose place this certain one took: an answer to them is an answer to this."""
    owner: str = ""
    """Who has claimed it or was handed it, by log-in name."""
    taker: str = ""
    """Whoever answered it, by log-in name: if they give it up, it waits again. Empty where nobody can."""
    answered_sample: int = -1
    """-1 while nobody has acknowledged or claimed it."""

    @property
    def is_open(self) -> bool:
        """Whether it still waits for somebody."""
        return self.answered_sample < 0

    def is_meant(self, decision_id: str) -> bool:
        """Say whether whoever names this decision means this alert."""
        return decision_id in self.decision_ids or decision_id in self.replaced_ids

    @property
    def is_doubtful(self) -> bool:
        """Whether it rests on speech that may have been misheard, settled or not."""
        return self.latest.is_provisional or not self.latest.is_reliable

    @property
    def due_sample(self) -> int:
        """When it goes to the next tier."""
        return self.raised_sample + samples_of(self.acknowledge_within_s)


class Alerts:
    """What senior staff have been told about one call."""

    def __init__(self, tiers: int, cooldown_s: int) -> None:
        self._tiers = tiers
        self._cooldown = samples_of(cooldown_s)
        self._alerts: list[Alert] = []
        self._known_ids: set[str] = set()

    @property
    def are_open(self) -> bool:
        """Whether any still waits for an answer."""
        return any(alert.is_open for alert in self._alerts)

    def knows(self, decision_id: str) -> bool:
        """Say whether this alert was ever raised for the call."""
        return decision_id in self._known_ids

    def add(self, alert: Decision, said: Said, *, now_sample: int, acknowledge_within_s: int) -> None:
        """Begin to wait for an answer; 0 s means that nobody is chased. A certain alert takes the place of doubtful ones."""
        new = Alert(alert, said, now_sample, acknowledge_within_s, [alert.decision_id])
        if not alert.is_provisional:
            for old in self._alerts:
                if old.is_open and old.is_doubtful and said.covers(old.said):
                    new.replaced_ids += old.decision_ids + old.replaced_ids
            self._alerts = [old for old in self._alerts if old.decision_ids[0] not in new.replaced_ids]
        self._alerts.append(new)
        self._known_ids.add(alert.decision_id)

    def open_for(self, said: Said, *, is_provisional: bool) -> Alert | None:
        """Return the unanswered alert that says this already; what is certain is not covered by what is doubtful."""
        return next(
            (
                alert
                for alert in self._alerts
                if alert.is_open and alert.said.covers(said) and (is_provisional or not alert.is_doubtful)
            ),
            None,
        )

    def lets_alert_again(self, said: Said) -> bool:
        """Say whether enough time has passed since the same was told and answered; a threat never waits."""
        if said.severity >= THREAT:
            return True
        last = (
            max(alert.said.at_sample, alert.answered_sample)
            for alert in self._alerts
            if not alert.is_open and alert.said.covers(said)
        )
        return all(said.at_sample - sample >= self._cooldown for sample in last)

    def owner(self, decision_id: str) -> str:
        """Return who has this alert, by log-in name; empty while nobody has."""
        return next((alert.owner for alert in self._alerts if alert.is_meant(decision_id)), "")

    def answer(self, decision_id: str, answer: AlertAnswer, *, now_sample: int, by: str = "", owner: str = "") -> None:
        """End the wait for this alert; somebody who claims one has the call, so nothing of it is raised further.

        `owner` is who has it from now on; empty for an answer by which nobody has. `by` may give it up again.
        """
        is_claim, giver = answer is AlertAnswer.CLAIMED, self.owner(decision_id)
        for alert in self._alerts:
            is_meant = alert.is_meant(decision_id)
            if alert.is_open and (is_meant or is_claim):
                alert.answered_sample, alert.taker = now_sample, by
            # As on the board: with one go all that nobody has, or that the same person had.
            if owner and (is_meant or (alert.owner == giver and (is_claim or giver))):
                alert.owner = alert.taker = owner

    def decline(self, decision_id: str, *, by: str, now_sample: int) -> None:
        """Let the next tier be alerted without waiting; with no tier left, the alert goes on waiting for anybody.

        Whoever declines what has gone on already, a moment after a colleague, skips nobody of the tier that has it now. Whoever
        had answered it gives it up: nobody comes any more, so it waits again and goes on.
        """
        for alert in self._alerts:
            is_given_up = alert.is_meant(decision_id) and not alert.is_open and alert.taker == by
            if is_given_up:
                alert.answered_sample, alert.owner, alert.taker = -1, "", ""
            if is_given_up or (alert.is_open and decision_id in (alert.latest.decision_id, *alert.replaced_ids)):
                alert.raised_sample = now_sample - samples_of(alert.acknowledge_within_s)

    def claim(self, *, now_sample: int) -> None:
        """End every wait: somebody has taken the call."""
        self.answer("", AlertAnswer.CLAIMED, now_sample=now_sample)

    def withdraw(self, decision_id: str) -> None:
        """Forget an alert that was taken back: it silences nothing."""
        self._alerts = [alert for alert in self._alerts if decision_id not in alert.decision_ids]

    def confirm(self, decision_id: str, *, is_proven: bool = True) -> None:
        """Let an alert that was confirmed go on as certain, one that nothing proves as heard unclearly."""
        for alert in self._alerts:
            if decision_id in alert.decision_ids:
                alert.latest = replace(alert.latest, is_provisional=False, is_reliable=is_proven)

    def next_due(self) -> Alert | None:
        """Return the alert that goes to the next tier first."""
        return min(self._chased(), key=lambda alert: alert.due_sample, default=None)

    def raised(self, alert: Alert, again: Decision, *, now_sample: int) -> None:
        """Note that `alert` was put before the next tier as `again`."""
        alert.latest = again
        alert.decision_ids.append(again.decision_id)
        alert.raised_sample = now_sample
        self._known_ids.add(again.decision_id)

    def _chased(self) -> Iterator[Alert]:
        for alert in self._alerts:
            if alert.is_open and alert.acknowledge_within_s > 0 and alert.latest.tier < self._tiers:
                yield alert
