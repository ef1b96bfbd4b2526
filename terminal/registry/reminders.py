"""The city's death reminders that were taken, and up to which day they were asked for.

A reminder is taken once: one that was corrected here is not taken again (R-DEAD-10WD).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, insert, select, update

from terminal.registry.tables.persons import DEATH_REMINDER
from terminal.registry.tables.work import SETTING
from terminal.registry.transaction import Transaction
from terminal.texts import Text

_NO_DAY = Text("没有记下上次查询死亡提醒的日期", "it does not say when it asked for reminders")
_ASKED = "death_reminders"
_BY_NUMBER = select(DEATH_REMINDER.c.person_id).where(
    DEATH_REMINDER.c.reminder == bindparam("reminder")
)
_ADD = insert(DEATH_REMINDER)
_ALL = select(DEATH_REMINDER).order_by(
    DEATH_REMINDER.c.taken_at.desc(), DEATH_REMINDER.c.reminder.desc()
)
_SETTING = select(SETTING.c.value).where(SETTING.c.name == _ASKED)


@dataclass(frozen=True, slots=True)
class Taken:
    """Hold a reminder that was taken: of whose death, of which day it is."""

    reminder: str
    person_id: int
    reminded_on: date


def taken(tx: Transaction, reminder: str) -> bool:
    """Say whether a reminder was taken before."""
    return tx.row(_BY_NUMBER, reminder=reminder) is not None


def take(tx: Transaction, reminder: str, person_id: int, reminded_on: date) -> None:
    """Note that a reminder was taken, for a person."""
    tx.run(_ADD, reminder=reminder, person_id=person_id, reminded_on=reminded_on, taken_at=tx.at)


def all_taken(tx: Transaction) -> tuple[Taken, ...]:
    """Give the reminders that were taken, the newest first."""
    return tuple(Taken(row.reminder, row.person_id, row.reminded_on) for row in tx.rows(_ALL))


def asked_until(tx: Transaction) -> date | None:
    """Give the day up to which reminders were asked for; None where they never were.

    Raises RegistryDamaged.
    """
    row = tx.row(_SETTING)
    try:
        return None if row is None else date.fromisoformat(row.value)
    except (TypeError, ValueError) as error:
        raise tx.damaged(_NO_DAY) from error


def note_asked(tx: Transaction, day: date) -> None:
    """Note up to which day reminders were asked for."""
    if not tx.run(update(SETTING).where(SETTING.c.name == _ASKED), value=day.isoformat()):
        tx.run(insert(SETTING), name=_ASKED, value=day.isoformat())
