"""Applications: who asked for which card, why, where, and how far it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from terminal.errors import SeatTaken
from terminal.registry import histories
from terminal.registry.histories import Standing
from terminal.registry.machines import Kind
from terminal.registry.tables.cards import APPLICATION
from terminal.registry.transaction import Transaction
from terminal.rules.states import OPEN_PROGRESS, Progress
from terminal.rules.vocabulary import Ground
from terminal.texts import Text


class Sort(StrEnum):
    """Why a card is applied for."""

    FIRST = "first"
    REPLACE = "replace"
    RENEW = "renew"
    BANK = "bank"
    DATA = "data"


SORTS = {
    Sort.FIRST: Text("申领", "first card"),
    Sort.REPLACE: Text("补领", "replacement"),
    Sort.RENEW: Text("换领", "renewal"),
    Sort.BANK: Text("变更合作银行换卡", "change of bank"),
    Sort.DATA: Text("基本信息变更换领", "change of basic data"),
}


@dataclass(frozen=True, slots=True)
class Application:
    """Hold an application and how far it is."""

    id: int
    person_id: int
    sort: Sort
    bank: str
    card_id: int | None
    old_card_id: int | None
    grounds: frozenset[Ground]
    batch_id: int | None
    by_post: bool
    instant: bool
    online: bool
    payout: str | None = field(repr=False)
    account: str | None = field(repr=False)
    """What the bank opened for it; None before that."""
    applied_at: datetime
    progress: Standing

    @property
    def open(self) -> bool:
        """Say whether a card is still to come of it."""
        return self.progress.state in OPEN_PROGRESS


@dataclass(frozen=True, slots=True)
class NewApplication:
    """Hold what is applied for; ``payout`` is the account for the old card's transit money."""

    person_id: int
    sort: Sort
    bank: str
    old_card_id: int | None = None
    grounds: frozenset[Ground] = frozenset()
    batch_id: int | None = None
    by_post: bool = False
    instant: bool = False
    online: bool = False
    payout: str = field(default="", repr=False)
    photo: str = field(default="", repr=False)


_BY_ID = select(APPLICATION).where(APPLICATION.c.id == bindparam("id"))
_OF_PERSON = (
    select(APPLICATION)
    .where(APPLICATION.c.person_id == bindparam("person_id"))
    .order_by(APPLICATION.c.id.desc())
)
_OPEN = select(APPLICATION).where(APPLICATION.c.open).order_by(APPLICATION.c.id)
_OF_BATCH = select(APPLICATION).where(APPLICATION.c.batch_id == bindparam("batch_id"))
_OF_CARD = select(APPLICATION).where(APPLICATION.c.card_id == bindparam("card_id"))
_ADD = insert(APPLICATION)
_CHANGE = update(APPLICATION).where(APPLICATION.c.id == bindparam("application_id"))


def get(tx: Transaction, application_id: int) -> Application:
    """Give an application by its number; raises KeyError."""
    row = tx.row(_BY_ID, id=application_id)
    if row is None:
        raise KeyError(application_id)
    return _read(tx, [row])[0]


def of_person(tx: Transaction, person_id: int) -> tuple[Application, ...]:
    """Give a person's applications, the newest first."""
    return _read(tx, tx.rows(_OF_PERSON, person_id=person_id))


def of_card(tx: Transaction, card_id: int) -> Application | None:
    """Give the application that a card was made for."""
    found = _read(tx, tx.rows(_OF_CARD, card_id=card_id))
    return found[0] if found else None


def predecessors(tx: Transaction, card_id: int) -> tuple[int, ...]:
    """Give the cards whose place a card takes, one behind the other, the latest first.

    More than one where a card was lost before it was enabled, and replaced.
    """
    found: list[int] = []
    application = of_card(tx, card_id)
    while application is not None and application.old_card_id is not None:
        found.append(application.old_card_id)
        application = of_card(tx, application.old_card_id)
    return tuple(found)


def of_batch(tx: Transaction, batch_id: int) -> tuple[Application, ...]:
    """Give the applications of an employer's batch."""
    return _read(tx, tx.rows(_OF_BATCH, batch_id=batch_id))


def all_open(tx: Transaction) -> tuple[Application, ...]:
    """Give every application of which a card is still to come."""
    return _read(tx, tx.rows(_OPEN))


def apply(tx: Transaction, new: NewApplication, *, run_id: int | None) -> Application:
    """Put an application on record; raises SeatTaken where the person has an open one."""
    progress = histories.begin(tx, Kind.APPLICATION, "apply", Progress.APPLIED, run_id=run_id)
    application_id = progress.thing_id
    try:
        tx.run(
            _ADD,
            id=application_id,
            person_id=new.person_id,
            sort=new.sort.value,
            bank=new.bank,
            old_card_id=new.old_card_id,
            grounds=" ".join(sorted(new.grounds)),
            batch_id=new.batch_id,
            by_post=new.by_post,
            instant=new.instant,
            online=new.online,
            payout=tx.seal(_place("payout", application_id), new.payout or None),
            photo=tx.seal(_place("photo", application_id), new.photo or None),
            open=True,
            applied_at=tx.at,
            run_id=run_id,
        )
    except IntegrityError as error:
        raise SeatTaken from error
    return get(tx, application_id)


def move(
    tx: Transaction,
    application: Application,
    name: str,
    state: Progress,
    *,
    run_id: int | None = None,
) -> Application:
    """Move an application on; raises MovedMeanwhile."""
    histories.move(tx, application.progress, name, state, run_id=run_id)
    if state not in OPEN_PROGRESS:
        tx.run(_CHANGE, application_id=application.id, open=False)
    return get(tx, application.id)


def name_card(tx: Transaction, application: Application, card_id: int) -> Application:
    """Note which card is made for it."""
    tx.run(_CHANGE, application_id=application.id, card_id=card_id)
    return get(tx, application.id)


def name_payout(tx: Transaction, application: Application, account: str) -> Application:
    """Note the account that the holder names for the old card's transit money."""
    place = _place("payout", application.id)
    tx.run(_CHANGE, application_id=application.id, payout=tx.seal(place, account))
    return get(tx, application.id)


def name_account(tx: Transaction, application: Application, account: str) -> Application:
    """Note the account that the bank opened for the new card."""
    place = _place("account", application.id)
    tx.run(_CHANGE, application_id=application.id, account=tx.seal(place, account))
    return get(tx, application.id)


def _read(tx: Transaction, rows: Iterable[Row[Any]]) -> tuple[Application, ...]:
    rows = list(rows)
    if not rows:
        return ()
    standings = histories.standings(tx, [row.id for row in rows])
    return tuple(
        Application(
            id=row.id,
            person_id=row.person_id,
            sort=Sort(row.sort),
            bank=row.bank,
            card_id=row.card_id,
            old_card_id=row.old_card_id,
            grounds=frozenset(Ground(each) for each in row.grounds.split()),
            batch_id=row.batch_id,
            by_post=row.by_post,
            instant=row.instant,
            online=row.online,
            payout=tx.open(_place("payout", row.id), row.payout),
            account=tx.open(_place("account", row.id), row.account),
            applied_at=row.applied_at,
            progress=standings[row.id],
        )
        for row in rows
    )


def _place(column: str, application_id: int) -> str:
    return f"application.{column}:{application_id}"
