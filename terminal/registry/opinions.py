"""Opinions and suggestions 意见和建议, as they were left (Rules Art. 18)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert, select

from terminal.registry.tables.work import FEEDBACK
from terminal.registry.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Opinion:
    """Hold what somebody said, and the number of the call in which they did."""

    id: int
    person_id: int | None
    said: str = field(repr=False)
    call_number: str
    at: datetime


_ADD = insert(FEEDBACK)
_ALL = select(FEEDBACK).order_by(FEEDBACK.c.id)


def add(
    tx: Transaction, said: str, call_number: str, *, person_id: int | None, run_id: int
) -> None:
    """Put an opinion on record; its words are sealed."""
    tx.run(
        _ADD,
        person_id=person_id,
        said=tx.seal(_place(run_id), said),
        call_number=call_number,
        at=tx.at,
        run_id=run_id,
    )


def left(tx: Transaction) -> tuple[Opinion, ...]:
    """Give what was said, the oldest first."""
    return tuple(
        Opinion(
            row.id,
            row.person_id,
            tx.vault.open(_place(row.run_id), row.said),
            row.call_number,
            row.at,
        )
        for row in tx.rows(_ALL)
    )


def _place(run_id: int) -> str:
    return f"feedback.said:{run_id}"
