"""docs/policy.md maps every paragraph of the policy to its test: a table that points at nothing is worse than none."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_CELL = re.compile(r"`((?:\w+/)*test_\w+\.py)?(?:::(test_\w+)(…)?)?[^`]*`")


def references() -> list[tuple[str, str, bool]]:
    """Return (file, test, is_opening) for every test that the document names; a bare `::name` belongs to the file before it."""
    found: list[tuple[str, str, bool]] = []
    for line in (ROOT / "docs" / "policy.md").read_text(encoding="utf-8").splitlines():
        file = ""
        for match in _CELL.finditer(line):
            file = match[1] or file
            if file and (match[1] or match[2]):
                found.append((file, match[2] or "", bool(match[3])))
    return found


def test_the_document_names_tests() -> None:
    assert len(references()) > 40


@pytest.mark.parametrize(("file", "name", "is_opening"), references())
def test_every_test_that_the_document_names_exists(file: str, name: str, is_opening: bool) -> None:
    source = (ROOT / "tests" / file).read_text(encoding="utf-8")

    assert f"def {name}{'' if is_opening else '('}" in source if name else source
