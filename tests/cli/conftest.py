"""An installation of its own for every test of the command line."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest

from callguard.cli.main import run


@dataclass
class Result:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, object]]:
        """Standard output as JSON lines."""
        return [orjson.loads(line) for line in self.out.splitlines()]


Callguard = Callable[..., Result]


@pytest.fixture
def callguard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callguard:
    """Run the command line in this process, with its data in a folder of the test's own."""
    monkeypatch.setenv("CALLGUARD_DATA_DIR", str(tmp_path / "data"))

    def call(*arguments: object) -> Result:
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return call
