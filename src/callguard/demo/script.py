"""The bundled calls: who says what, and what must come of it."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from callguard.errors import SettingsError

Row = dict[str, Any]
"""An event in its public JSON form."""
EARLY_S = 0.3
"""A decision may come this long before the turn that is said to cause it: synthesized turns open with a little silence."""


class Expectation(BaseModel):
    """Something that must happen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["prompt", "alert"]
    audience: Literal["agent", "senior"]
    min_severity: int = 0
    category: str = ""
    turn: int = Field(ge=1, description="1-based; not before this turn begins.")
    within_s: float = Field(gt=0, description="After the turn has ended.")


class Refusal(BaseModel):
    """Something that must not happen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["prompt", "alert"]
    audience: Literal["agent", "senior"]
    min_severity: int = 0


class Script(BaseModel):
    """One call as its TOML file tells it; how the voices were made is of no concern here."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    title: str
    organisation: str
    agent: str
    caller: str
    expect: tuple[Expectation, ...] = ()
    refuse: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """When a turn is heard in the recording."""

    speaker: str
    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCall:
    """A bundled call."""

    script: Script
    turns: tuple[Spoken, ...]
    audio: Traversable
    """Ogg Opus, 8 kHz, caller left, agent right."""


def load_demo_calls() -> tuple[DemoCall, ...]:
    """Return the bundled calls in the order of their ids. Raises SettingsError for a broken script."""
    folder = resources.files("callguard.demo").joinpath("calls")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return tuple(_load(folder, file) for file in files)


def failures(call: DemoCall, rows: Iterable[Row]) -> list[str]:
    """Return what did not go as the script says, one sentence each."""
    decisions = [row for row in rows if row["type"] == "decision"]
    missed = [
        _say_missed(wanted) for wanted in call.script.expect if not any(_meets(row, wanted, call.turns) for row in decisions)
    ]
    unwanted = [
        f"a {row['kind']} for {row['audience']} of severity {row['severity']} came at {row['at_s']} s and must not"
        for row in decisions
        for refused in call.script.refuse
        if (row["kind"], row["audience"]) == (refused.kind, refused.audience) and row["severity"] >= refused.min_severity
    ]
    return missed + unwanted


def _meets(row: Row, wanted: Expectation, turns: Sequence[Spoken]) -> bool:
    turn = turns[wanted.turn - 1]
    return (
        (row["kind"], row["audience"]) == (wanted.kind, wanted.audience)
        and row["severity"] >= wanted.min_severity
        and wanted.category in ("", row["category"])
        and turn.start_s - EARLY_S <= row["at_s"] <= turn.end_s + wanted.within_s
    )


def _say_missed(wanted: Expectation) -> str:
    of = f" of {wanted.category}" if wanted.category else ""
    what = f"{wanted.kind}{of} for {wanted.audience} (severity {wanted.min_severity} or more)"
    return f"no {what} within {wanted.within_s:g} s of turn {wanted.turn}"


def _load(folder: Traversable, file: Traversable) -> DemoCall:
    try:
        script = Script.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise SettingsError(f"demo script {file.name} is broken: {error}") from error
    rows = [orjson.loads(line) for line in folder.joinpath(f"{script.id}.jsonl").read_text(encoding="utf-8").splitlines()]
    return DemoCall(script=script, turns=tuple(Spoken(**row) for row in rows), audio=folder.joinpath(f"{script.id}.opus"))
