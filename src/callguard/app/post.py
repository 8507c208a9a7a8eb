"""Sending, joined: what is to be told, where it waits, and the ways out."""

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from random import Random
from uuid import uuid4

from callguard.accounts import User
from callguard.app.mailroom import Mailroom
from callguard.app.policy_versions import policy_called
from callguard.clock import Clock
from callguard.decide.policy import Policy
from callguard.decide.policy_people import Notify
from callguard.deliver.apprise_route import AppriseRoute
from callguard.deliver.dispatcher import Dispatcher
from callguard.deliver.hub import Hub
from callguard.deliver.metrics import Metrics
from callguard.deliver.sending_ports import Receipt, Route
from callguard.deliver.webhook_bodies import PingBody, payload_of
from callguard.deliver.webhooks import WebhookRoute, secret_bytes
from callguard.errors import SettingsError
from callguard.notify_settings import NotifySettings, WebhookSettings
from callguard.record.store import SqlStore
from callguard.sendings import Channel, Kind, Sending, SendingState, sending_id
from callguard.settings import Settings
from callguard.terms import StaffRole

log = logging.getLogger(__name__)

FROM_ENVIRONMENT = "env:"
NOTICE_TIMES = 3
"""A notice gets so many times the time-out of a webhook: mail servers and gateways take their time."""


class Post:
    """The outbox of a running server, and what an admin does with it."""

    def __init__(self, settings: Settings, store: SqlStore, clock: Clock, *, policy: Callable[[], Policy]) -> None:
        """Let `store` keep what is to be sent from now on. Raises SettingsError for a receiver that cannot be one."""
        notify = settings.notify
        if missing := missing_routes(policy(), notify):
            log.warning("the policy tells people by routes that the settings do not have", extra={"routes": missing})
        self._store = store
        self._clock = clock

        first = policy()  # of the settings: it may lie in a file that has changed when it is asked for

        async def notify_called(label: str) -> Sequence[Notify] | None:
            known = next((one for one in (first, policy()) if one.label == label), None)
            found = known or await policy_called(store, label)
            return None if found is None else found.notify

        self.mailroom = Mailroom(
            notify,
            notify=lambda: policy().notify,
            notify_called=notify_called,
            board=settings.http.public_url,
            clock=clock,
        )
        self._dispatcher = Dispatcher(
            store.outbox,
            build_routes(notify, clock),
            clock,
            keep=timedelta(days=notify.keep_days),
            dice=Random(),  # noqa: S311  # spreads attempts in time, guards no secret
        )
        self.mailroom.wake = self._dispatcher.wake
        store.send_by(self.mailroom)

    def watch(self, hub: Hub, metrics: Metrics) -> None:
        """Know whether senior staff are connected, and show figures."""
        self.mailroom.is_watched = lambda: hub.is_connected(StaffRole.SENIOR)
        self._dispatcher.observe = metrics.sent
        metrics.watch_outbox(lambda: self._dispatcher.waiting, lambda: self._dispatcher.oldest_s)
        metrics.watch_loss("sendings given up", lambda: self._dispatcher.given_up)

    async def run(self) -> None:
        """Send until cancelled."""
        await self._dispatcher.run()

    async def sendings(self, *, state: SendingState | None, limit: int) -> Sequence[Sending]:
        """Return sendings, newest first."""
        return await self._store.outbox.listed(state=state, limit=limit)

    async def try_again(self, sending_id: str, by: User) -> Sending:
        """Have one sent after all. Raises NotFoundError, InputError for one that was delivered."""
        sending = await self._store.outbox.try_again(sending_id, self._clock.utc_now(), by=by.name)
        self._dispatcher.wake()
        return sending

    async def abandon(self, sending_id: str, by: User) -> Sending:
        """Give one up. Raises NotFoundError, InputError for one that was delivered."""
        return await self._store.outbox.abandon(sending_id, self._clock.utc_now(), by=by.name)


def missing_routes(policy: Policy, settings: NotifySettings) -> list[str]:
    """Return the routes of a policy that lead nowhere; what goes there fails and shows in the outbox."""
    return sorted({notify.route for notify in policy.notify} - set(settings.routes))


def build_routes(settings: NotifySettings, clock: Clock) -> dict[tuple[Channel, str], Route]:
    """Return the way to every receiver of the settings. Raises SettingsError."""
    if unknown := sorted(set(settings.languages) - set(settings.routes)):
        raise SettingsError(f"notify.languages names «{unknown[0]}», which is not in notify.routes; correct it or take it out")
    routes: dict[tuple[Channel, str], Route] = {}
    for name in settings.webhooks:
        routes[Channel.WEBHOOK, name] = webhook_route(settings, name, clock)
    for name in settings.routes:
        routes[Channel.NOTICE, name] = notice_route(settings, name)
    return routes


def notice_route(settings: NotifySettings, name: str) -> AppriseRoute:
    """Return the way to the people behind a route. Raises SettingsError."""
    return AppriseRoute(
        looked_up(settings.routes[name].get_secret_value(), f"the URL of route «{name}»"),
        name,
        timeout_s=settings.timeout_s * NOTICE_TIMES,
        give_up_after=timedelta(minutes=settings.notice_minutes),
    )


def webhook_route(settings: NotifySettings, name: str, clock: Clock) -> WebhookRoute:
    """Return the way to one subscriber. Raises SettingsError."""
    subscriber = settings.webhooks[name]
    _check_kinds(name, subscriber)
    secrets = [secret for secret in (subscriber.secret, subscriber.previous_secret) if secret.get_secret_value()]
    keys = [secret_bytes(looked_up(secret.get_secret_value(), f"the secret of webhook «{name}»"), name) for secret in secrets]
    if not keys:
        raise SettingsError(f"webhook «{name}» has no secret; make one: callguard webhook secret")
    return WebhookRoute(
        subscriber.url,
        keys,
        clock,
        at_once=settings.at_once,
        timeout_s=settings.timeout_s,
        give_up_after=timedelta(hours=settings.webhook_hours),
    )


async def ping(settings: NotifySettings, name: str, clock: Clock) -> Receipt:
    """Send one subscriber a ping, past the outbox, and return what it came to. Raises SettingsError."""
    if name not in settings.webhooks:
        known = ", ".join(settings.webhooks) or "none"
        raise SettingsError(f"there is no webhook «{name}» in the settings; there are: {known}")
    route, now = webhook_route(settings, name, clock), clock.utc_now()
    sending = Sending(
        sending_id=sending_id(Kind.PING, uuid4().hex, Channel.WEBHOOK, name),
        kind=Kind.PING,
        channel=Channel.WEBHOOK,
        route=name,
        call_id="",
        payload=payload_of(Kind.PING, now, PingBody()),
        created_at=now,
        due_at=now,
        tried_since=now,
    )
    try:
        return await route.send(sending)
    finally:
        await route.close()


def looked_up(value: str, what: str, variables: Mapping[str, str] = os.environ) -> str:
    """Return a value, or that of the variable that «env:NAME» names. Raises SettingsError if there is none."""
    if not value.startswith(FROM_ENVIRONMENT):
        return value
    name = value.removeprefix(FROM_ENVIRONMENT)
    if not variables.get(name):
        raise SettingsError(f"{what} is to be in the variable {name}, which is empty; set it or change the settings")
    return variables[name]


def _check_kinds(name: str, subscriber: WebhookSettings) -> None:
    unknown = sorted(set(subscriber.kinds) - {kind.value for kind in Kind})
    if unknown:
        expected = ", ".join(kind.value for kind in Kind)
        raise SettingsError(f"webhook «{name}» wants to be told of «{unknown[0]}»; expected some of {expected}")
