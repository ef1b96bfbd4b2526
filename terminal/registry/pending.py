"""Changes decided elsewhere that live on the chip, settled at its next contact (R-PENDING)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam, insert, select

from terminal.registry import histories
from terminal.registry.histories import Standing
from terminal.registry.machines import Kind, Pending
from terminal.registry.tables.cards import PENDING_CHANGE
from terminal.registry.transaction import Transaction
from terminal.texts import Text


class What(StrEnum):
    """What is to be changed on the chip."""

    PIN_SET = "pin_set"
    PIN_CHANGE = "pin_change"
    PIN_RESET = "pin_reset"
    MINOR_DATA = "minor_data"


WHATS = {
    What.PIN_SET: Text("设置服务密码", "set the service PIN"),
    What.PIN_CHANGE: Text("修改服务密码", "change the service PIN"),
    What.PIN_RESET: Text("重置服务密码", "reset the service PIN"),
    What.MINOR_DATA: Text("更新卡上的非基本信息", "update minor data on the card"),
}
PINS = frozenset({What.PIN_SET, What.PIN_CHANGE, What.PIN_RESET})


@dataclass(frozen=True, slots=True)
class PendingChange:
    """Hold a change that waits for its chip; ``value`` has minor data, never a PIN."""

    id: int
    card_id: int
    what: What
    value: Mapping[str, str] = field(repr=False)
    at: datetime
    standing: Standing


_OF_CARD = (
    select(PENDING_CHANGE)
    .where(PENDING_CHANGE.c.card_id == bindparam("card_id"))
    .order_by(PENDING_CHANGE.c.id)
)
_ADD = insert(PENDING_CHANGE)


def waiting(tx: Transaction, card_id: int) -> tuple[PendingChange, ...]:
    """Give what waits for a card, the oldest first."""
    rows = tx.rows(_OF_CARD, card_id=card_id)
    standings = histories.standings(tx, [row.id for row in rows]) if rows else {}
    return tuple(
        PendingChange(
            row.id,
            row.card_id,
            What(row.what),
            json.loads(tx.open(f"pending:{row.id}", row.value) or "{}"),
            row.at,
            standings[row.id],
        )
        for row in rows
        if standings[row.id].state == Pending.WAITING
    )


def decide(
    tx: Transaction,
    card_id: int,
    what: What,
    value: Mapping[str, str] | None = None,
    *,
    run_id: int | None,
) -> None:
    """Have a change wait for its chip; an earlier one of its kind is dropped."""
    for earlier in waiting(tx, card_id):
        if earlier.what is what or (earlier.what in PINS and what in PINS):
            drop(tx, earlier, run_id=run_id)
    standing = histories.begin(tx, Kind.PENDING, "decide", Pending.WAITING, run_id=run_id)
    tx.run(
        _ADD,
        id=standing.thing_id,
        card_id=card_id,
        what=what.value,
        value=tx.seal(f"pending:{standing.thing_id}", json.dumps(dict(value)) if value else None),
        at=tx.at,
        run_id=run_id,
    )


def settle(tx: Transaction, change: PendingChange, *, run_id: int | None) -> None:
    """Note that the chip was written; raises MovedMeanwhile."""
    histories.move(tx, change.standing, "settle", Pending.SETTLED, run_id=run_id)


def drop(tx: Transaction, change: PendingChange, *, run_id: int | None) -> None:
    """Note that it is not written any more; raises MovedMeanwhile."""
    histories.move(tx, change.standing, "drop", Pending.DROPPED, run_id=run_id)


def drop_all(tx: Transaction, card_id: int, *, run_id: int | None) -> None:
    """Drop what waits for a card that has ended."""
    for change in waiting(tx, card_id):
        drop(tx, change, run_id=run_id)
