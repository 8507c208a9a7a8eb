"""Who may read which call: an agent their own, QA all, senior staff their own team's and those to which they are called."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson

from callguard.accounts import User
from callguard.events import StoredEvent
from callguard.terms import StaffRole

REMEMBERED = 4096
"""Calls whose alerts are at hand; the store knows of those before."""
NAMED = b'{"type":"'
ALERT = b'"kind":"alert"'  # quotes inside a string would be escaped
OUTLINE = frozenset(
    {
        b"call_started",
        b"call_ended",
        b"agent_assigned",
        b"state",
        b"guard",
        b"decision_settled",
        b"alert_answered",
        b"staff_join",
    }
)
"""What all senior staff are told of every call, alerts beside it: an alert that nobody of its team answers must find others who
know at once whose call it is and how it stands. Nothing of it is what was said, but for the words that an alert shows."""
DECIDING = ("decision", "decision_settled", "alert_answered", "staff_join")
"""Types of events that say whom a call is open to beside its team."""


@dataclass(slots=True)
class _Call:
    """Whom one call is open to beside its own team."""

    is_everybodys: bool = False
    """An alert was for all senior staff, or nobody of the team was there to answer one; stays so, as on the board."""
    is_alerting: bool = False
    """Senior staff were alerted."""
    called: set[str] = field(default_factory=set)
    """Log-in names of who took an alert, were handed one, or joined."""
    waiting: dict[str, tuple[str, bool]] = field(default_factory=dict)
    """Team of each unanswered alert that is for one team, and whether no tier follows; by the alert of the first tier."""
    roots: dict[str, str] = field(default_factory=dict)
    """The alert of the first tier, by the id of each."""
    taken: dict[str, tuple[str, tuple[str, bool]]] = field(default_factory=dict)
    """Who answered an alert that is for one team, with what `waiting` said of it: if they give it up, it waits again."""

    def take(self, body: dict[str, Any]) -> None:
        """Fold in what decides whom the call is open to."""
        match body.get("type"):
            case "decision" if body.get("kind") == "alert":
                self._alert(body)
            case "alert_answered":
                self._answer(body)
            case "staff_join" if body["phase"] in {"joined", "changed"}:
                self.called.add(body["by"])
            case "decision_settled" if not body["confirmed"]:
                root = self.roots.get(body["decision_id"], "")
                self.waiting.pop(root, None)
                self.taken.pop(root, None)

    def _alert(self, body: dict[str, Any]) -> None:
        root = body.get("repeats") or body["decision_id"]
        self.roots[body["decision_id"]] = root
        self.is_alerting = True
        team = body.get("team", "")
        if body.get("reach", "all") == "team" and team:  # alerts of earlier versions were everybody's
            self.waiting[root] = (team, not body.get("answer_within_s"))
        else:
            self.is_everybodys = True

    def _answer(self, body: dict[str, Any]) -> None:
        root = self.roots.get(body["decision_id"], "")
        match body["answer"]:
            case "acknowledged":
                self._answered(body["by"], root)
            case "claimed":  # whoever claims has the call
                self.called.add(body["by"])
                self._answered(body["by"], *self.waiting)
            case "handed_over":
                self.called.add(body["to"])
                self._answered(body["to"], *self.waiting)
                self.taken.update({one: (body["to"], was) for one, (by, was) in self.taken.items() if by == body["by"]})
            case "declined":
                by, was = self.taken.get(root, ("", ("", False)))
                if by == body["by"]:
                    self.waiting[root] = was
                    del self.taken[root]
                if self.waiting.get(root, ("", False))[1]:
                    self.is_everybodys = True

    def _answered(self, by: str, *roots: str) -> None:
        for root in roots:
            if root in self.waiting:
                self.taken[root] = (by, self.waiting.pop(root))


class Readers:
    """Knows of the calls that it has seen events of. On the event loop's thread."""

    def __init__(self, team_of: Callable[[str], str], teams_present: Callable[[], frozenset[str]]) -> None:
        """`team_of` returns an agent's team, empty if nobody knows; `teams_present` those of which somebody senior is there."""
        self._team_of = team_of
        self._teams_present = teams_present
        self._calls: OrderedDict[str, _Call] = OrderedDict()

    def take(self, event: StoredEvent) -> None:
        """Take note of an event as it is published."""
        if _kind(event).decode() in DECIDING:
            self._call(event.call_id).take(orjson.loads(event.body))
        if call := self._calls.get(event.call_id):
            self._calls.move_to_end(event.call_id)
            self._settle(call)

    def learn(self, events: Iterable[StoredEvent]) -> None:
        """Take note of stored events, in order: of calls of an earlier run, and of those that were forgotten."""
        learnt: dict[str, _Call] = {}
        for event in events:
            if _kind(event).decode() in DECIDING:
                learnt[event.call_id] = call = self._call(event.call_id)
                call.take(orjson.loads(event.body))
        for call in learnt.values():
            self._settle(call)

    def knows(self, call_id: str) -> bool:
        """Whether anything was seen that says whom this call is open to beside its team."""
        return call_id in self._calls

    def let_in(self, call_id: str, name: str) -> None:
        """Open a call to somebody who was asked to take it."""
        self._call(call_id).called.add(name)

    def may_see(self, user: User, event: StoredEvent) -> bool:
        """Whether this event, which `take` was given, is for this user; asked for every console, so who is there is not."""
        if self.is_own(user, event.agent):
            return True
        return user.role is StaffRole.SENIOR and (is_outline(event) or self._is_called(user, event.call_id))

    def may_read(self, user: User, call_id: str, agent: str) -> bool:
        """Whether this user may know what is said on this agent's call, as far as its events were seen."""
        if call := self._calls.get(call_id):
            self._settle(call)
        return self.is_own(user, agent) or (user.role is StaffRole.SENIOR and self._is_called(user, call_id))

    def is_own(self, user: User, agent: str) -> bool:
        """Whether calls of this agent are this user's to read, whatever happens on them."""
        match user.role:
            case StaffRole.AGENT:
                return agent == user.name
            case StaffRole.SENIOR:
                return agent == user.name or not user.team or self._team_of(agent) in {"", user.team}
            case StaffRole.QA:
                return True
            case _:
                return False  # an admin runs the machine and hears nobody

    def is_alerting(self, call_id: str) -> bool:
        """Whether senior staff were alerted to this call: any of them may take it."""
        return call_id in self._calls and self._calls[call_id].is_alerting

    def _is_called(self, user: User, call_id: str) -> bool:
        call = self._calls.get(call_id)
        return call is not None and (call.is_everybodys or user.name in call.called)

    def _settle(self, call: _Call) -> None:
        """See whether an alert waits for a team of which nobody is there."""
        if call.waiting and not call.is_everybodys:
            present = self._teams_present()
            call.is_everybodys = any(team not in present for team, _ in call.waiting.values())

    def _call(self, call_id: str) -> _Call:
        call = self._calls.setdefault(call_id, _Call())
        self._calls.move_to_end(call_id)
        while len(self._calls) > REMEMBERED:
            self._calls.popitem(last=False)
        return call


def is_outline(event: StoredEvent) -> bool:
    """Whether this event is one that all senior staff are told of every call."""
    kind = _kind(event)
    return kind in OUTLINE or (kind == b"decision" and ALERT in event.body)


def _kind(event: StoredEvent) -> bytes:
    body = event.body
    return body[len(NAMED) : body.find(b'"', len(NAMED))] if body.startswith(NAMED) else b""
