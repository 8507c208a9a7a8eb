"""The documents tell every key of a policy file, and the test of every paragraph: a table that lies is worse than none."""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from callguard.decide.policy import bundled_policies
from callguard.decide.policy_rows import Ladder
from callguard.terms import Category, Tactic
from tools.write_policy_keys import TARGET, parts_of, table

ROOT = Path(__file__).parents[2]
_CELL = re.compile(r"`((?:\w+/)*test_\w+\.py)?(?:::(test_\w+))?[^`]*`")
_SOURCES = re.compile(r"POLICY|(\[[TGCMQ][^\]]*\])+")
OF_A_CALLER = ("call_length", "call_frequency", "repetition", "complaint_misuse")
TACTICS = {
    Tactic.CALM: "Calm",
    Tactic.PROGRESS: "Progress",
    Tactic.QUESTION: "Question",
    Tactic.WARN: "Warn",
    Tactic.CONFRONT: "Confront",
    Tactic.EXIT: "Exit",
    Tactic.ESCALATE: "Escalate or transfer",
    Tactic.HANG_UP: "Hang up",
    Tactic.INTERJECT: "Interject",
    Tactic.HANG_UP_FOLLOW_UP: "Hang-up follow-up",
}
"""As the policy calls them."""
LADDER = (
    "quiet",
    "heated",
    "repeated severity 1",
    "goes on after a warning",
    "one severity 3",
    "severity 4",
    "self-harm",
    "«I need help»",
)
AFTER_A_CALL = ("A:", "B:", "C:", "D, E:")


def rows() -> list[tuple[str, str, str]]:
    """Return (paragraph, tests, source) of every row of the tables."""
    tables = (ROOT / "docs" / "policy-tests.md").read_text(encoding="utf-8")
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in tables.splitlines() if line.startswith("|")]
    return [(row[0], row[1], row[2]) for row in cells if row[0] not in ("POLICY", "---")]


def named_in(tests: str) -> list[tuple[str, str]]:
    """Return (file, test) for every test of a cell; a bare `::name` belongs to the file before it."""
    found: list[tuple[str, str]] = []
    file = ""
    for match in _CELL.finditer(tests):
        file = match[1] or file
        found.append((file, match[2] or ""))
    return found


@cache
def functions_of(file: str) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return the tests of a file by name."""
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def is_checking(node: ast.AST) -> bool:
    """Whether something is asserted or expected somewhere in it."""
    return any(
        isinstance(inner, ast.Assert) or (isinstance(inner, ast.Name | ast.Attribute) and _name(inner) in ("raises", "expect"))
        for inner in ast.walk(node)
    )


def _name(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr


REFERENCES = sorted({reference for _, tests, _ in rows() for reference in named_in(tests)})


@pytest.mark.parametrize(("file", "name"), REFERENCES)
def test_every_test_that_the_document_names_exists_and_checks_something(file: str, name: str) -> None:
    found = functions_of(file)

    assert name in found, f"{file} has no {name or 'test that is named here'}"
    assert is_checking(found[name]) or any(
        is_checking(helper) for key, helper in found.items() if not key.startswith("test_") and key in ast.dump(found[name])
    )


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0][:60])
def test_every_row_names_a_test_and_where_its_paragraph_comes_from(row: tuple[str, str, str]) -> None:
    _, tests, source = row

    assert named_in(tests)
    assert _SOURCES.fullmatch(source), source


def test_every_category_has_a_row() -> None:
    told = " ".join(paragraph for paragraph, _, _ in rows())

    assert [name for name in (*Category, *OF_A_CALLER) if f"`{name}`" not in told] == []


def test_every_tactic_has_a_row() -> None:
    paragraphs = [paragraph for paragraph, _, _ in rows()]

    assert set(TACTICS) == set(Tactic)
    for name in TACTICS.values():
        assert any(re.match(rf"{re.escape(name)}(\W|$)(?!follow)", paragraph) for paragraph in paragraphs), name


def test_every_row_of_the_ladder_and_all_that_follows_a_call_has_a_row() -> None:
    paragraphs = [paragraph for paragraph, _, _ in rows()]

    assert [row for row in LADDER if not any(paragraph.startswith(f"Ladder: {row}") for paragraph in paragraphs)] == []
    assert [row for row in AFTER_A_CALL if not any(paragraph.startswith(row) for paragraph in paragraphs)] == []


def test_no_paragraph_has_two_rows() -> None:
    paragraphs = [paragraph for paragraph, _, _ in rows() if not paragraph.startswith("…")]

    assert len(paragraphs) == len(set(paragraphs))
    assert len(paragraphs) > 60


def test_every_key_of_the_file_is_told_with_its_default() -> None:
    before, told, _ = parts_of(TARGET.read_text(encoding="utf-8"))

    assert [row for row in Ladder.model_fields if f"`{row}`" not in before] == []
    assert told == table(), "the policy's classes have changed: run `python tools/write_policy_keys.py`"


@pytest.mark.parametrize("name", sorted(bundled_policies()))
def test_the_table_of_keys_has_everything_that_a_ready_policy_says(name: str) -> None:
    told = [re.escape(key) for key in re.findall(r"^\| `([^`]+)`", table(), re.MULTILINE)]
    patterns = [re.compile(re.sub(r"\\\[\\\]", r"\\.\\d+", re.sub(r"[A-Z]{3,}", r"[^.]+", key))) for key in told]

    said = leaves(tomllib.loads(bundled_policies()[name].read_text(encoding="utf-8")))

    assert [key for key in said if not any(pattern.fullmatch(key) for pattern in patterns)] == []


def leaves(value: object, place: str = "") -> list[str]:
    """Return the place of every value that is no table."""
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in leaves(inner, f"{place}.{key}" if place else key)]
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [leaf for number, inner in enumerate(value) for leaf in leaves(inner, f"{place}.{number}")]
    return [place]
