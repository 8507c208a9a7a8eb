"""Who is told what: subscribers by kind, people by the policy's routes, and never more than they need."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from callguard.app.mailroom import Mailroom
from callguard.decide.policy_people import Notify, NotifyWhen
from callguard.errors import StoreError
from callguard.events import Decision, DecisionSettled, Event
from callguard.human_acts import AlertAnswer, AlertAnswered
from callguard.notify_settings import NotifySettings
from callguard.record.store import SqlStore
from callguard.sendings import Channel, Kind, Sending
from callguard.terms import DecisionKind
from tests.clocks import HandClock
from tests.fakes import alert, call_started
from tests.record.journals import stored
from tests.record.ready import ready_sqlite

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
WORDS = "you stupid cow"
ABUSE = replace(alert("c1:1"), because=WORDS)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    opened = await SqlStore.open(ready_sqlite(tmp_path))
    await opened.append([stored(1, call_started("c1"))])
    yield opened
    await opened.close()


def mailroom(store: SqlStore, *notify: Notify, **webhooks: dict[str, Any]) -> Mailroom:
    settings = NotifySettings.model_validate(
        {"webhooks": {name: {"url": f"http://{name}.example", "secret": SECRET} | given for name, given in webhooks.items()}}
    )
    made = Mailroom(settings, notify=lambda: notify, board="https://guard.example", clock=HandClock())
    made.is_watched = lambda: True
    store.send_by(made)
    return made


async def happened(store: SqlStore, *events: Event) -> list[Sending]:
    for seq, event in enumerate(events, 2):
        is_alert = isinstance(event, Decision) and event.kind is DecisionKind.ALERT
        await store.append([stored(seq, event, is_alert=is_alert)])
    return sorted(await store.outbox.listed(), key=lambda row: (row.created_at, row.route))


def said(sending: Sending) -> dict[str, Any]:
    read: dict[str, Any] = orjson.loads(sending.payload)
    return read


async def test_an_alert_is_told_with_what_its_receiver_needs_and_without_a_word_that_was_said(store: SqlStore) -> None:
    mailroom(store, crm={})
    (sending,) = await happened(store, ABUSE)
    told = said(sending)
    assert (told["type"], told["timestamp"]) == ("alert.raised", "2026-11-20T14:03:02Z")
    assert (told["data"]["alert_id"], told["data"]["agent"], told["data"]["tier"]) == ("c1:1", "sam", 1)
    assert "words" not in told["data"]
    assert WORDS not in sending.payload
    assert (sending.call_id, sending.channel) == ("c1", Channel.WEBHOOK)


async def test_only_a_subscriber_that_the_settings_allow_gets_the_words(store: SqlStore) -> None:
    mailroom(store, crm={}, police={"with_words": True})
    without, with_words = await happened(store, ABUSE)
    assert (said(with_words)["data"]["words"], WORDS in without.payload) == (WORDS, False)


async def test_a_subscriber_gets_the_kinds_that_it_wants(store: SqlStore) -> None:
    mail = mailroom(store, acd={"kinds": ["agent.state"]}, crm={})
    rows = [*mail.sendings_of(Kind.AGENT_STATE, {"agent": "sam", "state": "ready"}), *await happened(store, ABUSE)]
    assert {(row.route, row.kind) for row in rows} == {
        ("acd", Kind.AGENT_STATE),
        ("crm", Kind.AGENT_STATE),
        ("crm", Kind.ALERT_RAISED),
    }


async def test_the_whole_life_of_an_alert_is_told(store: SqlStore) -> None:
    mailroom(store, crm={})
    answered = AlertAnswered(
        call_id="c1", at_sample=0, by="ana", decision_id="c1:2", answer=AlertAnswer.ACKNOWLEDGED, to="", reason=""
    )
    rows = await happened(
        store,
        replace(ABUSE, is_provisional=True),
        DecisionSettled(call_id="c1", decision_id="c1:1", at_sample=0, is_confirmed=True, because=""),
        replace(alert("c1:2"), repeats="c1:1", tier=2),
        replace(answered, answer=AlertAnswer.DECLINED, reason="in a call"),
        answered,
        replace(answered, answer=AlertAnswer.HANDED_OVER, to="omar"),
    )
    told = {(row.kind.value, said(row)["data"].get("how", ""), said(row)["data"].get("by", "")) for row in rows}
    assert told == {
        ("alert.raised", "", ""),
        ("alert.confirmed", "", ""),
        ("alert.escalated", "", ""),
        ("alert.closed", "acknowledged", "ana"),
        ("alert.closed", "handed_over", "omar"),
    }
    (escalated,) = (said(row)["data"] for row in rows if row.kind is Kind.ALERT_ESCALATED)
    assert (escalated["first_alert_id"], escalated["tier"]) == ("c1:1", 2)


async def test_an_alert_that_was_withdrawn_is_closed_and_a_prompt_that_was_is_nobodys_business(store: SqlStore) -> None:
    mailroom(store, crm={})
    withdrawn = DecisionSettled(call_id="c1", decision_id="c1:1", at_sample=0, is_confirmed=False, because="")
    prompt = alert("c1:2", kind=DecisionKind.PROMPT)
    rows = await happened(store, ABUSE, prompt, withdrawn, replace(withdrawn, decision_id="c1:2"))
    assert [row.kind for row in rows if row.kind is not Kind.ALERT_RAISED] == [Kind.ALERT_CLOSED]


async def test_the_same_alert_raised_again_after_a_crash_keeps_its_id(store: SqlStore) -> None:
    mailroom(store, crm={})
    assert len(await happened(store, ABUSE, ABUSE)) == 1


async def test_the_end_of_another_alert_under_the_same_number_has_an_id_of_its_own(store: SqlStore) -> None:
    """Numbers are given again after a restore, and a receiver does nothing about an id that it has seen."""
    mail = mailroom(store, crm={})
    closed = DecisionSettled(call_id="c1", decision_id="c1:1", at_sample=0, is_confirmed=False, because="")
    made = [
        mail.because_of(orjson.loads(stored(7, event).body), agent="sam", is_alert=True)[0].sending_id
        for event in (closed, closed, replace(closed, call_id="c2", decision_id="c2:1"))
    ]
    assert (made[0] == made[1], made[0] == made[2]) == (True, False)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (NotifyWhen.URGENT, ["c1:2"]),
        (NotifyWhen.ALERT, ["c1:1", "c1:2"]),
        (NotifyWhen.UNACKNOWLEDGED, ["c1:4"]),
        (NotifyWhen.NOBODY_CONNECTED, []),
    ],
)
async def test_people_are_told_when_the_policy_says(store: SqlStore, when: NotifyWhen, expected: list[str]) -> None:
    mail = mailroom(store, Notify(when=when, route="sms", tier=3))
    events = [
        ABUSE,
        replace(alert("c1:2"), is_urgent=True),
        replace(alert("c1:3"), repeats="c1:1", tier=2),
        replace(alert("c1:4"), repeats="c1:1", tier=3),
    ]
    made = [len(mail.because_of(orjson.loads(stored(9, event).body), agent="sam", is_alert=True)) for event in events]
    assert [event.decision_id for event, count in zip(events, made, strict=True) if count] == expected


async def test_where_nobody_is_connected_people_are_told_and_hear_why(store: SqlStore) -> None:
    mail = mailroom(store, Notify(when=NotifyWhen.NOBODY_CONNECTED, route="sms"))
    mail.is_watched = lambda: False
    (sending,) = await happened(store, ABUSE)
    assert (sending.channel, sending.route) == (Channel.NOTICE, "sms")
    assert "Nobody of senior staff has the console open. Open the console: https://guard.example" in said(sending)["body"]


async def test_a_route_named_twice_is_used_once(store: SqlStore) -> None:
    mailroom(store, Notify(when=NotifyWhen.ALERT, route="sms"), Notify(when=NotifyWhen.URGENT, route="sms"))
    assert len(await happened(store, replace(ABUSE, is_urgent=True))) == 1


async def test_a_notice_holds_no_name_no_call_and_no_word(store: SqlStore) -> None:
    mailroom(store, Notify(when=NotifyWhen.ALERT, route="sms"))
    (sending,) = await happened(store, ABUSE)
    for secret in ("sam", "c1", WORDS, "insult", "7946"):
        assert secret not in sending.payload


async def test_what_follows_a_call_goes_to_the_routes_that_are_named_for_it(store: SqlStore) -> None:
    mail = mailroom(store, *(Notify(when=when, route=when.value) for when in NotifyWhen))
    due = {"follow_up_id": "f_1", "incident_id": "i_1", "due_at": "2026-11-21T14:05:00+00:00"}
    rows = [
        *mail.sendings_of(Kind.AGENT_STATE, {"agent": "sam", "state": "wrap_up", "offered_s": 600}),
        *mail.sendings_of(Kind.AGENT_STATE, {"agent": "sam", "state": "ready"}),
        *mail.sendings_of(Kind.TEAM_NOTICE, {"team": "blue", "text": "A colleague has had a difficult call."}),
        *mail.sendings_of(Kind.FOLLOW_UP_DUE, due),
    ]
    assert sorted(row.route for row in rows) == ["follow_up", "team_notice", "wrap_up", "wrap_up"]
    assert "2026-11-21 14:05 UTC" in next(said(row)["body"] for row in rows if row.route == "follow_up")


async def test_a_fact_that_happens_once_keeps_its_id_and_every_state_of_an_agent_has_its_own(store: SqlStore) -> None:
    mail = mailroom(store, crm={})
    due = {"follow_up_id": "f_1", "incident_id": "i_1", "due_at": "2026-11-21T14:05:00+00:00"}
    ready = {"agent": "sam", "state": "ready"}
    assert mail.sendings_of(Kind.FOLLOW_UP_DUE, due) == mail.sendings_of(Kind.FOLLOW_UP_DUE, due)
    states = [*mail.sendings_of(Kind.AGENT_STATE, ready), *mail.sendings_of(Kind.AGENT_STATE, ready)]
    assert len({sending.sending_id for sending in states}) == 2


async def test_where_nobody_is_to_be_told_nothing_is_looked_at_or_kept(store: SqlStore) -> None:
    mail = mailroom(store)
    assert mail.sendings_of(Kind.AGENT_STATE, {"agent": "sam", "state": "ready"}) == []
    assert (mail.types, await happened(store, ABUSE)) == ((), [])


async def test_an_event_that_cannot_be_told_is_stored_all_the_same(store: SqlStore, caplog: pytest.LogCaptureFixture) -> None:
    mail = mailroom(store, crm={})
    assert mail.because_of({"type": "decision", "at": "x", "call_id": "c1", "seq": 5}, agent="", is_alert=True) == []
    assert "not told outside" in caplog.text


async def test_a_fact_that_cannot_be_told_is_done_all_the_same(store: SqlStore, caplog: pytest.LogCaptureFixture) -> None:
    mail = mailroom(store, crm={})
    assert mail.sendings_of(Kind.AGENT_STATE, {"agent": "sam", "state": "asleep"}) == []
    assert "a fact was not told outside" in caplog.text


async def test_people_are_told_in_the_language_of_their_route(store: SqlStore) -> None:
    settings = NotifySettings(language="de", languages={"abroad": "en"})
    notify = [Notify(when=NotifyWhen.ALERT, route=route) for route in ("leitung", "abroad")]
    store.send_by(Mailroom(settings, notify=lambda: notify, board="", clock=HandClock()))
    english, german = await happened(store, ABUSE)
    assert (english.route, said(english)["title"]) == ("abroad", "callguard: alert")
    assert (german.route, said(german)["title"]) == ("leitung", "callguard: Alarm")


async def test_an_alert_is_told_by_the_routes_of_the_policy_that_it_was_decided_under(store: SqlStore) -> None:
    asked: list[str] = []

    async def notify_called(label: str) -> list[Notify] | None:
        asked.append(label)
        return [Notify(when=NotifyWhen.ALERT, route="old_duty")] if label == "standard 1" else None

    now = [Notify(when=NotifyWhen.ALERT, route="new_duty")]
    mail = Mailroom(NotifySettings(), notify=lambda: now, notify_called=notify_called, board="", clock=HandClock())
    store.send_by(mail)
    own = replace(ABUSE, policy="standard 1")
    gone = replace(own, decision_id="c1:3", policy="gone 7")
    rows = await happened(store, own, replace(own, decision_id="c1:2"), gone, replace(gone, decision_id="c1:4"))
    assert [row.route for row in rows] == ["new_duty", "new_duty", "old_duty", "old_duty"]
    assert asked == ["standard 1", "gone 7"]


async def test_where_the_policies_cannot_be_read_alerts_are_told_by_the_one_in_use(
    store: SqlStore, caplog: pytest.LogCaptureFixture
) -> None:
    async def notify_called(label: str) -> list[Notify] | None:
        raise StoreError(f"the database that has {label} cannot be reached")

    now = [Notify(when=NotifyWhen.ALERT, route="new_duty")]
    store.send_by(Mailroom(NotifySettings(), notify=lambda: now, notify_called=notify_called, board="", clock=HandClock()))
    assert [row.route for row in await happened(store, ABUSE)] == ["new_duty"]
    assert "the routes of a policy were not found" in caplog.text
