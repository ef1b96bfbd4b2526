"""Looking things up in the audit, and handing it out so that others can check it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, or_, select

from terminal.beijing_time import start_of
from terminal.errors import AuditBroken
from terminal.registry.audit import COLUMNS, NOTHING, RAW, Note, exported, micros
from terminal.registry.transaction import Transaction
from terminal.texts import Text

MOST_ENTRIES = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNREADABLE = Text("第 {number} 条读不懂", "row {number} cannot be read")
_STREAMED = {"stream_results": True}


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold a row of the audit as it is read."""

    chain: str
    number: int
    at: datetime
    note: Note


@dataclass(frozen=True, slots=True)
class Place:
    """Say where a row stands among all, as they are searched: its moment, chain and number."""

    at: datetime
    chain: str
    number: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Say which rows are looked for: all that is given holds of them; days are Beijing's.

    ``reason`` is a piece of it. ``after`` is a row, found before, behind which older ones are
    looked for.
    """

    operator: str | None = None
    person_id: int | None = None
    card_id: int | None = None
    service: str | None = None
    action: str | None = None
    from_day: date | None = None
    to_day: date | None = None
    reason: str | None = None
    chain: str | None = None
    number: int | None = None
    after: Place | None = None


_ALL = select(*(RAW.c[name] for name in COLUMNS))


def search(tx: Transaction, wanted: Wanted, limit: int = MOST_ENTRIES) -> tuple[Entry, ...]:
    """Give the newest rows that fit, oldest first; raises AuditBroken for one that is none.

    An operator is found as who acted and as who agreed.
    """
    newest = _that_fit(wanted).order_by(RAW.c.at.desc(), RAW.c.chain, RAW.c.number.desc())
    return tuple(_entry(row) for row in reversed(tx.rows(newest.limit(limit))))


def export(tx: Transaction, chain: str, since: int = 1) -> Iterator[str]:
    """Give a chain's rows from a number on, a line each (see terminal/registry/audit.py).

    Raises AuditBroken at a row that cannot be written so.
    """
    wanted = _ALL.where(RAW.c.chain == chain, RAW.c.number >= since - 1).order_by(RAW.c.number)
    previous = NOTHING
    for row in tx.connection.execute(wanted, execution_options=_STREAMED):
        try:
            line = exported(dict(zip(COLUMNS, row, strict=True)), previous, row.digest)
            asked_for = row.number >= since
        except (TypeError, ValueError, AttributeError) as error:
            raise _unreadable(row) from error
        previous = row.digest
        if asked_for:
            yield line


def _that_fit(wanted: Wanted) -> Select[Any]:
    query = _ALL
    for name in ("person_id", "card_id", "service", "action", "chain", "number"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(RAW.c[name] == value)
    if wanted.operator is not None:
        query = query.where((RAW.c.operator == wanted.operator) | (RAW.c.second == wanted.operator))
    if wanted.from_day is not None:
        query = query.where(RAW.c.at >= micros(start_of(wanted.from_day)))
    if wanted.to_day is not None:
        after = micros(start_of(wanted.to_day)) + micros(_EPOCH + timedelta(days=1))
        query = query.where(RAW.c.at < after)
    if wanted.reason is not None:
        query = query.where(RAW.c.reason.contains(wanted.reason, autoescape=True))
    if wanted.after is not None:
        query = query.where(_behind(wanted.after))
    return query


def _behind(place: Place) -> ColumnElement[bool]:
    """Say which rows come later in the order of a search: newest first, then by chain."""
    at = micros(place.at)
    later = and_(RAW.c.chain == place.chain, RAW.c.number < place.number)
    return or_(RAW.c.at < at, and_(RAW.c.at == at, or_(RAW.c.chain > place.chain, later)))


def _entry(row: Row[Any]) -> Entry:
    try:
        return Entry(
            row.chain,
            row.number,
            _EPOCH + timedelta(microseconds=row.at),
            Note(
                row.operator,
                row.action,
                row.service,
                row.second,
                row.person_id,
                row.card_id,
                row.reason,
                dict(json.loads(row.facts)),
            ),
        )
    except (TypeError, ValueError, OverflowError) as error:
        raise _unreadable(row) from error


def _unreadable(row: Row[Any]) -> AuditBroken:
    return AuditBroken(chain=row.chain, detail=_UNREADABLE.filled(number=row.number))
