import json
import shutil
from pathlib import Path

import pytest

from callguard.errors import ModelMissingError, PolicyError
from callguard.score.factory import build_scorer, bundled_model, load_model
from callguard.settings import ScoreSettings
from tests.scorers import rule_scorer


def test_the_bundled_rules_are_the_default() -> None:
    assert build_scorer(ScoreSettings()).score("i will kill you").severity == 4


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
