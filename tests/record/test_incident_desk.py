"""The desk for incident records while somebody else is at the same record."""

from collections.abc import Awaitable, Callable
from typing import Literal

import pytest

from callguard.accounts import User
from callguard.cases import AftercareRules
from callguard.errors import InputError
from callguard.human_acts import AlertAnswer, AlertAnswered
from callguard.incidents import IncidentStatus, IncidentSummary, IncidentVersion, Statement, incident_id_of
from callguard.record.incident_desk import IncidentDesk
from callguard.record.incident_files import IncidentFiles
from callguard.record.store import SqlStore
from callguard.terms import StaffRole
from tests.clocks import HandClock
from tests.record.cases import hard_call
from tests.record.journals import numbered
from tests.sendings import TellsAll

INCIDENT = incident_id_of("c1")
ANA, OMAR = (User(name=name, display_name=name, role=StaffRole.SENIOR, team="", password_hash="x") for name in ("ana", "omar"))


class Overtaken(IncidentFiles):
    """Lets somebody else act once, right after this method has read and before what was read is written upon."""

    meanwhile: tuple[str, Callable[[], Awaitable[object]]] | None = None

    async def find(self, incident_id: str) -> IncidentSummary | None:
        found = await super().find(incident_id)
        await self._let_others_act("find")
        return found

    async def versions(self, incident_id: str) -> list[IncidentVersion]:
        found = await super().versions(incident_id)
        await self._let_others_act("versions")
        return found

    async def newest(self, incident_id: str) -> IncidentVersion:
        found = await super().newest(incident_id)
        await self._let_others_act("newest")
        return found

    async def _let_others_act(self, after: str) -> None:
        if self.meanwhile is not None and self.meanwhile[0] == after:
            _, act = self.meanwhile
            self.meanwhile = None
            await act()


@pytest.fixture
def files(store: SqlStore) -> Overtaken:
    return Overtaken(store._database)


@pytest.fixture
async def desk(store: SqlStore, files: Overtaken) -> IncidentDesk:
    clock = HandClock()
    await store.append(numbered(*hard_call()))
    rules = AftercareRules(support=("counselling",))
    made = IncidentDesk(files, store.tasks, store, outbox=TellsAll(clock), rules=lambda: rules, clock=clock)
    await made.draft("c1")
    return made


async def test_two_people_who_open_a_draft_of_which_more_is_known_both_read_it(
    store: SqlStore, files: Overtaken, desk: IncidentDesk
) -> None:
    answer = AlertAnswer.ACKNOWLEDGED
    more = AlertAnswered(call_id="c1", at_sample=0, by="omar", decision_id="c1:1", answer=answer, to="", reason="")
    await store.append(numbered(more, first=100))
    files.meanwhile = "newest", lambda: desk.view(INCIDENT, OMAR)
    view = await desk.view(INCIDENT, ANA)
    assert view.summary.status is IncidentStatus.DRAFT
    assert [entry.act for entry in view.history] == ["drafted", "drafted"]
    assert view.summary.version == 2


async def test_support_is_offered_with_its_line_in_the_record_or_not_at_all(files: Overtaken, desk: IncidentDesk) -> None:
    files.meanwhile = "versions", lambda: desk.comment(INCIDENT, OMAR, text="I was there.")
    with pytest.raises(InputError, match="read it again"):
        await desk.offer_support(INCIDENT, ANA, kind="counselling", note="")
    assert await files.support(INCIDENT) == []
    await desk.offer_support(INCIDENT, ANA, kind="counselling", note="")
    assert [offer.offered_by for offer in await files.support(INCIDENT)] == ["ana"]
    assert [entry.act for entry in (await desk.view(INCIDENT, ANA)).history] == ["drafted", "commented", "support_offered"]


@pytest.mark.parametrize("act", ["comment", "hold", "offer", "complete"])
async def test_a_signature_that_is_given_while_somebody_else_acts_stands(
    files: Overtaken, desk: IncidentDesk, act: Literal["comment", "hold", "offer", "complete"]
) -> None:
    acts: dict[str, Callable[[], Awaitable[object]]] = {
        "comment": lambda: desk.comment(INCIDENT, ANA, text="I was there."),
        "hold": lambda: desk.hold(INCIDENT, ANA, is_on=True, reason="police"),
        "offer": lambda: desk.offer_support(INCIDENT, ANA, kind="counselling", note=""),
        "complete": lambda: desk.complete(INCIDENT, ANA, statement=Statement(account="Nothing happened.")),
    }
    await desk.complete(INCIDENT, ANA, statement=Statement(account="He shouted."))
    files.meanwhile = "find", lambda: desk.sign(INCIDENT, OMAR)
    if act == "complete":
        with pytest.raises(InputError, match="«signed»"):
            await acts[act]()
    else:
        await acts[act]()
    view = await desk.view(INCIDENT, OMAR)
    assert (view.summary.status, view.content.statement.account) == (IncidentStatus.SIGNED, "He shouted.")
    assert (await files.check(INCIDENT)).is_intact
