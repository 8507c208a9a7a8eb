from pathlib import Path

import pytest

from callguard.errors import PolicyError
from callguard.score.factory import build_scorer
from callguard.settings import ScoreSettings


def test_the_bundled_rules_are_the_default() -> None:
    assert build_scorer(ScoreSettings()).score("i will kill you").severity == 4


def test_a_rules_file_that_is_broken_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text("schema = 1", encoding="utf-8")

    with pytest.raises(PolicyError, match=r"ours\.toml"):
        build_scorer(ScoreSettings(rules=file))
