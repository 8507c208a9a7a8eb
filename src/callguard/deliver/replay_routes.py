"""Finding calls again and replaying them: search, story, recording, corrections, and the log of who looked."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, StringConstraints
from starlette.responses import FileResponse, Response

from callguard.archive import CallStory, Correction, FoundCalls, ReplayAccess
from callguard.deliver.access import LogReader, Reviewer
from callguard.deliver.asked_calls import Asked
from callguard.deliver.services import Parts
from callguard.terms import Role

router = APIRouter(prefix="/api", tags=["replay"])

MOST_CALLS = 200
MOST_OFFSET = MOST_SEGMENT = 2**31 - 1
OPUS = "audio/ogg; codecs=opus"
Segment = Annotated[int, Path(ge=0, le=MOST_SEGMENT)]
Where = Annotated[
    str, Query(max_length=120, description="From where and why, for the log of access: «search», «review», a case number.")
]


class CorrectedText(BaseModel, frozen=True, extra="forbid"):
    """What was really said."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


@router.get("/search")
async def search(
    user: Reviewer,
    parts: Parts,
    query: Asked,
    *,
    limit: Annotated[int, Query(ge=1, le=MOST_CALLS)] = 50,
    offset: Annotated[int, Query(ge=0, le=MOST_OFFSET)] = 0,
) -> FoundCalls:
    """Find calls, latest first; every parameter that is given narrows the search. Senior staff find their own team's calls."""
    return await parts.replays.find(user, query, limit=limit, offset=offset)


@router.get("/search/teams")
async def teams(user: Reviewer, parts: Parts) -> list[str]:
    """Return the teams among whose calls one can search."""
    return list(await parts.replays.teams(user))


@router.get("/calls/{call_id:path}/story", response_model=CallStory)
async def story(call_id: str, user: Reviewer, parts: Parts, where: Where = "") -> Response:
    """Return a call for replay: what was said, raised and done, and whether it can be heard. That it was read is logged."""
    told = await parts.replays.story(user, call_id, where=where)
    # An hour of talk is a third of a megabyte: written in a thread, because live calls share this loop.
    return Response(await asyncio.to_thread(told.model_dump_json), media_type="application/json")


@router.get(
    "/calls/{call_id:path}/recording/peaks",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
async def peaks(call_id: str, user: Reviewer, parts: Parts) -> Response:
    """Return how loud the recording is: `recording.peaks_per_s` bytes a second, one channel after the other."""
    found = await parts.replays.peaks(user, call_id)
    return Response(found.levels.tobytes(), media_type="application/octet-stream")


@router.get("/calls/{call_id:path}/recording", response_class=FileResponse, responses={200: {"content": {"audio/ogg": {}}}})
async def recording(call_id: str, user: Reviewer, parts: Parts, where: Where = "") -> Response:
    """Return the recording, Ogg Opus, caller left, agent right; ranges are served, so that players seek. Who hears is logged."""
    return FileResponse(await parts.replays.audio(user, call_id, where=where), media_type=OPUS)


@router.put("/calls/{call_id:path}/words/{channel}/{segment}")
async def correct(
    call_id: str,
    channel: Role,
    segment: Segment,
    *,
    user: Reviewer,
    corrected: CorrectedText,
    parts: Parts,
) -> Correction:
    """Write down what was really said in an utterance: kept beside what was heard, with name and time; nothing is overwritten."""
    return await parts.replays.correct(user, call_id, channel, segment, text=corrected.text)


@router.get("/calls/{call_id:path}/words")
async def corrections(call_id: str, user: Reviewer, parts: Parts) -> list[Correction]:
    """Return every correction of a call's words, oldest first: of one utterance the last one holds. Who reads them is logged."""
    found = list(await parts.replays.corrections(user, call_id))
    if found:
        await parts.readings.read(user.name, call_id, "words")
    return found


@router.get("/access")
async def access(
    user: LogReader,
    parts: Parts,
    call_id: str = "",
    who: str = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[ReplayAccess]:
    """Return who heard, read or corrected which call, when and where, newest first."""
    return list(await parts.replays.access(user, call_id=call_id, who=who, limit=limit))
