"""How a thing stands, and its next move: state as a function of facts and time.

A temporary loss ends because somebody asks after its day, not because a timer fired: the row says
until when it holds and what it goes back to. Whoever moves the thing next writes that lapse down
first, at the moment it happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from terminal.errors import MovedMeanwhile
from terminal.registry.machines import MACHINES, START, STATES, Kind
from terminal.registry.seals import seal_of
from terminal.registry.tables.histories import HISTORY, THING
from terminal.registry.transaction import Transaction
from terminal.texts import Text

LAPSE = "lapse"
_BROKEN = Text(
    "编号 {thing} 的状态记录缺了行，或被改动过",
    "the history of thing {thing} lacks a row, or was altered",
)
_TARGETS: Mapping[tuple[Kind, str, str], tuple[str, ...]] = {
    (kind, move.name, source): move.targets
    for kind, moves in MACHINES.items()
    for move in moves
    for source in move.sources
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Say how a thing stands at a moment: its state, since when, until when.

    ``number`` is that of the last row written; ``lapsed`` says that the row's time is over and
    the state is what it went back to.
    """

    thing_id: int
    kind: Kind
    number: int
    state: str
    since: datetime
    until: datetime | None = None
    back_to: str | None = None
    lapsed: bool = False


class IllegalMove(ValueError):
    """Say that a program asked for a move that is none; a mistake of ours."""


_LATER = HISTORY.alias("later")
_FOLLOWED = (
    select(_LATER.c.number)
    .where(_LATER.c.thing_id == HISTORY.c.thing_id, _LATER.c.number == HISTORY.c.number + 1)
    .exists()
)
_LAST = (
    select(HISTORY, THING.c.seal)
    .join(THING, THING.c.id == HISTORY.c.thing_id)
    .where(HISTORY.c.thing_id.in_(bindparam("ids", expanding=True)), ~_FOLLOWED)
)
"""The last row of each thing: the one that none follows."""
_EVERY = (
    select(THING.c.id.label("thing"), THING.c.seal, HISTORY)
    .select_from(THING)
    .outerjoin(HISTORY, (HISTORY.c.thing_id == THING.c.id) & ~_FOLLOWED)
    .order_by(THING.c.id)
)
_ALL = select(HISTORY).where(HISTORY.c.thing_id == bindparam("id")).order_by(HISTORY.c.number)
_ADD_THING = insert(THING).values(kind=bindparam("kind"))
_ADD = insert(HISTORY)
_SEAL = update(THING).where(THING.c.id == bindparam("sealed_id"))


def standings(tx: Transaction, ids: Iterable[int]) -> dict[int, Standing]:
    """Give how things stand at the transaction's moment, by their number.

    Raises RegistryDamaged for one whose history has no end, two of them, one that is no move, or
    one that the thing's seal does not fit.
    """
    wanted, found = set(ids), dict[int, Standing]()
    for row in tx.rows(_LAST, ids=list(wanted)):
        if row.thing_id in found or not _is_whole(tx, row):
            raise tx.damaged(_BROKEN.filled(thing=row.thing_id))
        found[row.thing_id] = at_moment(row, tx.at)
    for thing_id in wanted - found.keys():
        raise tx.damaged(_BROKEN.filled(thing=thing_id))
    return found


def standing(tx: Transaction, thing_id: int) -> Standing:
    """Give how one thing stands; raises RegistryDamaged."""
    return standings(tx, [thing_id])[thing_id]


def broken(tx: Transaction) -> Iterator[int]:
    """Give the number of each thing whose last row is none, or none that its seal fits.

    Reads every thing. Raises RegistryDamaged for a value that is none of its column.
    """
    for row in tx.stream(_EVERY):
        if row.number is None or not _is_whole(tx, row):
            yield row.thing


def history(tx: Transaction, thing_id: int) -> tuple[Row[tuple[object, ...]], ...]:
    """Give a thing's whole history, as it was written."""
    return tuple(tx.rows(_ALL, id=thing_id))


def begin(
    tx: Transaction, kind: Kind, move: str, state: str, *, run_id: int | None = None
) -> Standing:
    """Put a new thing on record, with its first move; gives how it stands."""
    thing_id = tx.add(_ADD_THING, kind=kind.value)
    return _write(tx, Standing(thing_id, kind, 0, START, tx.at), move, state, run_id=run_id)


def move(
    tx: Transaction,
    now: Standing,
    name: str,
    state: str,
    *,
    until: datetime | None = None,
    back_to: str | None = None,
    run_id: int | None = None,
) -> Standing:
    """Move a thing on from how it stands.

    Raises MovedMeanwhile where it stands otherwise by now, IllegalMove for what is no move.
    """
    if now.lapsed:
        now = _write(tx, _unlapsed(now), LAPSE, now.state, at=now.since)
    return _write(tx, now, name, state, until=until, back_to=back_to, run_id=run_id)


def at_moment(row: Row[tuple[object, ...]], at: datetime) -> Standing:
    """Read a thing's last row as how it stands at a moment."""
    read = Standing(
        row.thing_id, Kind(row.kind), row.number, row.to_state, row.at, row.until, row.back_to
    )
    if read.until is None or read.back_to is None or at < read.until:
        return read
    return replace(
        read, state=read.back_to, since=read.until, until=None, back_to=row.to_state, lapsed=True
    )


def _is_whole(tx: Transaction, row: Row[tuple[object, ...]]) -> bool:
    return _is_move(row) and row.seal == seal_of(tx.vault, row._asdict())


def _is_move(row: Row[tuple[object, ...]]) -> bool:
    """Say whether a row is a move that there is; the database's own list may have been altered."""
    try:
        targets = _TARGETS.get((Kind(row.kind), row.move, row.from_state), ())
    except ValueError:
        return False
    return row.to_state in targets


def _unlapsed(now: Standing) -> Standing:
    """Give what the last row said: ``back_to`` keeps the state that lapsed."""
    return replace(now, state=now.back_to or now.state, lapsed=False, back_to=None)


def _write(
    tx: Transaction,
    now: Standing,
    name: str,
    state: str,
    *,
    at: datetime | None = None,
    until: datetime | None = None,
    back_to: str | None = None,
    run_id: int | None = None,
) -> Standing:
    state = STATES[now.kind](state).value
    if state not in _TARGETS.get((now.kind, name, now.state), ()):
        raise IllegalMove(f"{now.kind}: {name} from {now.state} to {state}")
    at = at or tx.at
    row = {
        "thing_id": now.thing_id,
        "number": now.number + 1,
        "kind": now.kind.value,
        "move": name,
        "from_state": now.state,
        "to_state": state,
        "at": at,
        "until": until,
        "back_to": back_to,
    }
    try:
        tx.run(_ADD, **row, previous=now.number or None, run_id=run_id)
    except IntegrityError as error:
        raise MovedMeanwhile from error
    tx.run(_SEAL, sealed_id=now.thing_id, seal=seal_of(tx.vault, row))
    return Standing(now.thing_id, now.kind, now.number + 1, state, at, until, back_to)
