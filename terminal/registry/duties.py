"""Obligations to other parties: stored with what caused them, delivered by whoever asks next.

No thread sleeps over them: what is due is done at the end of the service that made it, at the next
service, and by ``guitai duties run``. A failed try puts it off, longer each time.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, bindparam, insert, or_, select, update

from terminal.registry.tables.work import DUTY
from terminal.registry.transaction import Transaction
from terminal.texts import Text

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
_MOST_DOUBLINGS = 20


class DutyState(StrEnum):
    """How an obligation stands."""

    DUE = "due"
    DONE = "done"
    REFUSED = "refused"
    """The other party says no, or none can be asked: people have to look."""
    DECIDED = "decided"
    """People have looked, and settled it by other means."""


DUTY_STATES = {
    DutyState.DUE: Text("待办", "due"),
    DutyState.DONE: Text("已完成", "done"),
    DutyState.REFUSED: Text("待人工处理", "for people to look at"),
    DutyState.DECIDED: Text("已人工处理", "settled by people"),
}


@dataclass(frozen=True, slots=True)
class NewDuty:
    """Hold what is owed: to which party, which call, with what; ``what`` names it to people.

    ``at_once`` is what the rules want done at once: tried before the clerk is answered.
    ``not_before`` puts it off to its day (a reminder in six months).
    """

    party: str
    call: str
    what: str
    arguments: Mapping[str, Any] = field(repr=False)
    at_once: bool = False
    not_before: datetime | None = None
    card_id: int | None = None
    """Of which card it is, where that is not the one that it came of."""
    by_hand: bool = False
    """For people from the beginning: no party can be asked."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Hold an obligation and how often it was tried; ``key`` makes the other side do it once."""

    id: int
    key: str
    party: str
    call: str
    what: str
    arguments: Mapping[str, Any] = field(repr=False)
    person_id: int | None
    card_id: int | None
    run_id: int | None
    at_once: bool
    made_at: datetime
    attempts: int
    next_at: datetime
    state: DutyState
    settled_at: datetime | None
    detail: Text


_DUE = (
    select(DUTY.c.id, DUTY.c.party)
    .where(DUTY.c.state == DutyState.DUE.value, DUTY.c.next_at <= bindparam("at"))
    .order_by(DUTY.c.next_at, DUTY.c.id)
    .limit(bindparam("most"))
)
_DUE_TO = _DUE.where(DUTY.c.party.in_(bindparam("parties", expanding=True)))
_DUE_BEFORE = (
    select(DUTY)
    .where(
        DUTY.c.person_id == bindparam("person_id"),
        DUTY.c.card_id == bindparam("card_id"),
        DUTY.c.party == bindparam("party"),
        DUTY.c.call.in_(bindparam("calls", expanding=True)),
        DUTY.c.state == DutyState.DUE.value,
        DUTY.c.id < bindparam("id"),
    )
    .order_by(DUTY.c.id)
)
_OPEN = (
    select(DUTY.c.id)
    .where(or_(DUTY.c.state == DutyState.DUE.value, DUTY.c.state == DutyState.REFUSED.value))
    .order_by(DUTY.c.made_at, DUTY.c.id)
)
_OF_RUN = select(DUTY).where(DUTY.c.run_id == bindparam("run_id")).order_by(DUTY.c.id)
_OF_PERSON = select(DUTY).where(DUTY.c.person_id == bindparam("person_id")).order_by(DUTY.c.id)
_BY_ID = select(DUTY).where(DUTY.c.id == bindparam("id"))
_BY_KEY = select(DUTY).where(DUTY.c.key == bindparam("key"))
_ADD = insert(DUTY)
_CHANGE = update(DUTY).where(
    DUTY.c.id == bindparam("duty_id"),
    DUTY.c.attempts == bindparam("after"),
    DUTY.c.settled_at.is_(None),
)


def add(
    tx: Transaction,
    new: NewDuty,
    key: str,
    *,
    run_id: int | None = None,
    person_id: int | None = None,
    card_id: int | None = None,
) -> int:
    """Put an obligation on record; ``key`` is the one under which the party does it once."""
    return tx.add(
        _ADD,
        key=key,
        party=new.party,
        call=new.call,
        what=new.what,
        arguments=tx.vault.seal(place(key, new.party, new.call), json.dumps(dict(new.arguments))),
        person_id=person_id,
        card_id=card_id if new.card_id is None else new.card_id,
        run_id=run_id,
        at_once=new.at_once,
        made_at=tx.at,
        next_at=new.not_before or tx.at,
        state=(DutyState.REFUSED if new.by_hand else DutyState.DUE).value,
    )


def place(key: str, party: str, call: str) -> str:
    """Name the place that an obligation's arguments are sealed for: they fit no other call."""
    return f"duty:{key}:{party}.{call}"


def due(
    tx: Transaction, most: int = 50, parties: Collection[str] | None = None
) -> tuple[tuple[int, str], ...]:
    """Give number and party of what is to be tried now, the longest waiting first.

    ``parties``: only what they are owed. Nothing is opened: one that was altered must not keep the
    others from being tried.
    """
    rows = (
        tx.rows(_DUE, at=tx.at, most=most)
        if parties is None
        else tx.rows(_DUE_TO, at=tx.at, most=most, parties=sorted(parties))
    )
    return tuple((row.id, row.party) for row in rows)


def due_before(tx: Transaction, duty: Duty, calls: Collection[str]) -> tuple[Duty, ...]:
    """Give what the same party is owed of the same person's card from before, by these calls."""
    same = {"person_id": duty.person_id, "card_id": duty.card_id, "party": duty.party}
    return _read_all(tx, tx.rows(_DUE_BEFORE, id=duty.id, calls=sorted(calls), **same))


def open_ones(tx: Transaction) -> tuple[int, ...]:
    """Give the number of everything that is due, now or later, or was refused.

    Nothing is opened: one that was altered must not hide the others.
    """
    return tuple(row.id for row in tx.rows(_OPEN))


def of_run(tx: Transaction, run_id: int) -> tuple[Duty, ...]:
    """Give the obligations that a run made."""
    return _read_all(tx, tx.rows(_OF_RUN, run_id=run_id))


def of_person(tx: Transaction, person_id: int) -> tuple[Duty, ...]:
    """Give a person's obligations."""
    return _read_all(tx, tx.rows(_OF_PERSON, person_id=person_id))


def get(tx: Transaction, duty_id: int) -> Duty:
    """Give an obligation; raises KeyError."""
    row = tx.row(_BY_ID, id=duty_id)
    if row is None:
        raise KeyError(duty_id)
    return _read(tx, row)


def by_key(tx: Transaction, key: str) -> Duty | None:
    """Find an obligation by its key."""
    row = tx.row(_BY_KEY, key=key)
    return None if row is None else _read(tx, row)


def note_done(tx: Transaction, duty: Duty, detail: Text) -> bool:
    """Note that it was delivered; False where somebody else noted another outcome meanwhile."""
    return _note(tx, duty, DutyState.DONE, detail, settled=True)


def note_refused(tx: Transaction, duty: Duty, detail: Text) -> bool:
    """Note that the party says no: it is not tried again, people look."""
    return _note(tx, duty, DutyState.REFUSED, detail, settled=False)


def note_decided(tx: Transaction, duty: Duty, detail: Text) -> bool:
    """Note what people made of it."""
    return _note(tx, duty, DutyState.DECIDED, detail, settled=True)


def note_failed(tx: Transaction, duty: Duty, detail: Text) -> bool:
    """Note that the party did not answer, and put it off."""
    return _note(tx, duty, DutyState.DUE, detail, settled=False, next_at=tx.at + wait(duty))


def put_off(tx: Transaction, duty: Duty, until: datetime, detail: Text) -> bool:
    """Put it off to a day that the party named."""
    return _note(tx, duty, DutyState.DUE, detail, settled=False, next_at=until)


def wait(duty: Duty) -> timedelta:
    """Say how long to wait after a failed try: doubled each time, an hour at most."""
    doubled: int = 2 ** min(duty.attempts, _MOST_DOUBLINGS)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)


def _note(
    tx: Transaction,
    duty: Duty,
    state: DutyState,
    detail: Text,
    *,
    settled: bool,
    next_at: datetime | None = None,
) -> bool:
    return bool(
        tx.run(
            _CHANGE,
            duty_id=duty.id,
            after=duty.attempts,
            attempts=duty.attempts + 1,
            state=state.value,
            next_at=next_at or duty.next_at,
            settled_at=tx.at if settled else None,
            detail_zh=detail.zh[:300],
            detail_en=detail.en[:300],
        )
    )


def _read_all(tx: Transaction, rows: Any) -> tuple[Duty, ...]:
    return tuple(_read(tx, row) for row in rows)


def _read(tx: Transaction, row: Row[Any]) -> Duty:
    return Duty(
        id=row.id,
        key=row.key,
        party=row.party,
        call=row.call,
        what=row.what,
        arguments=json.loads(tx.vault.open(place(row.key, row.party, row.call), row.arguments)),
        person_id=row.person_id,
        card_id=row.card_id,
        run_id=row.run_id,
        at_once=row.at_once,
        made_at=row.made_at,
        attempts=row.attempts,
        next_at=row.next_at,
        state=DutyState(row.state),
        settled_at=row.settled_at,
        detail=Text(row.detail_zh, row.detail_en),
    )
