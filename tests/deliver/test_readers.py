"""Whom a call is open to beside its own team, from its events."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from callguard.accounts import User
from callguard.deliver.readers import Readers
from callguard.events import DecisionSettled, Event, StoredEvent
from callguard.human_acts import AlertAnswer, AlertAnswered, JoinMode, JoinPhase, JoinWay, StaffJoin
from callguard.terms import DecisionKind, Reach, StaffRole
from callguard.wire import as_json
from tests.fakes import alert, call_started, transcript

TEAMS = {"sam": "blue", "priya": "red"}


def user(name: str, role: StaffRole = StaffRole.SENIOR, team: str = "blue") -> User:
    return User(name=name, display_name=name, role=role, team=team, password_hash="")


ANA, CEM, ZOE = user("ana"), user("cem", team="red"), user("zoe", team="")
QUENTIN, ADAM = user("quentin", StaffRole.QA), user("adam", StaffRole.ADMIN)
SAM, PRIYA = user("sam", StaffRole.AGENT), user("priya", StaffRole.AGENT)


class Room:
    """Readers, and who of the senior staff is at a console."""

    def __init__(self) -> None:
        self.present = {"blue", "red"}
        self.readers = Readers(lambda agent: TEAMS.get(agent, ""), lambda: frozenset(self.present))

    def happen(self, *events: Event, agent: str = "sam") -> None:
        for event in events:
            self.readers.take(stored(event, agent))

    def reads(self, who: User, agent: str = "sam") -> bool:
        return self.readers.may_read(who, "c1", agent)


def stored(event: Event, agent: str = "sam") -> StoredEvent:
    return StoredEvent(seq=1, call_id=event.call_id, agent=agent, is_alert=False, body=orjson.dumps(as_json(event)))


def for_team(decision_id: str = "c1:1", **changes: Any) -> Event:
    return replace(alert(decision_id), reach=Reach.TEAM, team="blue", answer_within_s=20, **changes)


def answered(answer: AlertAnswer, by: str = "cem", to: str = "") -> AlertAnswered:
    return AlertAnswered(call_id="c1", at_sample=0, by=by, decision_id="c1:1", answer=answer, to=to, reason="")


def joins(by: str, phase: JoinPhase) -> StaffJoin:
    return StaffJoin(
        call_id="c1",
        at_sample=0,
        join_id="j1",
        by=by,
        name=by,
        phase=phase,
        mode=JoinMode.LISTEN,
        way=JoinWay.BROWSER,
        because="",
        is_told=False,
    )


@pytest.fixture
def room() -> Room:
    return Room()


def test_agents_read_their_own_qa_all_seniors_their_teams_and_admins_none(room: Room) -> None:
    everybody = (SAM, PRIYA, ANA, CEM, ZOE, QUENTIN, ADAM)
    assert [one.name for one in everybody if room.reads(one)] == ["sam", "ana", "zoe", "quentin"]
    assert [one.name for one in everybody if room.reads(one, "")] == ["ana", "cem", "zoe", "quentin"], "a call of no agent"
    assert room.reads(CEM, "cem"), "their own call, whatever their team"


@pytest.mark.parametrize(
    ("event", "is_told"),
    [
        (call_started(), True),
        (for_team(), True),
        (replace(alert("c1:1", kind=DecisionKind.PROMPT), because="stupid cow"), False),
        (transcript('he said "kind":"alert" to me'), False),
        (joins("ana", JoinPhase.JOINED), True),
    ],
)
def test_all_senior_staff_know_that_a_call_runs_and_alerts_and_nothing_else_of_it(
    room: Room, event: Event, *, is_told: bool
) -> None:
    assert room.readers.may_see(CEM, stored(event)) == is_told
    assert room.readers.may_see(ANA, stored(event))
    assert not room.readers.may_see(ADAM, stored(event))
    assert not room.readers.may_see(PRIYA, stored(event))


def test_an_alert_for_all_opens_the_call_to_all_and_it_stays_open(room: Room) -> None:
    room.happen(alert("c1:1"), answered(AlertAnswer.CLAIMED, by="ana"))
    assert room.reads(CEM)
    assert not room.reads(PRIYA)
    assert not room.reads(ADAM)


def test_a_teams_alert_opens_nothing_to_others_until_a_tier_calls_them(room: Room) -> None:
    room.happen(for_team())
    assert not room.reads(CEM)
    room.happen(for_team("c1:2", tier=2, repeats="c1:1"))
    assert not room.reads(CEM)
    room.happen(replace(alert("c1:3"), tier=3, repeats="c1:1"))
    assert room.reads(CEM)


def test_a_teams_alert_is_everybodys_where_nobody_of_the_team_is_there(room: Room) -> None:
    room.happen(for_team())
    room.present = {"red"}
    assert room.reads(CEM)
    room.present = {"blue", "red"}
    assert room.reads(CEM), "somebody may be on the way"


def test_one_that_somebody_has_seen_or_that_was_withdrawn_calls_nobody_else(room: Room) -> None:
    room.happen(for_team(), answered(AlertAnswer.ACKNOWLEDGED, by="ana"))
    room.happen(for_team("c1:2"), DecisionSettled(call_id="c1", decision_id="c1:2", at_sample=0, is_confirmed=False, because=""))
    room.present = {"red"}
    assert not room.reads(CEM)


def test_declined_by_the_team_where_no_tier_follows_it_is_everybodys(room: Room) -> None:
    room.happen(for_team(), answered(AlertAnswer.DECLINED, by="ana"))
    assert not room.reads(CEM), "the next tier is on its way"
    room.happen(replace(alert("c1:2"), reach=Reach.TEAM, team="blue", repeats="c1:1"), answered(AlertAnswer.DECLINED, by="ana"))
    assert room.reads(CEM)


LAST = replace(alert("c1:1"), reach=Reach.TEAM, team="blue")


@pytest.mark.parametrize("answer", [AlertAnswer.ACKNOWLEDGED, AlertAnswer.CLAIMED])
def test_given_up_where_no_tier_follows_it_is_everybodys(room: Room, answer: AlertAnswer) -> None:
    room.happen(LAST, answered(answer, by="ana"), answered(AlertAnswer.DECLINED, by="ben"))
    assert not room.reads(CEM), "somebody has it"
    room.happen(answered(AlertAnswer.DECLINED, by="ana"))
    assert room.reads(CEM)


def test_given_up_by_whom_it_was_handed_to_it_is_everybodys(room: Room) -> None:
    room.happen(LAST, answered(AlertAnswer.CLAIMED, by="ana"), answered(AlertAnswer.HANDED_OVER, by="ana", to="ben"))
    room.happen(answered(AlertAnswer.DECLINED, by="ana"))
    assert not room.reads(CEM)
    room.happen(answered(AlertAnswer.DECLINED, by="ben"))
    assert room.reads(CEM)


@pytest.mark.parametrize(
    "act",
    [
        answered(AlertAnswer.CLAIMED),
        answered(AlertAnswer.HANDED_OVER, by="ana", to="cem"),
        joins("cem", JoinPhase.JOINED),
    ],
)
def test_who_takes_it_is_given_it_or_joins_reads_the_call(room: Room, act: Event) -> None:
    room.happen(for_team(), act)
    assert room.reads(CEM)
    assert not room.reads(user("dora", team="red"))


def test_who_is_asked_to_take_a_call_over_is_let_in(room: Room) -> None:
    room.readers.let_in("c1", "cem")
    assert room.reads(CEM)


def test_what_is_stored_tells_the_same(room: Room) -> None:
    room.readers.learn([stored(for_team()), stored(transcript("you stupid cow")), stored(answered(AlertAnswer.CLAIMED))])
    assert room.reads(CEM)
    assert room.readers.is_alerting("c1")


def test_who_is_there_is_counted_once_for_each_event_however_many_consoles_ask() -> None:
    counted: list[int] = []

    def count() -> frozenset[str]:
        counted.append(1)
        return frozenset({"blue"})

    readers = Readers(lambda _: "blue", count)
    readers.take(stored(for_team()))
    for _ in range(200):
        assert not readers.may_see(CEM, stored(transcript("hello")))
    assert len(counted) == 1
