"""The caller register: what the call distributor asks, what the next agent reads, and restrictions that people decide."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from callguard.callers import (
    CallerLookup,
    CallerNote,
    CallerView,
    Restriction,
    RestrictionDecision,
    RestrictionProposal,
    RestrictionStatus,
)
from callguard.deliver.access import Anybody, Dispatcher, Keeper, NoteWriter
from callguard.deliver.incident_routes import LETTER_FORMS, file_response
from callguard.deliver.services import Parts

router = APIRouter(prefix="/api", tags=["callers"])


class Asked(BaseModel, frozen=True, extra="forbid"):
    """Whose call is about to be put through."""

    caller: str = Field(min_length=1, max_length=512, description="Number or account, as the phone system has it.")


class NewNote(BaseModel, frozen=True, extra="forbid"):
    """What the next person should know."""

    text: str = Field(min_length=1, max_length=1000)
    for_visits: bool = Field(default=False, description="Colleagues who will see the person in the field are to be warned.")


class Lift(BaseModel, frozen=True, extra="forbid"):
    """Why a restriction ends before its time."""

    reason: str = Field(min_length=1, max_length=2000)


@router.get("/callers/lookup")
async def look_up(by: Dispatcher, parts: Parts, caller: Annotated[str, Query(min_length=1, max_length=512)]) -> CallerLookup:
    """Say whether and to whom a call may be put through; the number stands in the address: use POST behind a proxy that logs."""
    return await parts.cases.callers.look_up(caller, by=by)


@router.post("/callers/lookup")
async def look_up_unlogged(by: Dispatcher, asked: Asked, parts: Parts) -> CallerLookup:
    """Say whether and to whom a call may be put through."""
    return await parts.cases.callers.look_up(asked.caller, by=by)


@router.get("/callers/{caller}")
async def read_caller(caller: str, user: Anybody, parts: Parts) -> CallerView:
    """Return a caller's record by keyed hash; the number is shown to senior staff only."""
    return await parts.cases.callers.view(caller, user)


@router.post("/callers/{caller}/notes")
async def add_note(caller: str, user: NoteWriter, note: NewNote, parts: Parts) -> CallerNote:
    """Write down what the next person should know; shown before or as the next call arrives."""
    return await parts.cases.callers.add_note(caller, user, text=note.text, for_visits=note.for_visits)


@router.post("/notes/{note_id}/end")
async def end_note(note_id: str, user: Keeper, parts: Parts) -> CallerNote:
    """Stop showing a note; it is kept."""
    return await parts.cases.callers.end_note(note_id, user)


@router.post("/callers/{caller}/restrictions")
async def propose_restriction(caller: str, user: Anybody, proposal: RestrictionProposal, parts: Parts) -> Restriction:
    """Propose to restrict a caller: anybody may, and nothing follows until the authority decides."""
    return await parts.cases.callers.propose(caller, user, proposal=proposal)


@router.get("/restrictions")
async def list_restrictions(user: Keeper, parts: Parts, status: RestrictionStatus | None = None) -> list[Restriction]:
    """List restrictions with their end and review, newest proposal first."""
    return await parts.cases.callers.restrictions(user, status=status)


@router.get("/restrictions/{restriction_id}")
async def read_restriction(restriction_id: str, user: Keeper, parts: Parts) -> Restriction:
    """Return one restriction."""
    return await parts.cases.callers.restriction(restriction_id, user)


@router.post("/restrictions/{restriction_id}/decide")
async def decide_restriction(restriction_id: str, user: Anybody, decision: RestrictionDecision, parts: Parts) -> Restriction:
    """Decide on a proposal: only a logged-in person of the role that the policy names."""
    return await parts.cases.callers.decide(restriction_id, user, decision=decision)


@router.post("/restrictions/{restriction_id}/lift")
async def lift_restriction(restriction_id: str, user: Anybody, lift: Lift, parts: Parts) -> Restriction:
    """End a restriction before its time."""
    return await parts.cases.callers.lift(restriction_id, user, reason=lift.reason)


@router.get("/restrictions/{restriction_id}/letter.{form}", response_class=Response, responses=LETTER_FORMS)
async def restriction_letter(restriction_id: str, form: Literal["txt", "pdf"], user: Keeper, parts: Parts) -> Response:
    """Return a draft of the letter that tells the caller why, what and for how long."""
    return file_response(await parts.cases.papers.restriction_letter(restriction_id, user, form=form))
