import json
import shutil
from pathlib import Path

import pytest

from callguard.errors import ModelMissingError, PolicyError
from callguard.score.combined import CombinedScorer
from callguard.score.factory import build_scorer, bundled_model, load_model
from callguard.score.rule_scorer import RuleScorer
from callguard.settings import ScoreSettings
from tests.scorers import rule_scorer


def test_model_and_rules_together_are_the_default() -> None:
    scorer = build_scorer(ScoreSettings())

    assert isinstance(scorer, CombinedScorer)
    assert scorer.score("i will kill you").severity == 4


def test_the_rules_alone_are_there_for_who_asks_for_them() -> None:
    assert isinstance(build_scorer(ScoreSettings(engine="rules")), RuleScorer)


def test_a_rules_file_that_is_broken_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text("schema = 1", encoding="utf-8")

    with pytest.raises(PolicyError, match=r"ours\.toml"):
        build_scorer(ScoreSettings(rules=file))


def test_a_model_with_more_outputs_than_its_calibration_names_stops_the_start(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(bundled_model(), tmp_path / "model"))
    calibration = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
    calibration["outputs"].append("other")
    (folder / "calibration.json").write_text(json.dumps(calibration), encoding="utf-8")

    with pytest.raises(ModelMissingError, match="of two models"):
        load_model(folder, rule_scorer())
