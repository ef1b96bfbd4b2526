"""A desk for other people's programs."""

from collections.abc import Iterator

import pytest
from desk import Desk, open_desk


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    """One daemon for a module."""
    with open_desk() as opened:
        yield opened
