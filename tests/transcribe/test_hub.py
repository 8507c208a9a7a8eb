"""Against an address where nobody listens: no test reaches the real hub."""

from pathlib import Path

import pytest

from callguard.errors import ModelMissingError
from callguard.transcribe.hub import Hub

NOBODY = "http://127.0.0.1:9"


def test_a_hub_that_cannot_be_reached_says_why() -> None:
    assert Hub(NOBODY).trouble("some/model", timeout_s=1)


def test_fetching_from_a_hub_that_cannot_be_reached_is_missing_weights(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="--from FOLDER"):
        Hub(NOBODY).fetch("some/model", tmp_path, lambda _: None)


def test_what_is_not_in_the_cache_is_not_found_there() -> None:
    assert Hub().cached("callguard-tests/no-such-model") is None
