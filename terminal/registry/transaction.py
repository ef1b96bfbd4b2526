"""One transaction on the registry: a connection, the vault, the moment it counts as."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable, Row, Table

from terminal.errors import RegistryDamaged
from terminal.registry.stamps import (
    is_genuine,
    key_of,
    read_whole,
    stamp_of,
    stamping,
    written,
)
from terminal.registry.vault import Vault
from terminal.texts import Text

_ALTERED = Text(
    "表 {table} 有一行（{key}）被改动过", "a row of the table {table} ({key}) was altered"
)
_T = TypeVar("_T")
_E = TypeVar("_E", bound=StrEnum)
_AT_A_TIME = 1000
_NO_VALUE = Text(
    "有一栏的值不是这一栏的（{detail}），可能被改动过",
    "a column holds what is none of its values ({detail}): it may have been altered",
)


@dataclass(frozen=True, slots=True)
class Transaction:
    """Hold what the registry's modules work with; ``at`` is now, taken once, aware.

    Nothing is there until the registry that made it has committed.
    """

    connection: Connection
    vault: Vault
    at: datetime

    def rows(self, statement: Executable, **values: Any) -> Sequence[Row[Any]]:
        """Run a query and give its rows; raises RegistryDamaged."""
        return self._genuine(
            statement, self._fetched(self.connection.execute(statement, values).fetchall)
        )

    def row(self, statement: Executable, **values: Any) -> Row[Any] | None:
        """Run a query and give its first row, None where there is none; raises RegistryDamaged."""
        row = self._fetched(self.connection.execute(statement, values).fetchone)
        if row is not None:
            self._genuine(statement, (row,))
        return row

    def stream(self, statement: Executable, *, unchecked: bool = False) -> Iterator[Row[Any]]:
        """Run a query and give its rows, few in memory at a time; raises RegistryDamaged.

        ``unchecked``: whoever asks looks at the stamps.
        """
        result = self.connection.execute(statement).yield_per(_AT_A_TIME)
        while rows := self._fetched(result.fetchmany):
            yield from rows if unchecked else self._genuine(statement, rows)

    def run(self, statement: Executable, **values: Any) -> int:
        """Run a statement and give how many rows it changed."""
        stamped = written(statement)
        if stamped is None:
            return self.connection.execute(statement, values).rowcount
        return len(self._written(*stamped, values))

    def add(self, statement: Executable, **values: Any) -> int:
        """Insert a row and give its number."""
        stamped = written(statement)
        if stamped is not None:
            (row,) = self._written(*stamped, values)
            return int(row.id)
        key = self.connection.execute(statement, values).inserted_primary_key
        if key is None:
            raise TypeError("the statement inserts nothing")
        return int(key[0])

    def seal(self, place: str, text: str | None) -> bytes | None:
        """Seal a personal value for its place; None stays None."""
        return None if text is None else self.vault.seal(place, text)

    def open(self, place: str, data: bytes | None) -> str | None:
        """Open what was sealed for a place; raises PersonalDataDamaged."""
        return None if data is None else self.vault.open(place, data)

    def one_of(self, kind: type[_E], value: str) -> _E:
        """Read a value that is one of a list; raises RegistryDamaged."""
        try:
            return kind(value)
        except ValueError as error:
            raise self.damaged(_NO_VALUE.filled(detail=error)) from error

    def damaged(self, detail: Text) -> RegistryDamaged:
        """Say that the database holds what nobody of ours has written."""
        return RegistryDamaged(path=self.connection.engine.url.database or "", detail=detail)

    def _written(
        self, table: Table, statement: Executable, values: dict[str, Any]
    ) -> Sequence[Row[Any]]:
        """Run a statement that gives the rows it wrote, and stamp them."""
        rows = self._fetched(self.connection.execute(statement, values).fetchall)
        for row in rows:
            new = stamp_of(self.vault, table, row)
            self.connection.execute(stamping(table), {**key_of(table, row), "new_stamp": new})
        return rows

    def _genuine(self, statement: Executable, rows: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
        """Give the rows, each of them as it was written; raises RegistryDamaged."""
        for table in read_whole(statement):
            for row in rows:
                if not is_genuine(self.vault, table, row):
                    key = ", ".join(str(each) for each in key_of(table, row).values())
                    raise self.damaged(_ALTERED.filled(table=table.name, key=key))
        return rows

    def _fetched(self, fetch: Callable[[], _T]) -> _T:
        try:
            return fetch()
        except (TypeError, ValueError, OverflowError) as error:
            # A date that is none, a text for a number, a moment after the year 9999.
            raise self.damaged(_NO_VALUE.filled(detail=error)) from error
