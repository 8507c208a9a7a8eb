"""The shape of the house: a step imports the core and third parties, and only `app/` knows all steps."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "callguard"
CORE = {
    "accounts",
    "announced",
    "callers",
    "documents",
    "human_acts",
    "incidents",
    "speech",
    "terms",
    "archive",
    "cases",
    "clock",
    "errors",
    "events",
    "hosts",
    "operations",
    "playback",
    "reviewing",
    "sendings",
    "settings",
    "settings_branch",
    "supervision",
    "join_settings",
    "notify_settings",
    "tuning",
    "wire",
}
STEPS = {"taps", "media", "transcribe", "score", "decide", "deliver", "join", "record", "cluster"}
HEAVY = {"faster_whisper", "ctranslate2", "onnxruntime", "pocketsphinx", "soxr", "webrtcvad", "asyncpg", "alembic", "argon2"}
HEAVY |= {"reportlab", "cryptography", "apprise"}
"""Libraries that one adapter module of a step may import."""


@cache
def _imports(file: Path) -> tuple[str, ...]:
    return tuple(_imported(file))


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            yield node.module or ""
            if node.module == "callguard":
                yield from (f"callguard.{alias.name}" for alias in node.names)


def _ours(file: Path) -> set[str]:
    return {name.split(".")[1] for name in _imports(file) if name.startswith("callguard.")}


@pytest.mark.parametrize("name", sorted(CORE))
def test_the_core_imports_nothing_but_the_core(name: str) -> None:
    assert _ours(SOURCE / f"{name}.py") <= CORE


@pytest.mark.parametrize(
    "file", sorted(f for step in STEPS for f in (SOURCE / step).rglob("*.py")), ids=lambda f: f"{f.parent.name}/{f.name}"
)
def test_a_step_imports_the_core_and_itself_only(file: Path) -> None:
    step = file.relative_to(SOURCE).parts[0]
    assert _ours(file) <= CORE | {step}


def test_only_the_application_knows_all_steps() -> None:
    knowing = {str(file.relative_to(SOURCE)) for file in SOURCE.rglob("*.py") if len(_ours(file) & STEPS) > 1}
    assert {Path(file).parts[0] for file in knowing} <= {"app"}


@pytest.mark.parametrize("library", sorted(HEAVY))
def test_a_heavy_library_is_imported_in_one_module_of_a_step(library: str) -> None:
    importers = [
        f.relative_to(SOURCE) for f in SOURCE.rglob("*.py") if any(name.split(".")[0] == library for name in _imports(f))
    ]
    steps = [file.parts[0] for file in importers]
    assert len(steps) == len(set(steps)), importers


def test_package_files_hold_a_docstring_and_no_logic() -> None:
    for file in SOURCE.rglob("__init__.py"):
        body = ast.parse(file.read_text()).body
        assert len(body) == 1, file
        assert isinstance(body[0], ast.Expr), file
