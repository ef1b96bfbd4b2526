"""The record of destroyed cards, each by two people (R-OLD-DESTROY, Rules Art. 16, 21)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, select

from terminal.registry.tables.cards import DESTRUCTION
from terminal.registry.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Destruction:
    """Hold who destroyed a card, when, and what it was before."""

    card_id: int
    at: datetime
    operator: str
    second: str
    reason: str


_ADD = insert(DESTRUCTION)
_OF_CARD = select(DESTRUCTION).where(DESTRUCTION.c.card_id == bindparam("card_id"))
_ALL = select(DESTRUCTION).order_by(DESTRUCTION.c.at, DESTRUCTION.c.card_id)


def add(tx: Transaction, card_id: int, operator: str, second: str, reason: str) -> None:
    """Put on record that two people destroyed a card; ``reason`` is the state it was in."""
    tx.run(_ADD, card_id=card_id, at=tx.at, operator=operator, second=second, reason=reason)


def of_card(tx: Transaction, card_id: int) -> Destruction | None:
    """Give the record of a card, None where it was not destroyed."""
    row = tx.row(_OF_CARD, card_id=card_id)
    return None if row is None else _read(row)


def all_of_them(tx: Transaction) -> tuple[Destruction, ...]:
    """Give the whole record, the oldest first."""
    return tuple(_read(row) for row in tx.rows(_ALL))


def _read(row: Row[Any]) -> Destruction:
    return Destruction(row.card_id, row.at, row.operator, row.second, row.reason)
