"""callguard says reasons and errors in English; the German console knows each of those sentences, as they stand in the source."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from callguard.load import BECAUSE

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "callguard"
CATALOGUE = ROOT / "console" / "src" / "i18n" / "server.de.ts"
FOR_PEOPLE = (
    "deliver/*_routes.py",
    "deliver/access.py",
    "deliver/auth.py",
    "deliver/passwords.py",
    "join/*.py",
    "record/*_desk.py",
)
"""Modules whose errors consoles show."""
FOR_PROGRAMS = {"this call has no way to it", "figures are shown to the bearer of http.metrics_token only"}
OUR_OWN_FAULTS = {"callguard cannot be reached; check the network", "callguard answered {}"}
"""What the console itself says in the server's place."""
VALUE = "{}"


def catalogue() -> list[str]:
    """Return the sentences that are translated."""
    keys = re.findall(r'^  "((?:[^"\\]|\\.)*)":', CATALOGUE.read_text(encoding="utf-8"), re.MULTILINE)
    return [key.replace('\\"', '"') for key in keys]


def template(node: ast.expr) -> str:
    """Return a text as it stands in the source, each value in it as «{}»; empty if it is none."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(part.value if isinstance(part, ast.Constant) else VALUE for part in parts)  # type: ignore[misc]
        case _:
            return ""


def texts(path: Path) -> Iterator[str]:
    """Return all texts of a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.expr) and (text := template(node)):
            yield text


def raised(path: Path) -> Iterator[str]:
    """Return the messages that a module raises for people: not those about settings, which stop the start."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
            name, arguments = node.exc.func.id, node.exc.args
            if arguments and name.endswith(("Error", "HTTPException")) and name not in {"SettingsError", "ValueError"}:
                yield template(arguments[-1])


def fits(said: str, written: str) -> bool:
    """Whether `said` is `written` with values in it."""
    return re.fullmatch(".+?".join(re.escape(part) for part in written.split(VALUE)), said) is not None


def test_every_error_that_consoles_show_has_its_german() -> None:
    known = catalogue()
    missing = [
        f"{path.name}: {text}"
        for pattern in FOR_PEOPLE
        for path in sorted(SOURCE.glob(pattern))
        for text in raised(path)
        if text and text not in FOR_PROGRAMS and not any(text == key or fits(text, key) for key in known)
    ]
    assert missing == [], "add them to console/src/i18n/server.de.ts"


def test_every_reason_of_a_degraded_call_has_its_german() -> None:
    assert {text for text in BECAUSE.values() if text} <= set(catalogue())


def test_no_sentence_is_translated_that_nobody_says_any_more() -> None:
    said = {text for path in SOURCE.rglob("*.py") for text in texts(path)}
    for path in [*SOURCE.rglob("*.toml"), *(ROOT / "configs" / "policies").glob("*.toml")]:
        said |= set(plain_texts(tomllib.loads(path.read_text(encoding="utf-8"))))
    whole = {text for text in said if VALUE not in text}
    written = [text for text in said if VALUE in text and re.search("[a-z]{3}", text)]
    orphans = [
        key
        for key in catalogue()
        if key not in OUR_OWN_FAULTS and key not in whole and not any(fits(key, one) for one in written)
    ]
    assert orphans == []


def plain_texts(value: object) -> Iterator[str]:
    """Return all texts of a TOML file."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from plain_texts(part)
