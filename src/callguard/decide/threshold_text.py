"""Writes thresholds into the text of a policy, and leaves every other line and comment as it is."""

import re
import tomllib
from collections.abc import Mapping

from callguard.errors import PolicyError
from callguard.terms import Category

VERSION = re.compile(r"^version\s*=\s*\d+", re.MULTILINE)
UNUSUAL = "the text keeps version or thresholds in an unusual place; change them by hand in a copy"
TABLE = re.compile(r"^\s*\[")


def with_thresholds(text: str, thresholds: Mapping[Category, float], *, version: int) -> str:
    """Return the policy with these thresholds beside or in place of its own, under another version.

    Raises PolicyError for a text in which the version cannot be found.
    """
    own = tomllib.loads(text).get("thresholds", {})
    wanted = {**own, **{str(category): value for category, value in thresholds.items()}}
    lines = ["[thresholds]", *(f"{name} = {value:g}" for name, value in sorted(wanted.items())), ""]
    kept, place = _without_section(VERSION.sub(f"version = {version}", text, count=1).splitlines())
    made = "\n".join([*kept[:place], *lines, *kept[place:]]) + "\n"
    try:
        read = tomllib.loads(made)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(UNUSUAL) from error
    if read.get("version") != version or read.get("thresholds") != wanted:
        raise PolicyError(UNUSUAL)
    return made


def _without_section(lines: list[str]) -> tuple[list[str], int]:
    """Return the lines without the table of thresholds, and where it stood or may stand: before the first table."""
    kept: list[str] = []
    place, is_inside = None, False
    for line in lines:
        if TABLE.match(line):
            is_inside = line.strip().startswith("[thresholds]")
            place = len(kept) if place is None or is_inside else place
        if not is_inside:
            kept.append(line)
    return kept, len(kept) if place is None else place
