"""The stamp of a row: what it holds, under a key outside the database.

Sealed columns tell nobody anything and open nowhere else; whose a card is, what is owed, who is
dead, stands in plain columns beside them, for it is searched for. Whoever owns the file could
change those without a trace, past every constraint. So each row of a table that decides something
carries a stamp of all that it holds, made when it is written (transaction.py, whoever writes) and
looked at when it is read whole. A row that is taken away leaves no stamp: checking.py looks for
the gaps.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Connection,
    Executable,
    Insert,
    Row,
    Select,
    Table,
    Update,
    bindparam,
    select,
    update,
)

from terminal.registry.tables import METADATA
from terminal.registry.tables.base import STAMP, microseconds
from terminal.registry.vault import Vault

STAMPED = tuple(table for table in METADATA.sorted_tables if STAMP in table.c)
"""Tables whose rows are stamped, in an order in which rows can be made."""


def stamp_of(vault: Vault, table: Table, row: Row[Any]) -> bytes:
    """Give the stamp of a row that was read whole: 16 bytes."""
    values = row._mapping  # noqa: SLF001  documented; by column, for a query may add to the table's
    plain = [_plain(values[column]) for column in table.c if column.name != STAMP]
    return vault.stamp(f"row {table.name}", json.dumps(plain))


def is_genuine(vault: Vault, table: Table, row: Row[Any]) -> bool:
    """Say whether a row that was read whole is as it was written."""
    stamp: object = row._mapping[table.c[STAMP]]  # noqa: SLF001  as above
    return stamp == stamp_of(vault, table, row)


def stamp_all(connection: Connection, vault: Vault) -> None:
    """Stamp every row as it stands: after the tables were changed, in the same transaction."""
    for table in STAMPED:
        stamps = [
            {**key_of(table, row), "new_stamp": stamp_of(vault, table, row)}
            for row in connection.execute(select(table)).fetchall()
        ]
        if stamps:
            connection.execute(stamping(table), stamps)


@lru_cache(1024)
def written(statement: Executable) -> tuple[Table, Executable] | None:
    """Give the stamped table that a statement writes to, and the statement giving what it wrote.

    None where it writes to no such table. Statements are made once, and known by identity.
    """
    if not isinstance(statement, Insert | Update) or statement.table not in STAMPED:
        return None
    table = statement.table
    assert isinstance(table, Table)
    return table, statement.returning(*table.c)


@lru_cache(1024)
def read_whole(statement: Executable) -> tuple[Table, ...]:
    """Give the stamped tables whose rows a query reads whole."""
    if not isinstance(statement, Select):
        return ()
    columns = statement.selected_columns
    return tuple(each for each in STAMPED if columns.contains_column(each.c[STAMP]))


@lru_cache(len(STAMPED))
def stamping(table: Table) -> Update:
    """Give the statement that stamps a row; its values are named by :func:`key_of`."""
    key = [column == bindparam(f"key_{column.name}") for column in table.primary_key]
    return update(table).where(*key).values({STAMP: bindparam("new_stamp")})


def key_of(table: Table, row: Row[Any]) -> dict[str, Any]:
    """Name a row for :func:`stamping`."""
    values = row._mapping  # noqa: SLF001  as above
    return {f"key_{column.name}": values[column] for column in table.primary_key}


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return microseconds(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return value
