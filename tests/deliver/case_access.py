"""Who may use the routes about incidents, callers and tasks, and a call that they are about."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from callguard.callers import CallerNote, Restriction, RestrictionStatus
from callguard.events import CallEnded
from callguard.human_acts import TacticRequested
from callguard.incidents import SupportOffer, incident_id_of
from callguard.record.vault import Vault
from callguard.terms import EndReason, StaffRole, Tactic
from tests.deliver.office import Office
from tests.fakes import alert, call_started

NUMBER = "+44 20 7946 0001"
CALLER = Vault(bytes(32)).key_of(NUMBER)
INCIDENT = incident_id_of("c1")
FOLLOW_UP = f"f_{INCIDENT}"
NAMES = {
    "{incident_id}": INCIDENT,
    "{caller}": CALLER,
    "{restriction_id}": "r1",
    "{follow_up_id}": FOLLOW_UP,
    "{note_id}": "n1",
    "{support_id}": "s1",
    "{form}": "pdf",
}
STATEMENT = {"account": "He shouted.", "decision": "Letter to the caller."}
PROPOSAL = {"kind": "in writing only", "reason": "Threats after a warning.", "days": 30}
DECISION = {"approve": True, "reason": "Proportionate.", "consulted": "the head of the office"}

CASE_MATRIX: list[tuple[str, str, Any, tuple[int, ...]]] = [
    #                                                                          nobody sam priya ana quentin adam
    ("POST", "/api/calls/c1/incident", {"why": "it shook me"}, (401, 200, 404, 200, 403, 403)),
    ("GET", "/api/incidents", None, (401, 200, 200, 200, 200, 200)),
    ("GET", "/api/incidents/of-call/c1", None, (401, 200, 404, 200, 200, 200)),
    ("GET", f"/api/incidents/{INCIDENT}", None, (401, 200, 404, 200, 200, 200)),
    ("POST", f"/api/incidents/{INCIDENT}/comments", {"text": "I was alone."}, (401, 200, 404, 200, 200, 200)),
    ("POST", f"/api/incidents/{INCIDENT}/complete", STATEMENT, (401, 403, 403, 200, 403, 200)),
    ("POST", f"/api/incidents/{INCIDENT}/sign", None, (401, 403, 404, 200, 403, 200)),
    ("POST", f"/api/incidents/{INCIDENT}/amend", {"reason": "date", "statement": STATEMENT}, (401, 403, 403, 200, 403, 200)),
    ("POST", f"/api/incidents/{INCIDENT}/hold", {"on": True, "reason": "police"}, (401, 403, 403, 200, 403, 200)),
    ("GET", f"/api/incidents/{INCIDENT}/verify", None, (401, 200, 404, 200, 200, 200)),
    ("GET", f"/api/incidents/{INCIDENT}/support", None, (401, 200, 404, 200, 200, 200)),
    ("POST", f"/api/incidents/{INCIDENT}/support", {"kind": "counselling"}, (401, 403, 403, 200, 403, 200)),
    ("POST", "/api/support/s1/answer", {"answer": "later"}, (401, 204, 404, 404, 404, 404)),
    ("GET", f"/api/incidents/{INCIDENT}/export.pdf", None, (401, 403, 403, 200, 403, 200)),
    ("GET", f"/api/incidents/{INCIDENT}/letter.pdf", None, (401, 403, 403, 200, 403, 200)),
    ("GET", "/api/callers/lookup", None, (401, 403, 403, 422, 403, 422)),
    ("POST", "/api/callers/lookup", {"caller": NUMBER}, (401, 403, 403, 200, 403, 200)),
    ("GET", f"/api/callers/{CALLER}", None, (401, 200, 404, 200, 200, 200)),
    ("POST", f"/api/callers/{CALLER}/notes", {"text": "speak slowly"}, (401, 200, 404, 200, 403, 200)),
    ("POST", "/api/notes/n1/end", None, (401, 403, 403, 200, 403, 200)),
    ("POST", f"/api/callers/{CALLER}/restrictions", PROPOSAL, (401, 200, 404, 200, 200, 200)),
    ("GET", "/api/restrictions", None, (401, 403, 403, 200, 403, 200)),
    ("GET", "/api/restrictions/r1", None, (401, 403, 403, 200, 403, 200)),
    ("GET", "/api/restrictions/r1/letter.pdf", None, (401, 403, 403, 200, 403, 200)),
    ("POST", "/api/restrictions/r1/decide", DECISION, (401, 403, 403, 200, 403, 403)),
    ("POST", "/api/restrictions/r1/lift", {"reason": "apologised"}, (401, 403, 403, 200, 403, 403)),
    ("GET", "/api/wrap-up", None, (401, 200, 200, 200, 200, 200)),
    ("POST", "/api/calls/c1/wrap-up", None, (401, 200, 404, 200, 403, 403)),
    ("POST", "/api/wrap-up/end", None, (401, 204, 204, 204, 204, 204)),
    ("GET", "/api/notices", None, (401, 200, 200, 200, 200, 200)),
    ("GET", "/api/follow-ups", None, (401, 403, 403, 200, 403, 403)),
    ("POST", f"/api/follow-ups/{FOLLOW_UP}/take", None, (401, 403, 403, 200, 403, 403)),
    ("POST", f"/api/follow-ups/{FOLLOW_UP}/done", {"outcome": "They apologised."}, (401, 403, 403, 200, 403, 403)),
    ("GET", "/api/queue", None, (401, 403, 403, 200, 403, 200)),
    ("GET", "/api/audit", None, (401, 403, 403, 403, 403, 200)),
]


async def have_incident(office: Office, call_id: str = "c1", *, agent: str = "sam", number: str = NUMBER) -> str:
    """Let a call alert, be hung up and end, and return its incident's id."""
    started = office.aftercare.sealed(
        replace(call_started(call_id, agent=agent), caller=number, started_at=office.clock.utc_now())
    )
    await office.happen(started, agent=agent)
    await office.aftercare.arrived(started, number)
    await office.happen(alert(f"{call_id}:1", call_id=call_id, at_sample=16_000), agent=agent)
    hung_up = TacticRequested(call_id=call_id, at_sample=32_000, by=agent, role=StaffRole.AGENT, tactic=Tactic.HANG_UP)
    await office.happen(hung_up, agent=agent)
    at = office.clock.utc_now() + timedelta(minutes=2)
    ended = CallEnded(call_id=call_id, ended_at=at, at_sample=120 * 16_000, reason=EndReason.CLOSED, detail="")
    await office.happen(ended, agent=agent)
    await office.aftercare.ended(call_id)
    return incident_id_of(call_id)


async def have_everything(office: Office) -> None:
    """Have an incident, a note, an offer of support and a proposed restriction, by the names above."""
    await have_incident(office)
    now = office.clock.utc_now()
    note = CallerNote(note_id="n1", caller=CALLER, by="ana", at=now, text="shouts", for_visits=True, ended_by="", ended_at=None)
    await office.store.register.add_note(note)
    await office.store.register.propose(proposed())
    offer = SupportOffer(
        support_id="s1",
        incident_id=INCIDENT,
        agent="sam",
        kind="counselling",
        note="",
        offered_by="ana",
        offered_at=now,
        answer="",
        answered_at=None,
    )
    newest = await office.store.incidents.newest(INCIDENT)
    made: dict[str, Any] = {"status": newest.status, "act": "support_offered", "by": "ana", "at": now, "reason": ""}
    await office.store.incidents.add(newest, **made, content=newest.content, offer=offer)


def proposed(restriction_id: str = "r1", *, caller: str = CALLER) -> Restriction:
    """Return a proposal to restrict a caller for 30 days."""
    office_opened = call_started().started_at
    return Restriction(
        restriction_id=restriction_id,
        caller=caller,
        status=RestrictionStatus.PROPOSED,
        kind="in writing only",
        reason="He threatened a colleague after a warning.",
        incidents=(),
        days=30,
        proposed_by="sam",
        proposed_at=office_opened,
        consulted="",
        decided_by="",
        decided_at=None,
        decision="",
        begins_at=None,
        ends_at=None,
        review_at=None,
        route_to="",
        refuse_calls=False,
        lifted_by="",
        lifted_at=None,
    )
