"""Somebody who may hurt themselves is never sanctioned (POLICY.md): not after the call either."""

from dataclasses import replace
from datetime import timedelta

import pytest

from callguard.events import CallEnded
from callguard.human_acts import TacticRequested
from callguard.incidents import incident_id_of
from callguard.terms import EndReason, StaffRole, Tactic
from tests.deliver.case_access import CALLER, NUMBER
from tests.deliver.office import Office
from tests.fakes import alert, call_started


async def have_care_call(office: Office) -> str:
    started = office.aftercare.sealed(replace(call_started("c9"), caller=NUMBER, started_at=office.clock.utc_now()))
    await office.happen(started)
    await office.aftercare.arrived(started, NUMBER)
    await office.happen(replace(alert("c9:1", call_id="c9"), category="self_harm", severity=0))
    await office.happen(TacticRequested(call_id="c9", at_sample=32_000, by="sam", role=StaffRole.AGENT, tactic=Tactic.HANG_UP))
    at = office.clock.utc_now() + timedelta(minutes=2)
    await office.happen(CallEnded(call_id="c9", ended_at=at, at_sample=120 * 16_000, reason=EndReason.CLOSED, detail=""))
    await office.aftercare.ended("c9")
    return incident_id_of("c9")


async def test_the_call_back_after_a_care_call_says_nothing_of_conduct(office: Office) -> None:
    await have_care_call(office)
    async with office.client("ana") as ana:
        task = (await ana.get("/api/follow-ups")).json()[0]

    assert task["call_id"] == "c9"
    assert task["wording"].startswith("Call back out of care")


@pytest.mark.parametrize("is_named", [True, False])
async def test_no_restriction_is_proposed_for_a_care_call(office: Office, *, is_named: bool) -> None:
    incident = await have_care_call(office)
    named = [incident] if is_named else []
    proposal = {"kind": "in writing only", "reason": "They rang at night.", "days": 30, "incidents": named}
    async with office.client("ana") as ana:
        answer = await ana.post(f"/api/callers/{CALLER}/restrictions", json=proposal)

    assert answer.status_code == 400
    assert "never sanctioned" in answer.json()["message"]
