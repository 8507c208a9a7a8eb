"""Twilio's Conferences and Participants as far as joins need them: form parameters, basic auth and Twilio's own error codes."""

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

    def web(self) -> FastAPI:
        web, base = FastAPI(), f"/2010-04-01/Accounts/{ACCOUNT}/Conferences"
        web.add_api_route(f"{base}.json", self._list, methods=["GET"])
        web.add_api_route(f"{base}/{{sid}}/Participants.json", self._participants, methods=["GET"])
        web.add_api_route(f"{base}/{{sid}}/Participants.json", self._add, methods=["POST"])
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
        return JSONResponse({"conferences": [{"sid": sid, "status": Status} for sid in self.conferences]})

    async def _participants(self, sid: str) -> Response:
        inside = self.conferences.get(sid)
        if inside is None:
            return problem(404, 20404, "The requested resource was not found")
        return JSONResponse({"participants": [{"call_sid": call} | one for call, one in inside.items()]})

    async def _add(self, sid: str, request: Request) -> Response:
        form = await _form(request)
        if form.get("From") != "+15550001111":
            return problem(400, 21210, "'From' phone number not verified")
        if not form.get("To", "").startswith("+"):
            return problem(400, 21211, "Invalid 'To' Phone Number")
        wrong = self._wrong(sid, form)
        if wrong is not None:
            return wrong
        call = f"CA{len(self.conferences[sid]) + 1}"
        self.conferences[sid][call] = form
        return JSONResponse({"call_sid": call, "conference_sid": sid, "status": "queued"}, 201)

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
        if self.conferences.get(sid, {}).pop(call, None) is None:
            return problem(404, 20404, "The requested resource was not found")
        return Response(status_code=204)

    def _wrong(self, sid: str, form: dict[str, str]) -> Response | None:
        assert {form.get(name, "false") for name in ("Muted", "Coaching")} <= BOOLEANS
        if form.get("Coaching") == "true" and form.get("CallSidToCoach") not in self.conferences.get(sid, {}):
            return problem(400, 16025, "CallSid to coach is not a participant of the conference")
        return None


async def _form(request: Request) -> dict[str, str]:
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    return dict(parse_qsl((await request.body()).decode()))


def problem(status: int, code: int, message: str) -> Response:
    """Return an error as Twilio writes it."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return JSONResponse({"code": code, "message": message, "more_info": more, "status": status}, status)
