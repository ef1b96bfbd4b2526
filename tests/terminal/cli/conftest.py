"""A desk for the command line's tests."""

from collections.abc import Iterator

import pytest
from desk import Desk, open_desk


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    """One daemon for a module."""
    with open_desk() as opened:
        yield opened
