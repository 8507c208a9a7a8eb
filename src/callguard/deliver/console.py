"""Serves the built console: one page for every area, and its files, packed at build time and kept by browsers for good."""

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

BUILT = Path(__file__).parent / "pages" / "dist"
ENTRY = "index.html"
AREAS = ("/", "/agent", "/board", "/incidents", "/callers", "/qa", "/admin")
"""Paths of the single page; what is shown there is the page's own affair."""
PACKED: Mapping[str, str] = {"br": ".br", "gzip": ".gz"}
"""Content codings in order of preference, and the endings of the files that hold them."""
FOR_GOOD = "public, max-age=31536000, immutable"
"""For files whose name changes with their content."""
NOT_BUILT = "The console has not been built. Run `make console` in callguard's folder, then restart callguard.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """One file in every form in which it can be sent."""

    media_type: str
    etag: str
    is_for_good: bool
    forms: Mapping[str, bytes]
    """Content by coding; «identity» is always there."""


def mount_console(web: Starlette, folder: Path = BUILT) -> None:
    """Add the console's page and files to `web`; without a build, pages that say so."""
    files = _read(folder)

    async def serve(request: Request) -> Response:
        found = files.get("/" + ENTRY if request.url.path in AREAS else request.url.path)
        return PlainTextResponse(NOT_BUILT, status_code=503) if found is None else _answer(request, found)

    for path in (*AREAS, *(path for path in files if not path.endswith(ENTRY))):
        web.add_route(path, serve, include_in_schema=False)


def _read(folder: Path) -> dict[str, _File]:
    endings = tuple(PACKED.values())
    found = [
        path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".") and path.suffix not in endings
    ]
    return {f"/{path.relative_to(folder).as_posix()}": _file(path, folder) for path in found}


def _file(path: Path, folder: Path) -> _File:
    plain = path.read_bytes()
    packed = {coding: Path(f"{path}{ending}") for coding, ending in PACKED.items()}
    return _File(
        media_type=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        etag=f'"{hashlib.sha256(plain).hexdigest()[:16]}"',
        is_for_good=path.parent == folder / "assets",
        forms={coding: form.read_bytes() for coding, form in packed.items() if form.is_file()} | {"identity": plain},
    )


def _answer(request: Request, file: _File) -> Response:
    accepted = {part.partition(";")[0].strip() for part in request.headers.get("accept-encoding", "").split(",")}
    coding = next((coding for coding in file.forms if coding in accepted), "identity")
    headers = {
        "Cache-Control": FOR_GOOD if file.is_for_good else "no-cache",
        "ETag": f'{file.etag[:-1]}-{coding}"',
        "Vary": "Accept-Encoding",
    }
    if coding != "identity":
        headers["Content-Encoding"] = coding
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(file.forms[coding], media_type=file.media_type, headers=headers)
