"""What is watched: the blacklist, and what was told to the integrity file (R-OWN-USE)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, or_, select, update

from terminal.registry.tables.persons import BLACKLIST, INTEGRITY_REPORT
from terminal.registry.transaction import Transaction

_OF_THESE = select(BLACKLIST).where(
    or_(
        BLACKLIST.c.person_id == bindparam("person_id"),
        BLACKLIST.c.card_id == bindparam("card_id"),
    )
)
"""Also what was taken off: a row that was altered to have ended has to be looked at."""
_EVER = select(BLACKLIST).order_by(BLACKLIST.c.id)
_ADD = insert(BLACKLIST)
_END = update(BLACKLIST).where(
    BLACKLIST.c.id == bindparam("entry_id"), BLACKLIST.c.ended_at.is_(None)
)
_REPORT = insert(INTEGRITY_REPORT)
_REPORTS = select(INTEGRITY_REPORT).order_by(INTEGRITY_REPORT.c.id)
_SEAL_REPORT = update(INTEGRITY_REPORT).where(INTEGRITY_REPORT.c.id == bindparam("report_id"))


@dataclass(frozen=True, slots=True)
class Listed:
    """Hold an entry of the blacklist: a person or a card, and why."""

    id: int
    person_id: int | None
    card_id: int | None
    reason: str
    from_at: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """Hold what two people told the integrity file 诚信档案; ``passed_on``: the city has it."""

    id: int
    card_id: int | None
    person_id: int | None
    matter: str
    told: str = field(repr=False)
    at: datetime
    operator: str
    second: str
    passed_on: bool


def blacklisted(tx: Transaction, person_id: int | None, card_id: int | None) -> bool:
    """Say whether a person or a card is on the blacklist."""
    if person_id is None and card_id is None:
        return False
    rows = tx.rows(_OF_THESE, person_id=person_id, card_id=card_id)
    return any(row.ended_at is None for row in rows)


def put_on(
    tx: Transaction,
    reason: str,
    *,
    person_id: int | None = None,
    card_id: int | None = None,
    run_id: int | None = None,
) -> int:
    """Put a person or a card on the blacklist."""
    return tx.add(
        _ADD, person_id=person_id, card_id=card_id, reason=reason, from_at=tx.at, run_id=run_id
    )


def take_off(tx: Transaction, entry_id: int) -> bool:
    """Take an entry off the blacklist; False where it is off already."""
    return bool(tx.run(_END, entry_id=entry_id, ended_at=tx.at))


def listed(tx: Transaction) -> tuple[Listed, ...]:
    """Give the blacklist."""
    return tuple(
        Listed(row.id, row.person_id, row.card_id, row.reason, row.from_at)
        for row in tx.rows(_EVER)
        if row.ended_at is None
    )


def report(
    tx: Transaction,
    matter: str,
    told: str,
    operator: str,
    second: str,
    *,
    card_id: int | None,
    person_id: int | None,
) -> int:
    """Put on record what two people tell the integrity file."""
    # Sealed for its row, whose number is known only once it is there.
    report_id = tx.add(
        _REPORT,
        card_id=card_id,
        person_id=person_id,
        matter=matter,
        told=b"",
        at=tx.at,
        operator=operator,
        second=second,
    )
    tx.run(_SEAL_REPORT, report_id=report_id, told=tx.seal(f"integrity:{report_id}", told))
    return report_id


def reports(tx: Transaction) -> tuple[Report, ...]:
    """Give what was told to the integrity file."""
    return tuple(_read(tx, row) for row in tx.rows(_REPORTS))


def note_passed_on(tx: Transaction, report_id: int) -> None:
    """Note that the city has a report."""
    tx.run(_SEAL_REPORT, report_id=report_id, passed_on=True)


def _read(tx: Transaction, row: Row[Any]) -> Report:
    return Report(
        row.id,
        row.card_id,
        row.person_id,
        row.matter,
        tx.vault.open(f"integrity:{row.id}", row.told),
        row.at,
        row.operator,
        row.second,
        row.passed_on,
    )
