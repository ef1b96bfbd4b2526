"""A journal in a folder of its own, with a clock that stands until it is set."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from terminal.journal import BEIJING, Intention, Journal, Kind, Method, SqliteStore, new_key

CARD = "1000751012345678"


class StandingClock:
    """Give the moment it was set to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 9, 30, tzinfo=BEIJING)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state/journal.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(path)
    yield opened
    opened.close()


@pytest.fixture
def journal(store: SqliteStore, clock: StandingClock) -> Journal:
    return Journal(store, clock)


@pytest.fixture
def load() -> Callable[..., Intention]:
    """Make a load of 50 yuan in cash, otherwise where said."""

    def make(**other: object) -> Intention:
        usual: dict[str, object] = {
            "key": new_key(),
            "kind": Kind.LOAD,
            "card": CARD,
            "amount": 5000,
            "till": 5000,
            "method": Method.CASH,
            "operator": "07",
        }
        return Intention(**{**usual, **other})  # type: ignore[arg-type]  # a test's shorthand

    return make
