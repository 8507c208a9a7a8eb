from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.deliver.office import Office, open_office


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    opened = await open_office(tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
async def small_office(tmp_path: Path) -> AsyncIterator[Office]:
    """One whose listeners may fall 16 events behind."""
    opened = await open_office(tmp_path, listener_queue=16)
    yield opened
    await opened.close()
