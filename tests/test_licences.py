"""The licences of what we took something from go with it: into the source, the pages and the wheel."""

import json
import subprocess
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest

from callguard.deliver.console import BUILT

ROOT = Path(__file__).parents[1]
SPHINX = ROOT / "src" / "callguard" / "transcribe" / "sphinx" / "model"
COLLECTED = BUILT / "licences.txt"


def words(text: str) -> str:
    return " ".join(text.split())


def test_what_was_made_of_cmudict_and_pocketsphinx_has_their_licence_beside_it() -> None:
    theirs = next(file for file in distribution("pocketsphinx").files or () if file.match("licenses/LICENSE")).read_text()
    ours = (SPHINX / "LICENSE").read_text(encoding="utf-8")
    assert "Carnegie Mellon University" in ours
    assert words(theirs).startswith(words(ours))


@pytest.mark.skipif(not BUILT.is_dir(), reason="the console is not built; `make console`")
def test_the_pages_carry_the_licence_of_every_package_that_is_built_in() -> None:
    collected = COLLECTED.read_text(encoding="utf-8")
    for name, version in json.loads((ROOT / "console" / "package.json").read_text(encoding="utf-8"))["dependencies"].items():
        assert f"{name} {version} (" in collected
    for text in ("Permission is hereby granted", "SIL OPEN FONT LICENSE", "Neither the name of the copyright holder"):
        assert text in collected
    assert collected.count("Permission is hereby granted") >= 3, "react, react-dom, and scheduler, which nobody asked for by name"


def test_the_wheel_takes_them_along() -> None:
    """Hatchling packs what git knows in the packages, and what «artifacts» names although git does not."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    (package,) = wheel["packages"]
    assert set(wheel) == {"packages", "artifacts"}, "nothing is left out"
    for name in (SPHINX / "LICENSE", COLLECTED):
        inside = name.relative_to(ROOT)
        is_named = any(inside.match(pattern.replace("/**", "/*")) for pattern in wheel["artifacts"])
        ignored = subprocess.run(["git", "check-ignore", "-q", inside], cwd=ROOT, check=False).returncode == 0
        assert inside.is_relative_to(package)
        assert is_named or not ignored
    assert "license-files" not in project["project"], "LICENSE and NOTICE go along by themselves"
