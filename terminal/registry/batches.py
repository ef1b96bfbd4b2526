"""Batches: an employer's group applications 集体申领 (Rules Art. 6, 7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from terminal.masking import Masked, mask_number
from terminal.registry.tables.cards import BATCH
from terminal.registry.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Batch:
    """Hold an employer's batch; ``contact`` is the mobile number of who acts for the employer.

    ``collected_at`` starts R-GROUP-30.
    """

    id: int
    employer: str
    licence: str
    bank: str
    contact: Masked[str] | None
    applied_at: datetime
    collected_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewBatch:
    """Hold what a batch is put on record with."""

    employer: str
    licence: str
    bank: str
    contact: str = field(default="", repr=False)


_BY_ID = select(BATCH).where(BATCH.c.id == bindparam("id"))
_OF_LICENCE = (
    select(BATCH).where(BATCH.c.licence == bindparam("licence")).order_by(BATCH.c.id.desc())
)
_COLLECTED = select(BATCH).where(BATCH.c.collected_at.is_not(None)).order_by(BATCH.c.id)
_ADD = insert(BATCH)
_CHANGE = update(BATCH).where(BATCH.c.id == bindparam("batch_id"))


def add(tx: Transaction, new: NewBatch, *, run_id: int | None) -> Batch:
    """Put a batch on record."""
    batch_id = tx.add(
        _ADD,
        employer=new.employer,
        licence=new.licence,
        bank=new.bank,
        applied_at=tx.at,
        run_id=run_id,
    )
    # Sealed for its row, whose number is known only once it is there.
    tx.run(_CHANGE, batch_id=batch_id, contact=tx.seal(_place(batch_id), new.contact or None))
    return get(tx, batch_id)


def get(tx: Transaction, batch_id: int) -> Batch:
    """Give a batch by its number; raises KeyError."""
    row = tx.row(_BY_ID, id=batch_id)
    if row is None:
        raise KeyError(batch_id)
    return _read(tx, row)


def of_licence(tx: Transaction, licence: str) -> tuple[Batch, ...]:
    """Give an employer's batches by the number of its licence, the newest first."""
    return tuple(_read(tx, row) for row in tx.rows(_OF_LICENCE, licence=licence))


def collected(tx: Transaction) -> tuple[Batch, ...]:
    """Give the batches of which the employer has collected cards."""
    return tuple(_read(tx, row) for row in tx.rows(_COLLECTED))


def note_collected(tx: Transaction, batch: Batch) -> Batch:
    """Note that the employer collected cards now; the first time starts the term (R-GROUP-30)."""
    if batch.collected_at is None:
        tx.run(_CHANGE, batch_id=batch.id, collected_at=tx.at)
    return get(tx, batch.id)


def _read(tx: Transaction, row: Row[Any]) -> Batch:
    contact = tx.open(_place(row.id), row.contact)
    return Batch(
        row.id,
        row.employer,
        row.licence,
        row.bank,
        Masked(contact, mask_number) if contact else None,
        row.applied_at,
        row.collected_at,
    )


def _place(batch_id: int) -> str:
    return f"batch.contact:{batch_id}"
