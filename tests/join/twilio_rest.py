"""Twilio's Conferences and Participants as far as joins need them: form parameters, basic auth and Twilio's own error codes."""

import asyncio
import base64
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

ACCOUNT, TOKEN = "AC1", "secret"
LOGIN = f"Basic {base64.b64encode(f'{ACCOUNT}:{TOKEN}'.encode()).decode()}"
BOOLEANS = {"true", "false"}


@dataclass
class FakeTwilio:
    """Conferences by SID, participants by call SID."""

    conferences: dict[str, dict[str, dict[str, str]]] = field(default_factory=lambda: {"CF1": {"CA1": {}, "CA2": {}}})
    ended: tuple[str, ...] = ()
    """Conferences that were running when they were listed and have ended since."""
    rings: list[str] = field(default_factory=lambda: ["connected"])
    """How far a telephone is each time that it is looked at; the last for ever. «no answer» takes it out of the conference."""
    looked_at: asyncio.Event = field(default_factory=asyncio.Event)

    def web(self) -> FastAPI:
        web, base = FastAPI(), f"/2010-04-01/Accounts/{ACCOUNT}/Conferences"
        web.add_api_route(f"{base}.json", self._list, methods=["GET"])
        web.add_api_route(f"{base}/{{sid}}/Participants.json", self._participants, methods=["GET"])
        web.add_api_route(f"{base}/{{sid}}/Participants.json", self._add, methods=["POST"])
        web.add_api_route(f"{base}/{{sid}}/Participants/{{call}}.json", self._look_at, methods=["GET"])
        web.add_api_route(f"{base}/{{sid}}/Participants/{{call}}.json", self._change, methods=["POST"])
        web.add_api_route(f"{base}/{{sid}}/Participants/{{call}}.json", self._remove, methods=["DELETE"])

        @web.middleware("http")
        async def check(request: Request, call_next: Any) -> Response:
            if request.headers.get("authorization") != LOGIN:
                return problem(401, 20003, "Authenticate")
            answer: Response = await call_next(request)
            return answer

        return web

    async def _list(self, Status: str) -> Response:  # noqa: N803
        assert Status == "in-progress"
        return JSONResponse({"conferences": [{"sid": sid, "status": Status} for sid in (*self.ended, *self.conferences)]})

    async def _participants(self, sid: str) -> Response:
        inside = self.conferences.get(sid)
        if inside is None:
            return problem(404, 20404, "The requested resource was not found")
        shown = [{"call_sid": call, "label": one.get("Label") or None} for call, one in inside.items()]
        return JSONResponse({"participants": shown})

    async def _add(self, sid: str, request: Request) -> Response:
        form = await _form(request)
        if form.get("From") != "+15550001111":
            return problem(400, 21210, "'From' phone number not verified")
        if not form.get("To", "").startswith("+"):
            return problem(400, 21211, "Invalid 'To' Phone Number")
        wrong = self._wrong(sid, form)
        if wrong is not None:
            return wrong
        if form["Label"] in {one.get("Label") for one in self.conferences[sid].values()}:
            return problem(400, 16026, "Participant label is in use by another participant")
        call = f"CA{len(self.conferences[sid]) + 1}"
        self.conferences[sid][call] = form
        return JSONResponse({"call_sid": call, "conference_sid": sid, "status": "queued"}, 201)

    async def _look_at(self, sid: str, call: str) -> Response:
        status = self.rings.pop(0) if len(self.rings) > 1 else self.rings[0]
        if status == "no answer":
            self.conferences[sid].pop(call, None)
        self.looked_at.set()
        if call not in self.conferences.get(sid, {}):
            return problem(404, 20404, "The requested resource was not found")
        return JSONResponse({"call_sid": call, "status": status})

    async def _change(self, sid: str, call: str, request: Request) -> Response:
        form = await _form(request)
        if call not in self.conferences.get(sid, {}):
            return problem(404, 20404, "The requested resource was not found")
        wrong = self._wrong(sid, form)
        if wrong is not None:
            return wrong
        self.conferences[sid][call] |= form
        return JSONResponse({"call_sid": call})

    async def _remove(self, sid: str, call: str) -> Response:
        inside = self.conferences.get(sid, {})
        named = {one["Label"]: name for name, one in inside.items() if "Label" in one}
        gone = inside.pop(named.get(call, call), None)
        if gone is None:
            return problem(404, 20404, "The requested resource was not found")
        if gone.get("EndConferenceOnExit") == "true":
            del self.conferences[sid]
        return Response(status_code=204)

    def _wrong(self, sid: str, form: dict[str, str]) -> Response | None:
        assert {form.get(name, "false") for name in ("Muted", "Coaching")} <= BOOLEANS
        if form.get("Coaching") == "true" and form.get("CallSidToCoach") not in self.conferences.get(sid, {}):
            return problem(400, 16028, "Participant to be whispered is not present in the conference")
        return None


async def _form(request: Request) -> dict[str, str]:
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    return dict(parse_qsl((await request.body()).decode()))


def problem(status: int, code: int, message: str) -> Response:
    """Return an error as Twilio writes it."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return JSONResponse({"code": code, "message": message, "more_info": more, "status": status}, status)
