"""For those who run callguard: is it alive, is it ready, how is it doing."""

import hmac
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel
from starlette.responses import FileResponse, Response

from callguard.deliver.metrics import CONTENT_TYPE_LATEST, generate_latest
from callguard.deliver.services import Parts, as_response
from callguard.errors import StoreError

router = APIRouter(tags=["service"])

ASYNC_API = Path(__file__).parent / "asyncapi.yaml"
"""Written by tools/write_asyncapi.py."""


class Standing(BaseModel):
    """That the process runs."""

    status: str


class Readiness(Standing):
    """Whether calls can be guarded and recorded."""

    problems: dict[str, str]
    """Why not, by part: «engine», «capacity», «store»."""


@router.get("/healthz", response_model=Standing)
async def alive() -> Response:
    """Answer while the process runs."""
    return as_response({"status": "alive"})


@router.get("/readyz", response_model=Readiness, responses={503: {"model": Readiness, "description": "Not ready, and why."}})
async def ready(parts: Parts) -> Response:
    """Answer 200 when calls can be guarded and recorded, else 503 and why not; a phone system sends new calls elsewhere then."""
    health = parts.desk.health()
    problems = {} if health.is_ready else {"engine": f"{health.engine or 'the speech engine'} is not ready"}
    if health.full_because:
        problems["capacity"] = health.full_because
    try:
        await parts.archive.last_seq()
    except StoreError as error:
        problems["store"] = str(error)
    if health.not_recorded_because:
        problems.setdefault("store", health.not_recorded_because)
    return as_response({"status": "not ready" if problems else "ready", "problems": problems}, status=503 if problems else 200)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(request: Request, parts: Parts) -> Response:
    """Return figures for Prometheus; with `metrics_token` set, to its bearer only."""
    token = parts.settings.metrics_token.get_secret_value()
    if token and not hmac.compare_digest(request.headers.get("authorization", "").encode(), f"Bearer {token}".encode()):
        raise HTTPException(401, "figures are shown to the bearer of http.metrics_token only")
    return Response(generate_latest(parts.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


@router.get("/api/asyncapi.yaml", response_class=Response, responses={200: {"content": {"application/yaml": {}}}})
async def async_api() -> Response:
    """Return what goes over the WebSocket, as AsyncAPI."""
    return FileResponse(ASYNC_API, media_type="application/yaml")
