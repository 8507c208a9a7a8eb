"""Twilio conference coaching: the senior's telephone becomes a participant that is muted, coaches the agent, or speaks to both.

The call must run in a Conference whose participants are the caller and the agent.
Source: twilio.com/docs/voice/api/conference-participant-resource.
"""

from collections.abc import Mapping
from typing import Any, Final

import httpx
import orjson

from callguard.errors import NotFoundError, ServiceError
from callguard.human_acts import JoinMode
from callguard.join.phone import Legs
from callguard.join_settings import TwilioCoachingSettings
from callguard.terms import Role

REST_WAIT_S: Final = 10.0
API: Final = "/2010-04-01/Accounts"
MOST_CONFERENCES: Final = 200
REMEDIES: Final[Mapping[int, str]] = {
    20003: "Twilio refuses the account or its token; look at join.twilio",
    20404: "Twilio no longer has this conference or participant; the call is probably over",
    21210: "join.twilio.caller_id is not a number of this account; buy or verify it",
    21212: "join.twilio.caller_id is not a number that Twilio can call from",
    21211: "the senior's telephone is not a number that Twilio can call; write it as +15551234567",
    16025: "the call SID of the agent is in no conference, so that nobody can coach; put the call into a Conference",
}
"""What to do about Twilio's error codes (twilio.com/docs/api/errors)."""


class TwilioCoaching:
    """Joins as a participant of the call's conference."""

    name = "Twilio"
    modes = frozenset(JoinMode)

    def __init__(self, settings: TwilioCoachingSettings) -> None:
        self._settings = settings
        self._rest = httpx.AsyncClient(
            base_url=f"{settings.url.rstrip('/')}{API}/{settings.account_sid}",
            auth=(settings.account_sid, settings.auth_token.get_secret_value()),
            timeout=REST_WAIT_S,
        )
        self._agents: dict[str, str] = {}

    async def join(self, legs: Legs, phone: str, mode: JoinMode) -> str:
        """Call the senior's telephone into the conference. Raises ServiceError."""
        caller = legs.names.get(Role.CALLER, legs.call_id)
        conference, agent = await self._find(caller, legs.names.get(Role.AGENT, ""))
        made = await self._ask(
            "POST",
            f"/Conferences/{conference}/Participants.json",
            From=self._settings.caller_id,
            To=phone,
            Label="callguard",
            Beep="false",
            EarlyMedia="false",
            StartConferenceOnEnter="false",
            EndConferenceOnExit="false",
            **_part(mode, agent),
        )
        handle = f"{conference}/{made['call_sid']}"
        self._agents[handle] = agent
        if mode is JoinMode.TAKE_OVER:
            await self._drop_agent(handle)
        return handle

    async def change(self, handle: str, mode: JoinMode) -> None:
        """Go on in another mode. Raises ServiceError."""
        conference, _, call_sid = handle.partition("/")
        part = _part(mode, self._agents[handle])
        await self._ask("POST", f"/Conferences/{conference}/Participants/{call_sid}.json", **part)
        if mode is JoinMode.TAKE_OVER:
            await self._drop_agent(handle)

    async def leave(self, handle: str) -> None:
        """Hang up the senior's telephone. Raises ServiceError."""
        self._agents.pop(handle, None)
        conference, _, call_sid = handle.partition("/")
        try:
            await self._ask("DELETE", f"/Conferences/{conference}/Participants/{call_sid}.json")
        except NotFoundError:
            return  # hung up already

    async def close(self) -> None:
        """Let go of connections."""
        await self._rest.aclose()

    async def _drop_agent(self, handle: str) -> None:
        conference = handle.partition("/")[0]
        await self._ask("DELETE", f"/Conferences/{conference}/Participants/{self._agents[handle]}.json")

    async def _find(self, caller: str, agent: str) -> tuple[str, str]:
        """Return the running conference that the caller is in, and the agent's call SID."""
        running = await self._ask("GET", f"/Conferences.json?Status=in-progress&PageSize={MOST_CONFERENCES}")
        for conference in running["conferences"]:
            inside = await self._ask("GET", f"/Conferences/{conference['sid']}/Participants.json")
            sids = [one["call_sid"] for one in inside["participants"]]
            if caller in sids:
                others = [sid for sid in sids if sid != caller]
                if agent in others or len(others) == 1:
                    return conference["sid"], agent if agent in others else others[0]
                raise ServiceError("who of the conference is the agent is not known; POST the call SID to /api/calls/{id}/legs")
        raise ServiceError(
            "the call is in no Twilio conference; dial caller and agent into a <Conference> so that it can be joined"
        )

    async def _ask(self, method: str, path: str, **form: str) -> Any:
        try:
            answer = await self._rest.request(method, path, data=form or None)
        except httpx.HTTPError as error:
            raise ServiceError("Twilio does not answer; look at the network and join.twilio.url") from error
        if answer.is_success:
            return orjson.loads(answer.content) if answer.content else None
        code = _error_code(answer)
        if answer.status_code == 404:
            raise NotFoundError(REMEDIES[20404])
        raise ServiceError(REMEDIES.get(code, f"Twilio answered {answer.status_code} (error {code}); look at its error log"))


def _part(mode: JoinMode, agent: str) -> dict[str, str]:
    """Return the form that puts a participant into a mode; coaching is switched off explicitly, for a change."""
    if mode is JoinMode.WHISPER:
        return {"Muted": "false", "Coaching": "true", "CallSidToCoach": agent}
    return {"Muted": "true" if mode is JoinMode.LISTEN else "false", "Coaching": "false"}


def _error_code(answer: httpx.Response) -> int:
    try:
        return int(orjson.loads(answer.content)["code"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return 0
