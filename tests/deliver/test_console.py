import gzip
import os
import re
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from callguard.deliver.console import BUILT, ENTRY, mount_console
from tests.deliver.office import Office, open_office

CONSOLE = Path(__file__).parents[2] / "console"
MOST_BYTES = 300_000
is_built = pytest.mark.skipif(not (BUILT / ENTRY).is_file(), reason="the console is not built; `make console`")


def build(folder: Path) -> Path:
    (folder / "assets").mkdir()
    (folder / ENTRY).write_text("<!doctype html><p>callguard</p>")
    script = folder / "assets" / "index-1a2b.js"
    script.write_text("console.log(1)")
    Path(f"{script}.gz").write_bytes(gzip.compress(script.read_bytes()))
    return folder


def visitor(folder: Path) -> httpx.AsyncClient:
    web = Starlette()
    mount_console(web, folder)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=web), base_url="http://callguard.test")


@pytest.mark.skipif(not os.environ.get("CI"), reason="CI builds the console before the tests")
def test_ci_has_built_the_console() -> None:
    assert (BUILT / ENTRY).is_file()


async def test_every_area_is_the_same_page_and_asked_for_anew_each_time(tmp_path: Path) -> None:
    async with visitor(build(tmp_path)) as client:
        pages = [await client.get(path) for path in ("/", "/agent", "/board", "/qa", "/admin")]
    assert {page.text for page in pages} == {"<!doctype html><p>callguard</p>"}
    assert {page.headers["cache-control"] for page in pages} == {"no-cache"}


async def test_files_are_packed_and_kept_for_good(tmp_path: Path) -> None:
    async with visitor(build(tmp_path)) as client:
        packed = await client.get("/assets/index-1a2b.js", headers={"Accept-Encoding": "gzip, br"})
        plain = await client.get("/assets/index-1a2b.js", headers={"Accept-Encoding": "identity"})
        again = await client.get(
            "/assets/index-1a2b.js", headers={"Accept-Encoding": "gzip", "If-None-Match": packed.headers["etag"]}
        )
    assert packed.headers["content-encoding"] == "gzip"
    assert "immutable" in packed.headers["cache-control"]
    assert packed.text == plain.text == "console.log(1)"
    assert "content-encoding" not in plain.headers
    assert packed.headers["etag"] != plain.headers["etag"]
    assert again.status_code == 304


async def test_nothing_outside_the_build_is_served(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("no")
    dist = tmp_path / "dist"
    dist.mkdir()
    async with visitor(build(dist)) as client:
        for path in ("/../secret.txt", "/assets/../../secret.txt", "/%2e%2e/secret.txt", "/assets/index-1a2b.js.gz"):
            assert (await client.get(path)).status_code == 404


async def test_without_a_build_every_area_says_what_to_do(tmp_path: Path) -> None:
    async with visitor(tmp_path) as client:
        answer = await client.get("/agent")
    assert answer.status_code == 503
    assert "make console" in answer.text


@is_built
def test_the_page_holds_no_inline_script_or_style_and_loads_nothing_from_elsewhere() -> None:
    page = (BUILT / ENTRY).read_text()
    assert "<script>" not in page
    assert "<style" not in page
    assert "style=" not in page
    assert "//" not in page


@is_built
def test_first_load_of_each_area_is_small() -> None:
    """What an area loads first: the page, the shared files, the area's own, and one font."""
    page = (BUILT / ENTRY).read_text()
    shared = [BUILT / name for name in re.findall(r'(?:src|href)="/(assets/[^"]+)"', page)]
    fonts = list((BUILT / "assets").glob("inter-latin-wght-*.woff2"))
    assert len(fonts) == 1
    parts = list((BUILT / "assets").glob("*.js")) + list((BUILT / "assets").glob("*.css"))
    most = sum(_packed(part) for part in parts) + _packed(BUILT / ENTRY) + sum(_packed(font) for font in fonts)
    assert shared
    assert most < MOST_BYTES  # even all areas together


def _packed(path: Path) -> int:
    form = Path(f"{path}.gz")
    return (form if form.is_file() else path).stat().st_size


def _routes_of_the_console() -> set[tuple[str, str]]:
    sources = [path for path in (CONSOLE / "src").rglob("*.ts*") if ".test." not in path.name]
    found = [match for path in sources for match in re.findall(r'"(GET|POST|PUT|PATCH|DELETE) (/api/[^"]+)"', path.read_text())]
    return {(method, re.sub(r"\{\w+\}", "{}", path)) for method, path in found}


def test_the_console_asks_for_nothing_that_the_api_does_not_have(office: Office) -> None:
    paths = office.web.openapi()["paths"]
    offered = {(method.upper(), re.sub(r"\{\w+\}", "{}", path)) for path, methods in paths.items() for method in methods}
    asked = _routes_of_the_console()
    assert ("POST", "/api/calls/{}/help") in asked
    assert asked - offered == set()


async def test_named_sites_may_show_the_consoles_in_a_frame(tmp_path: Path) -> None:
    office = await open_office(
        tmp_path, embed_origins=("https://crm.example",), public_url="https://callguard.test", metrics_token="t"
    )
    async with office.client() as client:
        headers = (await client.get("/agent")).headers
        login = {"name": "sam", "password": "correct horse battery"}
        answer = await client.post("/api/login", json=login, headers={"Origin": "https://callguard.test"})
        elsewhere = await client.post("/api/login", json=login, headers={"Origin": "https://crm.example"})
    await office.close()
    assert headers["content-security-policy"].endswith("frame-ancestors https://crm.example")
    assert "x-frame-options" not in headers
    assert "samesite=none" in answer.headers["set-cookie"].lower()
    assert "secure" in answer.headers["set-cookie"].lower()
    assert elsewhere.status_code == 403
