"""Against an address where nobody listens: no test reaches the real hub."""

from pathlib import Path

import pytest

from callguard.errors import ModelMissingError
from callguard.transcribe.hub import Hub
from tests.transcribe.hub_files import Mirror, serving

NOBODY = "http://127.0.0.1:9"


def test_a_hub_that_cannot_be_reached_says_why() -> None:
    assert Hub(NOBODY).trouble("some/model", timeout_s=1)


def test_fetching_from_a_hub_that_cannot_be_reached_is_missing_weights(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="--from FOLDER"):
        Hub(NOBODY).fetch("some/model", tmp_path, lambda _: None)


@pytest.mark.parametrize("answer", [b"<html>Please log in</html>", b"{}", b"[]"], ids=["a page", "an empty object", "a list"])
def test_something_else_in_the_place_of_the_hub_is_trouble(answer: bytes, tmp_path: Path) -> None:
    with serving(Mirror(tmp_path, "some/model")) as mirror:
        mirror.says_instead = answer
        assert "log-in page" in Hub(mirror.url).trouble("some/model", timeout_s=5)
        with pytest.raises(ModelMissingError, match="--from FOLDER"):
            Hub(mirror.url).fetch("some/model", tmp_path, lambda _: None)


def test_a_name_that_no_repository_can_have_is_trouble_and_in_no_cache() -> None:
    assert "no name of a repository" in Hub(NOBODY).trouble("models/base en", timeout_s=1)
    assert Hub().cached("models/base en") is None


def test_what_is_not_in_the_cache_is_not_found_there() -> None:
    assert Hub().cached("callguard-tests/no-such-model") is None
