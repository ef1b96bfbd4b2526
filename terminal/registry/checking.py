"""Whether the database is whole: rows that refer to rows, and what the database itself can tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from sqlalchemy import Column, ForeignKeyConstraint, Select, and_, func, select
from sqlalchemy.exc import DBAPIError

from terminal.errors import RegistryError
from terminal.registry import histories
from terminal.registry.machines import TITLES, Kind, allowed
from terminal.registry.stamps import STAMPED, is_genuine, key_of
from terminal.registry.store import Registry
from terminal.registry.tables import METADATA
from terminal.registry.tables.cards import APPLICATION, CARD, PARCEL, PENDING_CHANGE
from terminal.registry.tables.histories import ALLOWED_MOVE, THING
from terminal.registry.tables.work import OPERATOR
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
_ALTERED = Text(
    "表 {table} 有 {count} 行被改动过：{keys}",
    "{count} rows of the table {table} were altered: {keys}",
)
_OTHER_MOVES = Text(
    "数据库里允许的状态变化与本软件的不一致", "the database allows other moves than there are"
)
_OWNERLESS = Text(
    "{count} 件“{kind}”没有所属的记录，编号：{things}",
    "{count} things ({kind}) belong to no record, numbers: {things}",
)
_GONE = Text("表 {table} 少了 {count} 行", "{count} rows of the table {table} are gone")
_MOST_NAMED = 20
_OWNERS: Mapping[Kind, Column[Any]] = {
    Kind.LIFE: CARD.c.id,
    Kind.SOCIAL: CARD.c.social_id,
    Kind.FINANCIAL: CARD.c.financial_id,
    Kind.TRANSIT: CARD.c.transit_id,
    Kind.PARK: CARD.c.park_id,
    Kind.APPLICATION: APPLICATION.c.id,
    Kind.PENDING: PENDING_CHANGE.c.id,
    Kind.PARCEL: PARCEL.c.id,
}
_OF_THINGS = {CARD, APPLICATION, PENDING_CHANGE, PARCEL}
_NUMBERED = tuple(
    each
    for each in STAMPED
    if each not in _OF_THINGS and each.primary_key.columns.keys() == ["id"] and each is not OPERATOR
)
"""Tables whose rows have numbers of their own."""
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
            for each in chain(
                _file_findings(tx),
                _moves(tx),
                _dangling(tx),
                _ownerless(tx),
                _gaps(tx),
                _altered(tx),
                _broken(tx),
            ):
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
    things = [str(each) for each in histories.broken(tx)]
    if things:
        yield _BROKEN.filled(count=len(things), things=_few(things))


def _moves(tx: Transaction) -> Iterator[Text]:
    """Compare the moves that the database allows with those that there are."""
    ours = {(kind.value, *rest) for kind, *rest in allowed()}
    if {tuple(row) for row in tx.rows(select(ALLOWED_MOVE))} != ours:
        yield _OTHER_MOVES


def _altered(tx: Transaction) -> Iterator[Text]:
    """Look at every stamp (stamps.py)."""
    for table in STAMPED:
        rows = tx.stream(select(table), unchecked=True)
        keys = [
            ", ".join(map(str, key_of(table, row).values()))
            for row in rows
            if not is_genuine(tx.vault, table, row)
        ]
        if keys:
            yield _ALTERED.filled(table=table.name, count=len(keys), keys=_few(keys))


def _ownerless(tx: Transaction) -> Iterator[Text]:
    """Look for things whose card, application … is gone."""
    for kind, column in _OWNERS.items():
        owned = select(column).where(column == THING.c.id).exists()
        lost = select(THING.c.id).where(THING.c.kind == kind.value, ~owned)
        ids = [str(row.id) for row in tx.rows(lost)]
        if ids:
            yield _OWNERLESS.filled(kind=TITLES[kind], count=len(ids), things=_few(ids))


def _gaps(tx: Transaction) -> Iterator[Text]:
    """Look for rows that were taken away: SQLite numbers without gaps, and none is ever deleted.

    A server's sequences have gaps by themselves.
    """
    if tx.connection.dialect.name != "sqlite":
        return
    for table in (THING, *_NUMBERED):
        (row,) = tx.rows(
            select(func.count().label("there"), func.max(table.c.id).label("last")).select_from(
                table
            )
        )
        if row.last is not None and row.there != row.last:
            yield _GONE.filled(table=table.name, count=row.last - row.there)


def _few(names: list[str]) -> str:
    more = "…" if len(names) > _MOST_NAMED else ""
    return "、".join(names[:_MOST_NAMED]) + more


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
