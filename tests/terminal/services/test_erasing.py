"""Two people erase: who may, and what they are told of SQLite's log."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from erasing import everything
from registry import Bench, bench

from terminal.errors import RoleMissing, SecondPersonNeeded
from terminal.registry import store
from terminal.registry.operators import Role, SignedIn
from terminal.services.erasing import Erased, erase_due
from terminal.services.operators import Second


@pytest.fixture
def counter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Give a registry with a person whose time is over; nobody waits for a lock."""
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.0)
    counter = bench(tmp_path)
    everything(counter)
    counter.later(days=365 * 12)
    return counter


def erase(
    counter: Bench,
    first: Role = Role.SUPERVISOR,
    second: Role = Role.CLERK,
    reason: str = "年度清理",
) -> Erased:
    """Have zhang erase with li."""
    by = SignedIn("zhang", "张主管", frozenset({first}), counter.now)
    agreed = Second("li", "李四", frozenset({second}))
    return erase_due(counter.registry, "A01-1", by, agreed, reason)


@contextmanager
def another_reads(counter: Bench) -> Iterator[None]:
    """Have another program look at the registry as it is now, for some time."""
    with closing(sqlite3.connect(counter.path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM person").fetchall()
        yield


def log(counter: Bench) -> int:
    return counter.path.with_name(f"{counter.path.name}-wal").stat().st_size


def test_the_log_is_emptied(counter: Bench) -> None:
    """What was overwritten in the file is not to stand beside it."""
    done = erase(counter)
    assert done.rows
    assert (done.in_log, log(counter)) == (False, 0)


def test_a_log_that_another_program_reads(counter: Bench) -> None:
    """SQLite says so by a number, and raises nothing: it is told, and the erasing stands."""
    with another_reads(counter):
        done = erase(counter)
        assert done.rows
        assert done.in_log
        assert log(counter) > 0
    assert erase(counter) == Erased((), in_log=False)


def test_nothing_due_says_nothing_of_the_log(counter: Bench) -> None:
    """There is nothing in it that was to go."""
    erase(counter)
    with another_reads(counter):
        assert erase(counter) == Erased((), in_log=False)


@pytest.mark.parametrize(
    ("first", "second", "may"),
    [
        (Role.SUPERVISOR, Role.CLERK, True),
        (Role.CLERK, Role.SUPERVISOR, True),
        (Role.CLERK, Role.ISSUER, False),
        (Role.AUDITOR, Role.SUPERVISOR, False),
    ],
)
def test_who_may(counter: Bench, first: Role, second: Role, may: bool) -> None:
    """One of the two is a supervisor, and none of them looks at what the others did."""
    if may:
        assert erase(counter, first, second).rows
    else:
        with pytest.raises(RoleMissing):
            erase(counter, first, second)


def test_not_without_grounds(counter: Bench) -> None:
    """What is gone is gone: why stands on record."""
    with pytest.raises(SecondPersonNeeded):
        erase(counter, reason=" ")
