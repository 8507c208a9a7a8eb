"""A selection of calls as a file."""

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from callguard.archive import ExportForm
from callguard.deliver.access import Reviewer
from callguard.deliver.asked_calls import Asked
from callguard.deliver.services import Parts

router = APIRouter(prefix="/api", tags=["replay"])

KINDS = ("text/csv", "application/json", "application/zip", "application/pdf")
TOO_MANY = "More calls than the form holds, or words that cannot be looked for; the message says what to do."


@router.get(
    "/search/export.{form}",
    response_class=StreamingResponse,
    responses={
        200: {"description": "The file.", "content": {kind: {} for kind in KINDS}},
        400: {"description": TOO_MANY},
    },
)
async def export(form: ExportForm, user: Reviewer, parts: Parts, query: Asked) -> Response:
    """Return the calls that the same search finds as a file, at most 10,000 as CSV, 1,000 as JSON or vCon, 50 as PDF.

    CSV has one row a call and no words. JSON has words, corrections, scores, alerts and those verdicts that the reader may see.
    vCon is a zip of one vCon a call, PDF a report of at most 5,000 utterances. Who exported what is
    logged, and so is each call whose words are in the file.
    """
    made = await parts.exports.export(user, query, form=form)
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    return StreamingResponse(made.chunks, media_type=made.media_type, headers=headers)
