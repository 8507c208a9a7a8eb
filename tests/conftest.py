import pytest
from playwright.async_api import expect

expect.set_options(timeout=20_000)  # a busy machine draws late, and how late is for benchmarks to say

LONGEST = {
    "test_bounds.py",
    "test_browser.py",
    "test_browser_recipes.py",
    "test_ear.py",
    "test_join_browser.py",
    "test_replay_command.py",
    "test_review_browser.py",
    "test_web_lines.py",
    "test_whisper.py",
}
"""Files that take a worker half a minute and more. Whatever begins last, one worker ends alone with."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files; the others stay in their order."""
    items.sort(key=lambda item: item.path.name not in LONGEST)
