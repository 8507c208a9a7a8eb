"""Whisper models of exact tiny shape with random weights, made once per session."""

from pathlib import Path

import pytest

from tools.make_shape_model import make_model


@pytest.fixture(scope="session")
def tiny_en(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An English-only model that says 20 tokens about any audio."""
    return make_model("tiny.en", tmp_path_factory.mktemp("models") / "tiny.en")


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A multilingual model that says 6 tokens about any audio."""
    return make_model("tiny", tmp_path_factory.mktemp("models") / "tiny", tokens=6)
