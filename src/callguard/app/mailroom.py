"""Decides what leaves the consoles: for each fact, which subscriber and which route of the policy is told, and in which words."""

import logging
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from callguard.clock import Clock
from callguard.decide.policy_people import Notify, NotifyWhen
from callguard.deliver.notices import alert_notice, fact_notice
from callguard.deliver.webhook_bodies import Body, ClosedBody, ConfirmedBody, alert_body, body_of, payload_of
from callguard.errors import CallguardError
from callguard.notify_settings import NotifySettings
from callguard.sendings import Channel, Kind, Sending, sending_id

log = logging.getLogger(__name__)

Event = Mapping[str, Any]
NotifyCalled = Callable[[str], Awaitable[Sequence[Notify] | None]]
MOST_POLICIES = 32
CLOSING = frozenset({"acknowledged", "claimed", "handed_over"})
"""Answers after which somebody has the alert; a declined one goes to the next tier."""
SAID_OF = {
    NotifyWhen.WRAP_UP: Kind.AGENT_STATE,
    NotifyWhen.TEAM_NOTICE: Kind.TEAM_NOTICE,
    NotifyWhen.FOLLOW_UP: Kind.FOLLOW_UP_DUE,
}
SUBJECT = ("incident_id", "version", "restriction_id", "status", "follow_up_id")
"""Fields that name a fact that happens once: told twice, it gets the same id."""


class Mailroom:
    """Knows the receivers, and what is to be kept with the transaction of an event (`because_of`) or a fact (`sendings_of`)."""

    def __init__(
        self,
        settings: NotifySettings,
        *,
        notify: Callable[[], Sequence[Notify]],
        notify_called: NotifyCalled | None = None,
        board: str,
        clock: Clock,
    ) -> None:
        """`notify` returns the routes of the policy in use, `board` is where people look (empty: nobody is told an address).

        `notify_called` finds those of the policy that an alert was decided under: a call goes on under its own after another was
        put to use, or after a restart. Where it finds none, those of the policy in use hold.
        """
        self._settings = settings
        self._notify = notify
        self._notify_called = notify_called
        self._known: dict[str, Sequence[Notify] | None] = {}
        """Routes by a policy's label; None: there is no such policy here."""
        self._board = board
        self._clock = clock
        self.is_watched: Callable[[], bool] = lambda: False
        """Whether a console of senior staff is connected."""
        self.wake: Callable[[], None] = lambda: None

    # --- with an event's transaction --------------------------------------------------------------

    @property
    def types(self) -> Collection[str]:
        """Types of events that somebody wants to hear of."""
        if self._settings.webhooks:
            return ("decision", "alert_answered", "decision_settled")
        return ("decision",) if self._settings.routes or self._notify() else ()

    async def look_up(self, policies: Collection[str]) -> None:
        """Find the routes of policies by their labels, once each. What cannot be found or read is told by the policy in use."""
        for label in policies:
            if self._notify_called is None or label in self._known:
                continue
            try:
                self._known[label] = await self._notify_called(label)
            except CallguardError as error:
                # An alert must be stored and told, even if not by its own routes.
                log.warning("the routes of a policy were not found", extra={"policy": label, "cause": str(error)})
                continue
            if len(self._known) > MOST_POLICIES:
                del self._known[next(iter(self._known))]

    def because_of(self, body: Event, *, agent: str, is_alert: bool) -> list[Sending]:
        """Return what is to be sent because of a stored event."""
        try:
            return list(self._because_of(body, agent, is_alert=is_alert))
        except (KeyError, ValueError, TypeError) as error:
            # An alert must be stored and shown, whatever becomes of telling others.
            log.error("an event was not told outside", extra={"seq": body.get("seq"), "kind": type(error).__name__})  # noqa: TRY400  # the text may quote the event
            return []

    def posted(self) -> None:
        """Take note that sendings were committed."""
        self.wake()

    def _because_of(self, body: Event, agent: str, *, is_alert: bool) -> Iterator[Sending]:
        at, call_id = datetime.fromisoformat(body["at"]), body["call_id"]
        match body["type"]:
            case "decision" if is_alert:
                kind = Kind.ALERT_ESCALATED if body["repeats"] else Kind.ALERT_RAISED
                alert_id = body["decision_id"]
                for name, subscriber in self._subscribers(kind):
                    told = alert_body(body, agent=agent, with_words=subscriber.with_words)
                    yield self._sending(kind, alert_id, (Channel.WEBHOOK, name), payload_of(kind, at, told), call_id)
                for route in self._routes_of(body, kind):
                    language, is_watched = self._settings.language_of(route), self.is_watched()
                    notice = alert_notice(body, kind, board=self._board, is_watched=is_watched, language=language)
                    yield self._sending(kind, alert_id, (Channel.NOTICE, route), notice.text(), call_id)
            case "decision_settled" if is_alert:
                named = {"alert_id": body["decision_id"], "call_id": call_id, "agent": agent}
                if body["confirmed"] and not body.get("unproven"):
                    yield from self._webhooks(Kind.ALERT_CONFIRMED, body["decision_id"], at, ConfirmedBody(**named), call_id)
                elif not body["confirmed"]:
                    closed = ClosedBody(**named, how="withdrawn", by="")
                    yield from self._webhooks(Kind.ALERT_CLOSED, _closing(body), at, closed, call_id)
            case "alert_answered" if body["answer"] in CLOSING:
                closed = ClosedBody(
                    alert_id=body["decision_id"], call_id=call_id, agent=agent, how=body["answer"], by=body["to"] or body["by"]
                )
                yield from self._webhooks(Kind.ALERT_CLOSED, _closing(body), at, closed, call_id)

    def _routes_of(self, alert: Event, kind: Kind) -> list[str]:
        """Return the routes that the policy names for an alert, each once."""
        is_new = kind is Kind.ALERT_RAISED
        found: dict[str, None] = {}
        own = self._known.get(alert["policy"])
        for notify in self._notify() if own is None else own:
            match notify.when:
                case NotifyWhen.URGENT:
                    is_meant = is_new and alert["urgent"]
                case NotifyWhen.ALERT:
                    is_meant = is_new
                case NotifyWhen.UNACKNOWLEDGED:
                    is_meant = not is_new and alert["tier"] >= notify.tier
                case NotifyWhen.NOBODY_CONNECTED:
                    is_meant = not self.is_watched()
                case _:
                    is_meant = False
            if is_meant:
                found[notify.route] = None
        return list(found)

    # --- with the transaction of what people do, or of what follows a call ----------------------------

    def sendings_of(self, kind: Kind, payload: Mapping[str, Any]) -> list[Sending]:
        """Return what is to be sent because of a fact that is being written now."""
        try:
            return list(self._sendings_of(kind, payload))
        except (KeyError, ValueError, TypeError) as error:
            # A person's act must be stored, whatever becomes of telling others.
            log.error("a fact was not told outside", extra={"kind": kind.value, "error": type(error).__name__})  # noqa: TRY400  # the text may quote it
            return []

    def _sendings_of(self, kind: Kind, payload: Mapping[str, Any]) -> Iterator[Sending]:
        at = self._clock.utc_now()
        subject = " ".join(str(payload[name]) for name in SUBJECT if name in payload) or uuid4().hex
        yield from self._webhooks(kind, subject, at, body_of(kind, payload), "")
        routes = {notify.route: None for notify in self._notify() if SAID_OF.get(notify.when) is kind}
        for route in routes:
            notice = fact_notice(kind, payload, board=self._board, language=self._settings.language_of(route))
            yield self._sending(kind, subject, (Channel.NOTICE, route), notice.text(), "")

    # --- inside -----------------------------------------------------------------------------------

    def _subscribers(self, kind: Kind) -> Iterator[tuple[str, Any]]:
        for name, subscriber in self._settings.webhooks.items():
            if not subscriber.kinds or kind in subscriber.kinds:
                yield name, subscriber

    def _webhooks(self, kind: Kind, subject: str, at: datetime, body: Body, call_id: str) -> Iterator[Sending]:
        for name, _ in self._subscribers(kind):
            yield self._sending(kind, subject, (Channel.WEBHOOK, name), payload_of(kind, at, body), call_id)

    def _sending(self, kind: Kind, subject: str, way: tuple[Channel, str], payload: str, call_id: str) -> Sending:
        channel, route = way
        now = self._clock.utc_now()
        return Sending(
            sending_id=sending_id(kind, subject, channel, route),
            kind=kind,
            channel=channel,
            route=route,
            call_id=call_id,
            payload=payload,
            created_at=now,
            due_at=now,
            tried_since=now,
        )


def _closing(body: Event) -> str:
    """Return what names the end of an alert; a number alone is given again where the database was put back from a backup."""
    return f"{body['decision_id']} {body['seq']}"
