"""Runs of services: begun under a key, done once, answered alike for ever.

A service that touches a card or asks another party is begun in a commit of its own, so that a
crash leaves something to go on with; what changes the registry alone is one transaction.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from terminal.errors import MovedMeanwhile
from terminal.registry.tables.work import RUN
from terminal.registry.transaction import Transaction
from terminal.rules.vocabulary import Channel, Service

BEGUN, DONE, LEFT = "begun", "done", "left"


@dataclass(frozen=True, slots=True)
class By:
    """Say who does it, where: operator, who agreed and why, outlet and channel."""

    operator: str
    outlet: str
    channel: Channel
    second: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """Hold a run: what was asked for, how far it is, what came of it."""

    id: int
    key: str
    service: Service
    person_id: int | None
    card_id: int | None
    by: By
    request: Mapping[str, Any] = field(repr=False)
    begun_at: datetime
    state: str
    ended_at: datetime | None
    result: Mapping[str, Any] | None = field(repr=False)


_BY_KEY = select(RUN).where(RUN.c.key == bindparam("key"))
_BY_ID = select(RUN).where(RUN.c.id == bindparam("id"))
_BEGUN = select(RUN).where(RUN.c.state == BEGUN).order_by(RUN.c.begun_at)
_BEGUN_WITH_CARD = select(RUN).where(RUN.c.state == BEGUN, RUN.c.card_id == bindparam("card_id"))
_OF_PERSON = select(RUN).where(RUN.c.person_id == bindparam("person_id")).order_by(RUN.c.id.desc())
_ADD = insert(RUN)
_END = update(RUN).where(RUN.c.id == bindparam("run_id"), RUN.c.state == BEGUN)


def by_key(tx: Transaction, key: str) -> Run | None:
    """Find a run by its key."""
    row = tx.row(_BY_KEY, key=key)
    return None if row is None else _read(tx, row)


def get(tx: Transaction, run_id: int) -> Run:
    """Give a run by its number; raises KeyError."""
    row = tx.row(_BY_ID, id=run_id)
    if row is None:
        raise KeyError(run_id)
    return _read(tx, row)


def begun(tx: Transaction) -> tuple[Run, ...]:
    """Give the runs that were begun and are not over, the oldest first."""
    return tuple(_read(tx, row) for row in tx.rows(_BEGUN))


def begun_with(tx: Transaction, card_id: int) -> Run | None:
    """Give the run that a card is busy with."""
    row = tx.row(_BEGUN_WITH_CARD, card_id=card_id)
    return None if row is None else _read(tx, row)


def of_person(tx: Transaction, person_id: int) -> tuple[Run, ...]:
    """Give what was done for a person, the newest first."""
    return tuple(_read(tx, row) for row in tx.rows(_OF_PERSON, person_id=person_id))


def begin(
    tx: Transaction,
    key: str,
    service: Service,
    by: By,
    request: Mapping[str, Any],
    *,
    person_id: int | None,
    card_id: int | None,
) -> int:
    """Put a run on record as begun and give its number.

    Raises MovedMeanwhile where the key is taken, or another run has begun with this card.
    """
    try:
        run_id = tx.add(
            _ADD,
            key=key,
            service=service.value,
            person_id=person_id,
            card_id=card_id,
            channel=by.channel.value,
            outlet=by.outlet,
            operator=by.operator,
            second=by.second,
            reason=by.reason,
            request=tx.vault.seal(f"run.request:{key}", _text(request)),
            begun_at=tx.at,
            state=BEGUN,
        )
    except IntegrityError as error:
        raise MovedMeanwhile from error
    return run_id


def done(
    tx: Transaction,
    run_id: int,
    key: str,
    result: Mapping[str, Any],
    *,
    person_id: int | None,
    card_id: int | None,
) -> None:
    """Note that a run is done, and what came of it; raises MovedMeanwhile where it is over."""
    changed = tx.run(
        _END,
        run_id=run_id,
        state=DONE,
        ended_at=tx.at,
        person_id=person_id,
        card_id=card_id,
        result=tx.vault.seal(f"run.result:{key}", _text(result)),
    )
    if not changed:
        raise MovedMeanwhile


def leave(tx: Transaction, run_id: int) -> None:
    """Give a run up that changed nothing; raises MovedMeanwhile where it is over."""
    if not tx.run(_END, run_id=run_id, state=LEFT, ended_at=tx.at):
        raise MovedMeanwhile


def _read(tx: Transaction, row: Row[Any]) -> Run:
    return Run(
        id=row.id,
        key=row.key,
        service=Service(row.service),
        person_id=row.person_id,
        card_id=row.card_id,
        by=By(row.operator, row.outlet, Channel(row.channel), row.second, row.reason),
        request=json.loads(tx.vault.open(f"run.request:{row.key}", row.request)),
        begun_at=row.begun_at,
        state=row.state,
        ended_at=row.ended_at,
        result=None
        if row.result is None
        else json.loads(tx.vault.open(f"run.result:{row.key}", row.result)),
    )


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, sort_keys=True)
