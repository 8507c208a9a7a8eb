"""Written correspondence, judged like speech: which sentences are abuse, and which want an answer all the same."""

import asyncio

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from callguard.deliver.access import Anybody
from callguard.deliver.ports import Letters
from callguard.deliver.services import Parts, as_response
from callguard.speech import Letter
from callguard.wire import as_plain

router = APIRouter(prefix="/api", tags=["letters"])


class Written(BaseModel, frozen=True, extra="forbid"):
    """A letter or an e-mail."""

    text: str = Field(
        min_length=1, description="Plain text, or a mail's HTML; lines that open with «>» and <blockquote> are taken as quoted."
    )
    language: str | None = Field(
        default=None, min_length=2, max_length=35, description="BCP 47 tag; without it that of calls whose tap does not say."
    )


@router.post("/score")
async def score(_: Anybody, written: Written, parts: Parts) -> Response:
    """Set abuse apart from the substance of a letter: `to_answer` numbers the sentences that want a reply. Nothing is kept."""
    # A long letter takes a second; calls must not wait for it.
    letter = await asyncio.get_running_loop().run_in_executor(parts.clerk, _read, parts.letters, written)
    numbers = [number for number, sentence in enumerate(letter.sentences) if sentence.needs_answer]
    return as_response(as_plain(letter) | {"to_answer": numbers})


def _read(letters: Letters, written: Written) -> Letter:
    return letters.read(written.text, language=written.language or "")
