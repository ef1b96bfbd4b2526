"""Have two people erase what is due, so many rows a transaction that others go on working."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from sqlite3 import OperationalError

from terminal.errors import SecondPersonNeeded
from terminal.registry.operators import DOERS, Role, SignedIn
from terminal.registry.retention import EVERYTHING, MOST, Decided, Due, due, erase
from terminal.registry.retention_table import POLICY, Item, Policy
from terminal.registry.store import Registry
from terminal.rules.working_days import KNOWN, WorkingDays
from terminal.services.operators import Second
from terminal.services.two_people import NO_GROUNDS, demand_two


@dataclass(frozen=True, slots=True)
class Erased:
    """Hold what was erased; ``in_log``: what it said before stands in the database's log still."""

    rows: tuple[Due, ...]
    in_log: bool


def list_due(
    registry: Registry,
    by: SignedIn,
    policy: Policy = POLICY,
    calendar: WorkingDays = KNOWN,
    *,
    items: frozenset[Item] = EVERYTHING,
) -> tuple[Due, ...]:
    """Give what may be erased today: numbers and days, no names; raises RoleMissing."""
    by.demand(Role.SUPERVISOR, Role.AUDITOR)
    with registry.reading() as tx:
        return due(tx, policy, calendar, items=items)


def erase_due(
    registry: Registry,
    chain: str,
    by: SignedIn,
    second: Second,
    reason: str,
    policy: Policy = POLICY,
    calendar: WorkingDays = KNOWN,
    *,
    items: frozenset[Item] = EVERYTHING,
    most: int = MOST,
) -> Erased:
    """Erase all that may be erased today, and give what was; one of the two is a supervisor.

    Raises SecondPersonNeeded, also without grounds, and RoleMissing.
    """
    demand_two(by.operator, second.operator)
    if not reason.strip():
        raise SecondPersonNeeded(detail=NO_GROUNDS)
    by.demand(*DOERS if Role.SUPERVISOR in second.roles else (Role.SUPERVISOR,))
    decided = Decided(chain, by.operator, second.operator, reason.strip())
    erased: dict[tuple[Item, str, int], Due] = {}
    while True:
        with registry.writing() as tx:
            if registry.engine.dialect.name == "sqlite":
                # What is overwritten is not to stay in the file's free pages.
                tx.connection.exec_driver_sql("PRAGMA secure_delete = ON").close()
            found = erase(tx, decided, policy, calendar, items=items, most=most)
        fresh = {(each.item, each.table, each.row_id): each for each in found}
        if not fresh.keys() - erased.keys():
            break
        erased |= fresh
    sqlite = registry.engine.dialect.name == "sqlite"
    return Erased(tuple(erased.values()), bool(erased) and sqlite and not _empty_log(registry))


def _empty_log(registry: Registry) -> bool:
    """Move SQLite's log into the file, so that no page as it was before stays in it.

    Says whether that was done: while others are reading it cannot be, and nothing is wrong then.
    """
    # Not by the engine's own way, which begins a transaction: in one nothing is moved.
    with closing(registry.engine.raw_connection()) as connection:
        try:
            row = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except OperationalError:
            return False
    return row is not None and row[0] == 0
