"""Twilio conference coaching: the senior's telephone becomes a participant that is muted, coaches the agent, or speaks to both.

The call must run in a Conference whose participants are the caller and the agent.
Source: twilio.com/docs/voice/api/conference-participant-resource.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Mapping
from typing import Any, Final

import httpx
import orjson

from callguard.clock import Clock
from callguard.errors import CallguardError, NotFoundError, ServiceError
from callguard.human_acts import JoinMode
from callguard.join.phone import Legs
from callguard.join_settings import TwilioCoachingSettings
from callguard.terms import Role

REST_WAIT_S: Final = 10.0
API: Final = "/2010-04-01/Accounts"
MOST_CONFERENCES: Final = 1000
"""The largest page that Twilio gives."""
AT_ONCE: Final = 10
"""Conferences that are looked into at the same time: one after the other, a hundred would take ten seconds."""
RING_S: Final = 25
"""Twilio adds 5 s of its own."""
LOOK_S: Final = 1.0
LOOKS: Final = 40
"""Longer than a telephone rings: then Twilio has said nothing about it."""
LABEL: Final = "callguard-"
"""Begins the label of every telephone that callguard calls: no two participants of a conference may have the same."""
TO_AGENT: Final = frozenset({JoinMode.WHISPER, JoinMode.TAKE_OVER})
"""What is done to the agent: whoever that is now."""
ENDED: Final = frozenset({"complete", "failed"})
REMEDIES: Final[Mapping[int, str]] = {
    20003: "Twilio refuses the account or its token; look at join.twilio",
    20404: "Twilio no longer has this conference or participant; the call is probably over",
    21210: "join.twilio.caller_id is not a number of this account; buy or verify it",
    21212: "join.twilio.caller_id is not a number that Twilio can call from",
    21211: "the senior's telephone is not a number that Twilio can call; write it as +15551234567",
    16027: "the agent is on hold, so that nobody can whisper to them; try again when they are back",
    16028: "the agent is not in the conference (any more), so that nobody can whisper to them; interject instead",
}
"""What to do about Twilio's error codes (twilio.com/docs/api/errors)."""


class TwilioCoaching:
    """Joins as a participant of the call's conference."""

    name = "Twilio"
    modes = frozenset(JoinMode)

    def __init__(self, settings: TwilioCoachingSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._rest = httpx.AsyncClient(
            base_url=f"{settings.url.rstrip('/')}{API}/{settings.account_sid}",
            auth=(settings.account_sid, settings.auth_token.get_secret_value()),
            timeout=REST_WAIT_S,
        )
        self._agents: dict[str, str] = {}

    async def join(self, legs: Legs, phone: str, mode: JoinMode) -> str:
        """Call the senior's telephone into the conference and wait until it was answered. Raises ServiceError, NotFoundError."""
        caller = legs.names.get(Role.CALLER, legs.call_id)
        conference, agent = await self._find(caller, legs.names.get(Role.AGENT, ""))
        label = f"{LABEL}{secrets.token_hex(8)}"
        handle = f"{conference}/{label}"  # a participant answers to its label as well, if the answer to this request is lost
        try:
            made = await self._ask(
                "POST",
                f"/Conferences/{conference}/Participants.json",
                From=self._settings.caller_id,
                To=phone,
                Label=label,
                Timeout=str(RING_S),
                Beep="false",
                EarlyMedia="false",
                StartConferenceOnEnter="false",
                EndConferenceOnExit="false",
                **_part(mode, agent),
            )
            handle = f"{conference}/{made['call_sid']}"
            await self._await_answer(handle)
            if mode is JoinMode.TAKE_OVER:
                await self._drop_agent(conference, agent)
        except (CallguardError, asyncio.CancelledError):
            with contextlib.suppress(ServiceError):
                await self.leave(handle)
            raise
        self._agents[handle] = agent
        return handle

    async def change(self, handle: str, mode: JoinMode, legs: Legs) -> None:
        """Go on in another mode. Raises ServiceError, NotFoundError."""
        conference = handle.partition("/")[0]
        if mode in TO_AGENT:
            agent = legs.names.get(Role.AGENT, self._agents.get(handle, ""))
            caller = legs.names.get(Role.CALLER, legs.call_id)
            self._agents[handle] = self._agent_of(await self._inside(conference), caller, agent)
        agent = self._agents.get(handle, "")
        await self._ask("POST", _path(handle), **_part(mode, agent))
        if mode is JoinMode.TAKE_OVER:
            await self._drop_agent(conference, agent)

    async def leave(self, handle: str) -> None:
        """Hang up the senior's telephone. Raises ServiceError."""
        self._agents.pop(handle, None)
        try:
            await self._ask("DELETE", _path(handle))
        except NotFoundError:
            return  # hung up already

    async def is_connected(self, handle: str) -> bool:
        """Return whether the senior's telephone is still in the conference. Raises ServiceError."""
        return await self._status(handle) not in ENDED

    def let_stay(self, handle: str) -> None:
        """Leave the senior's telephone where it is."""
        self._agents.pop(handle, None)

    async def close(self) -> None:
        """Let go of connections."""
        await self._rest.aclose()

    async def _await_answer(self, handle: str) -> None:
        for _ in range(LOOKS):
            status = await self._status(handle)
            if status == "connected":
                return
            if status in ENDED:
                break
            await self._clock.sleep(LOOK_S)
        raise ServiceError("the telephone did not answer; try again or listen in the browser")

    async def _status(self, handle: str) -> str:
        """Return Twilio's word for how far the telephone is; a participant whose call has ended is not known any more."""
        try:
            return str((await self._ask("GET", _path(handle)))["status"])
        except NotFoundError:
            return "complete"

    async def _drop_agent(self, conference: str, agent: str) -> None:
        """Take the agent out; a conference that would end with them is told first to go on."""
        if not agent:
            return  # a colleague has taken the call over before
        path = _path(f"{conference}/{agent}")
        with contextlib.suppress(NotFoundError):  # the agent has hung up
            await self._ask("POST", path, EndConferenceOnExit="false")
            await self._ask("DELETE", path)

    async def _find(self, caller: str, agent: str) -> tuple[str, str]:
        """Return the running conference that the caller is in, and the agent's call SID."""
        running = await self._ask("GET", f"/Conferences.json?Status=in-progress&PageSize={MOST_CONFERENCES}")
        sids = [str(conference["sid"]) for conference in running["conferences"]]
        for start in range(0, len(sids), AT_ONCE):
            looked = await asyncio.gather(*(self._inside(sid) for sid in sids[start : start + AT_ONCE]))
            for sid, inside in zip(sids[start:], looked, strict=False):
                if caller in inside:
                    return sid, self._agent_of(inside, caller, agent)
        raise ServiceError(
            "the call is in no Twilio conference; dial caller and agent into a <Conference> so that it can be joined"
        )

    def _agent_of(self, inside: Mapping[str, str], caller: str, agent: str) -> str:
        if agent in inside:
            return agent
        others = [sid for sid, label in inside.items() if sid != caller and not label.startswith(LABEL)]
        if len(others) > 1:
            raise ServiceError("who of the conference is the agent is not known; POST the call SID to /api/calls/{id}/legs")
        return others[0] if others else ""

    async def _inside(self, conference: str) -> dict[str, str]:
        """Return the labels of a conference's participants by call SID; nobody is in one that has just ended."""
        try:
            inside = await self._ask("GET", f"/Conferences/{conference}/Participants.json")
        except NotFoundError:
            return {}
        return {str(one["call_sid"]): str(one.get("label") or "") for one in inside["participants"]}

    async def _ask(self, method: str, path: str, **form: str) -> Any:
        try:
            answer = await self._rest.request(method, path, data=form or None)
        except httpx.HTTPError as error:
            raise ServiceError("Twilio does not answer; look at the network and join.twilio.url") from error
        if answer.is_success:
            return _read(answer)
        code = _error_code(answer)
        if answer.status_code == 404:
            raise NotFoundError(REMEDIES[20404])
        raise ServiceError(REMEDIES.get(code, f"Twilio answered {answer.status_code} (error {code}); look at its error log"))


def _read(answer: httpx.Response) -> Any:
    try:
        return orjson.loads(answer.content) if answer.content else None
    except orjson.JSONDecodeError as error:
        raise ServiceError("what answers at join.twilio.url is not Twilio; check the address and what stands between") from error


def _path(handle: str) -> str:
    conference, _, call_sid = handle.partition("/")
    return f"/Conferences/{conference}/Participants/{call_sid}.json"


def _part(mode: JoinMode, agent: str) -> dict[str, str]:
    """Return the form that puts a participant into a mode; coaching is switched off explicitly, for a change.

    Raises ServiceError where there is no agent to whisper to: nobody else may hear it.
    """
    if mode is JoinMode.WHISPER:
        if not agent:
            raise ServiceError(REMEDIES[16028])
        return {"Muted": "false", "Coaching": "true", "CallSidToCoach": agent}
    return {"Muted": "true" if mode is JoinMode.LISTEN else "false", "Coaching": "false"}


def _error_code(answer: httpx.Response) -> int:
    try:
        return int(orjson.loads(answer.content)["code"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return 0
