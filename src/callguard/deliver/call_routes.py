"""Calls: what happened, and what people do about it."""

from typing import Annotated, Final
from urllib.parse import parse_qsl

import orjson
from fastapi import APIRouter, Query
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from callguard.accounts import User
from callguard.announced import CallDetails
from callguard.deliver.access import (
    SHIFT,
    Anybody,
    CallReader,
    Dispatcher,
    OnCalls,
    SeniorStaff,
    check_act,
    check_call,
    check_is_call,
    check_tactic,
    is_open_to,
    read_call,
)
from callguard.deliver.services import Parts, as_response
from callguard.errors import InputError, NotFoundError
from callguard.events import StoredEvent
from callguard.human_acts import AlertAnswer, CardAnswer
from callguard.terms import StaffRole, Tactic

router = APIRouter(prefix="/api", tags=["calls"])

BOARD_TYPES = (
    "call_started",
    "call_ended",
    "state",
    "guard",
    "decision",
    "decision_settled",
    "help_asked",
    "alert_answered",
    "card_answered",
    "tactic_requested",
    "agent_assigned",
    "call_described",
    "caller_known",
    "warning_given",
    "checklist_filled",
    "threat_decided",
    "staff_join",
)
MOST_CALLS = 500
FORM: Final = "application/x-www-form-urlencoded"


class AnsweredCard(BaseModel, frozen=True, extra="forbid"):
    """What somebody did with a card."""

    tactic: Tactic
    answer: CardAnswer
    decision_id: str = Field(default="", max_length=512, description="The prompt that showed the card; empty when it was pulled.")


class RequestedAct(BaseModel, frozen=True, extra="forbid"):
    """An act beyond words."""

    tactic: Tactic


class AssignedAgent(BaseModel, frozen=True, extra="forbid"):
    """Who has a call."""

    agent: str = Field(min_length=1, max_length=256, description="The agent's log-in name.")


class DescribedCall(BaseModel, frozen=True):
    """What became of what was said of a call."""

    is_running: bool = Field(description="The call runs and stands as was said; else this is kept until it begins.")


def _agent_filter(user: User) -> str | None:
    return user.name if user.role is StaffRole.AGENT else None


def _fragments(events: list[StoredEvent]) -> list[orjson.Fragment]:
    return [orjson.Fragment(event.body) for event in events]


@router.get("/cards")
async def cards(user: Anybody, parts: Parts, call: str = "") -> Response:
    """List the cards that this user may use: of the policy that `call` began with, in its language, or of that of new calls."""
    own = (card for card in parts.desk.cards(call) if is_open_to(user, card.tactic))
    return as_response([{"tactic": card.tactic.value, "text": card.text} for card in own])


@router.get("/live")
async def live(user: CallReader, parts: Parts) -> Response:
    """Return where a console starts: running calls and what is open on them; then /ws?since=SEQ brings the rest.

    Senior staff are told of all calls that they run, whose they are, how they stand and of what senior staff were alerted, and of
    what else happened on those that they may read.
    """
    agent = _agent_filter(user)
    # First: what is published meanwhile has a higher number and comes through the socket, twice at worst and never not at all.
    seq = await parts.archive.last_seq()
    calls = await parts.archive.calls(MOST_CALLS, agent=agent, running=True)
    since = parts.clock.utc_now() - SHIFT
    events = await parts.archive.events_of_calls_since(since, agent=agent, types=BOARD_TYPES)
    readers = parts.hub.readers
    readers.learn([event for event in events if not readers.knows(event.call_id)])
    shown = [event for event in events if readers.may_see(user, event)]
    for event in shown:
        parts.hub.note(user, event)
    return as_response({"seq": seq, "calls": calls, "events": _fragments(shown)})


@router.get("/calls")
async def calls(
    user: CallReader,
    parts: Parts,
    limit: Annotated[int, Query(ge=1, le=MOST_CALLS)] = 50,
    running: bool | None = None,
) -> Response:
    """List calls, latest first; senior staff see those of their own team and of agents in none."""
    only_team = user.team if user.role is StaffRole.SENIOR else ""
    return as_response(await parts.archive.calls(limit, agent=_agent_filter(user), running=running, only_team=only_team))


@router.get("/calls/{call_id:path}/events")
async def events(call_id: str, user: CallReader, parts: Parts, types: str = "") -> Response:
    """Return a call's events in order; `types` names some, with commas. Who reads somebody else's call is logged."""
    await read_call(call_id, user, parts, "events")
    found = await parts.archive.events_of_call(call_id, types=tuple(types.split(",")) if types else None)
    return as_response(_fragments([event for event in found if user.role is not StaffRole.AGENT or event.agent == user.name]))


@router.get("/calls/{call_id:path}")
async def call(call_id: str, user: CallReader, parts: Parts) -> Response:
    """Return one call."""
    await check_call(call_id, user, parts)
    found = await parts.archive.call(call_id)
    if found is None:
        raise NotFoundError("this call has only just begun; ask again in a moment")
    return as_response(found)


@router.post("/calls/{call_id:path}/help")
async def ask_help(call_id: str, user: OnCalls, parts: Parts) -> Response:
    """«I need help»: works at any score, and nobody has to justify it."""
    await check_call(call_id, user, parts)
    await parts.desk.help(call_id, user, is_panic=False)
    return as_response({})


@router.post("/calls/{call_id:path}/panic")
async def panic(call_id: str, user: OnCalls, parts: Parts) -> Response:
    """Fear for one's safety: senior staff at once."""
    await check_call(call_id, user, parts)
    await parts.desk.help(call_id, user, is_panic=True)
    return as_response({})


@router.post("/calls/{call_id:path}/cards")
async def answer_card(call_id: str, user: OnCalls, card: AnsweredCard, parts: Parts) -> Response:
    """Note that a card was used, helped or was waved away."""
    check_tactic(user, card.tactic)
    await check_call(call_id, user, parts)
    if card.decision_id and _call_of(card.decision_id) != call_id:
        raise NotFoundError("this call has no such decision; send the «decision_id» of a prompt of this call, or none")
    await parts.desk.card(call_id, user, tactic=card.tactic, answer=card.answer, decision_id=card.decision_id)
    return as_response({})


@router.post("/calls/{call_id:path}/request")
async def request_act(call_id: str, user: OnCalls, act: RequestedAct, parts: Parts) -> Response:
    """Ask for a transfer, an end of the call, an interjection or a call back."""
    check_act(user, act.tactic)
    await check_call(call_id, user, parts)
    await parts.desk.request(call_id, user, tactic=act.tactic)
    return as_response({})


@router.post("/calls/{call_id:path}/agent")
async def assign_agent(call_id: str, by: Dispatcher, assigned: AssignedAgent, parts: Parts) -> Response:
    """Say who has a running call that came without an agent, as AudioSocket calls do: from now on they see it."""
    if await parts.archive.user(assigned.agent) is None:
        raise NotFoundError("there is no user of this name; add one or check the spelling")
    await parts.desk.assign(call_id, by, agent=assigned.agent)
    return as_response({})


@router.post(
    "/calls/{call_id:path}/details",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {kind: {"schema": CallDetails.model_json_schema()} for kind in ("application/json", FORM)},
        }
    },
)
async def describe_call(call_id: str, by: Dispatcher, request: Request, parts: Parts) -> DescribedCall:
    """Say of a call what its audio has no place for: agent, caller, line, language; before it begins or while it runs.

    As JSON or as a form, which dialplans can write. What is said of a call that has not begun is kept for an hour, in memory. An
    agent and a caller, once known, stay; line and language can be said anew. The register looks the caller up at once.
    """
    details = await _read_details(request)
    if details.agent and await parts.archive.user(details.agent) is None:
        raise NotFoundError("there is no user of this name; add one or check the spelling")
    if parts.desk.agent_of(call_id) is None and await parts.archive.call(call_id) is not None:
        raise InputError("this call is over already; say what is to be known of a call before it ends")
    return DescribedCall(is_running=await parts.desk.describe(call_id, by, details))


async def _read_details(request: Request) -> CallDetails:
    body = await request.body()
    try:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM:
            return CallDetails.model_validate(dict(parse_qsl(body.decode(), keep_blank_values=True)))
        return CallDetails.model_validate_json(body)
    except UnicodeDecodeError as error:
        raise InputError("the form is no UTF-8; percent-encode it as such") from error
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False, include_input=False)) from error


@router.post("/alerts/{decision_id:path}/acknowledge")
async def acknowledge(decision_id: str, user: SeniorStaff, parts: Parts) -> Response:
    """Say that an alert was seen; it is not raised to the next tier."""
    return await _answer(decision_id, user, parts, AlertAnswer.ACKNOWLEDGED)


@router.post("/alerts/{decision_id:path}/claim")
async def claim(decision_id: str, user: SeniorStaff, parts: Parts) -> Response:
    """Take an alert on oneself; everybody is told. Whoever comes second is told who has it (409)."""
    return await _answer(decision_id, user, parts, AlertAnswer.CLAIMED)


async def _answer(decision_id: str, user: User, parts: Parts, answer: AlertAnswer) -> Response:
    call_id = _call_of(decision_id)
    await check_is_call(call_id, parts)
    await parts.desk.alert(call_id, user, decision_id=decision_id, answer=answer)
    return as_response({})


def _call_of(decision_id: str) -> str:
    return decision_id.rpartition(":")[0]  # «<call_id>:<n>»
