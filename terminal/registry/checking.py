"""Whether the database is whole: rows that refer to rows, and what the database itself can tell."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Select, and_, func, select
from sqlalchemy.exc import DBAPIError

from terminal.errors import RegistryError
from terminal.registry import histories
from terminal.registry.store import Registry
from terminal.registry.tables import METADATA
from terminal.registry.transaction import Transaction
from terminal.texts import Text

ADDED_ONLY = ("history", "audit", "destruction", "allowed_move")
"""Tables whose rows are only added; the database refuses the rest by triggers."""

_DANGLING = Text(
    "表 {table} 有 {count} 行指向不存在的 {other}",
    "{count} rows of the table {table} refer to a {other} that is not there",
)
_BROKEN = Text(
    "{count} 件的状态记录缺了行，或被改动过，编号：{things}",
    "the histories of {count} things lack a row, or were altered, numbers: {things}",
)
_MOST_NAMED = 20
_DAMAGED = Text("数据库文件损坏：{detail}", "the database file is damaged: {detail}")
_UNPROTECTED = Text(
    "表 {table} 不再防止改动：触发器 {trigger} 不见了",
    "the table {table} is protected no more: the trigger {trigger} is gone",
)


def database_findings(registry: Registry) -> tuple[Text, ...]:
    """Give what is wrong with the database, nothing where all is right."""
    found: list[Text] = []
    try:
        with registry.reading() as tx:
            for each in chain(_file_findings(tx), _dangling(tx), _broken(tx)):
                found.append(each)
    except (DBAPIError, RegistryError) as error:
        if not found:  # else it is the same trouble once more
            detail = (
                Text(error.cause("zh"), error.cause("en"))
                if isinstance(error, RegistryError)
                else error.orig
            )
            found.append(_DAMAGED.filled(detail=detail))
    return tuple(found)


def _dangling(tx: Transaction) -> Iterator[Text]:
    for table in METADATA.sorted_tables:
        for key in table.foreign_key_constraints:
            count = tx.rows(_count(key))[0][0]
            if count:
                other = key.referred_table.name
                yield _DANGLING.filled(table=table.name, count=count, other=other)


def _broken(tx: Transaction) -> Iterator[Text]:
    things = list(histories.broken(tx))
    if things:
        named = "、".join(map(str, things[:_MOST_NAMED]))
        more = "…" if len(things) > _MOST_NAMED else ""
        yield _BROKEN.filled(count=len(things), things=named + more)


def _count(key: ForeignKeyConstraint) -> Select[Any]:
    """Count the rows whose foreign key leads nowhere; one with a NULL in it need not lead."""
    other = key.referred_table.alias("other")
    pairs = [(each.parent, other.c[each.column.name]) for each in key.elements]
    found = select(other).where(and_(*(mine == theirs for mine, theirs in pairs))).exists()
    given = and_(*(mine.is_not(None) for mine, _ in pairs))
    return select(func.count()).select_from(key.table).where(given, ~found)


def _file_findings(tx: Transaction) -> Iterator[Text]:
    """Ask SQLite; a database server looks after its own files."""
    if tx.connection.dialect.name != "sqlite":
        return
    for (line,) in tx.connection.exec_driver_sql("PRAGMA integrity_check"):
        if line != "ok":
            yield _DAMAGED.filled(detail=line)
    named = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    triggers = {name for (name,) in tx.connection.exec_driver_sql(named)}
    for table in ADDED_ONLY:
        for change in ("update", "delete"):
            if (trigger := f"{table}_no_{change}") not in triggers:
                yield _UNPROTECTED.filled(table=table, trigger=trigger)
