"""Parcels: cards that the post brings to their holders (Rules Art. 7(1))."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, insert, select

from terminal.registry import histories
from terminal.registry.histories import Standing
from terminal.registry.machines import Kind
from terminal.registry.machines import Parcel as State
from terminal.registry.tables.cards import PARCEL
from terminal.registry.transaction import Transaction

LONGEST_TRACKING = 40


@dataclass(frozen=True, slots=True)
class Parcel:
    """Hold a parcel that a card is in: its number at the post, and how it stands."""

    id: int
    card_id: int
    tracking: str
    standing: Standing


_BY_ID = select(PARCEL).where(PARCEL.c.id == bindparam("id"))
_OF_CARD = (
    select(PARCEL).where(PARCEL.c.card_id == bindparam("card_id")).order_by(PARCEL.c.id.desc())
)
_ADD = insert(PARCEL)


def send(tx: Transaction, card_id: int, tracking: str) -> Parcel:
    """Put a parcel on record that was posted now."""
    standing = histories.begin(tx, Kind.PARCEL, "send", State.SENT)
    tx.run(_ADD, id=standing.thing_id, card_id=card_id, tracking=tracking)
    return Parcel(standing.thing_id, card_id, tracking, standing)


def get(tx: Transaction, parcel_id: int) -> Parcel:
    """Give a parcel by its number in the registry; raises KeyError."""
    row = tx.row(_BY_ID, id=parcel_id)
    if row is None:
        raise KeyError(parcel_id)
    return _read(tx, row)


def last_of(tx: Transaction, card_id: int) -> Parcel | None:
    """Give the last parcel that a card was in, None where it was never posted."""
    row = tx.row(_OF_CARD, card_id=card_id)
    return None if row is None else _read(tx, row)


def move(tx: Transaction, parcel: Parcel, name: str, state: State) -> None:
    """Note how a parcel ended; raises MovedMeanwhile."""
    histories.move(tx, parcel.standing, name, state)


def _read(tx: Transaction, row: Row[Any]) -> Parcel:
    return Parcel(row.id, row.card_id, row.tracking, histories.standing(tx, row.id))
