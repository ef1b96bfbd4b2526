"""Lists over the whole registry, a few queries each however many cards there are.

Names come sealed and are opened a row at a time; nothing else is read a row at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Row, and_, bindparam, select

from terminal.masking import Masked, mask_name, mask_number
from terminal.registry.applications import Sort
from terminal.registry.duties import DutyState
from terminal.registry.machines import Kind
from terminal.registry.tables.cards import APPLICATION, BATCH, CARD
from terminal.registry.tables.histories import HISTORY
from terminal.registry.tables.persons import PERSON
from terminal.registry.tables.work import DUTY
from terminal.registry.transaction import Transaction
from terminal.rules.states import Financial, Life, Progress, Social


@dataclass(frozen=True, slots=True)
class OpenApplication:
    """Hold an application of which a card is still to come, with its card where one is named."""

    id: int
    sort: Sort
    bank: str
    instant: bool
    applied_at: datetime
    progress: Progress
    since: datetime
    """Since when it is as far as it is."""
    whose: Masked[str]
    deceased: date | datetime | None
    """The city's reminder of the person's death, else the day of it."""
    card_id: int | None
    life: Life | None
    life_since: datetime | None
    financial: Financial | None
    batch_id: int | None
    employer: str
    collected_at: datetime | None
    by_post: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """Hold a card that is not in its holder's hands, since when, and whose it is."""

    card_id: int
    number: Masked[str] | None
    bank: str
    life: Life
    since: datetime
    social: Social
    whose: Masked[str]


@dataclass(frozen=True, slots=True)
class Stopped:
    """Hold a card whose social function is stopped until a moment."""

    card_id: int
    whose: Masked[str]
    until: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """Hold an obligation that waits for its day, and since when."""

    duty_id: int
    card_id: int | None
    whose: Masked[str]
    made_at: datetime


def _last(kind: Kind, name: str) -> tuple[FromClause, ColumnElement[bool]]:
    """Give the histories of a kind, and the condition that a row is its thing's last."""
    row, later = HISTORY.alias(name), HISTORY.alias(f"{name}_later")
    followed = select(later.c.number).where(
        later.c.thing_id == row.c.thing_id, later.c.number == row.c.number + 1
    )
    return row, and_(row.c.kind == kind.value, ~followed.exists())


_LIFE, _LIFE_LAST = _last(Kind.LIFE, "life")
_SOCIAL, _SOCIAL_LAST = _last(Kind.SOCIAL, "social")
_FINANCIAL, _FINANCIAL_LAST = _last(Kind.FINANCIAL, "financial")
_PROGRESS, _PROGRESS_LAST = _last(Kind.APPLICATION, "progress")
_WHOSE = (PERSON.c.id.label("person_id"), PERSON.c.name)

_OPEN = (
    select(
        APPLICATION.c.id,
        APPLICATION.c.sort,
        APPLICATION.c.bank,
        APPLICATION.c.instant,
        APPLICATION.c.by_post,
        APPLICATION.c.applied_at,
        APPLICATION.c.card_id,
        APPLICATION.c.batch_id,
        *_WHOSE,
        PERSON.c.deceased_on,
        PERSON.c.death_reminded_at,
        _PROGRESS.c.to_state.label("progress"),
        _PROGRESS.c.at.label("since"),
        _LIFE.c.to_state.label("life"),
        _LIFE.c.at.label("life_since"),
        _FINANCIAL.c.to_state.label("financial"),
        BATCH.c.employer,
        BATCH.c.collected_at,
    )
    .select_from(APPLICATION)
    .join(PERSON, PERSON.c.id == APPLICATION.c.person_id)
    .join(_PROGRESS, and_(_PROGRESS.c.thing_id == APPLICATION.c.id, _PROGRESS_LAST))
    .outerjoin(CARD, CARD.c.id == APPLICATION.c.card_id)
    .outerjoin(_LIFE, and_(_LIFE.c.thing_id == CARD.c.id, _LIFE_LAST))
    .outerjoin(_FINANCIAL, and_(_FINANCIAL.c.thing_id == CARD.c.financial_id, _FINANCIAL_LAST))
    .outerjoin(BATCH, BATCH.c.id == APPLICATION.c.batch_id)
    .where(APPLICATION.c.open)
    .order_by(APPLICATION.c.id)
)
_KEPT = (
    select(
        CARD.c.id,
        CARD.c.number,
        CARD.c.bank,
        *_WHOSE,
        _LIFE.c.to_state.label("life"),
        _LIFE.c.at.label("since"),
        _SOCIAL.c.to_state.label("social"),
    )
    .select_from(CARD)
    .join(_LIFE, and_(_LIFE.c.thing_id == CARD.c.id, _LIFE_LAST))
    .join(_SOCIAL, and_(_SOCIAL.c.thing_id == CARD.c.social_id, _SOCIAL_LAST))
    .join(PERSON, PERSON.c.id == CARD.c.person_id)
    .where(_LIFE.c.to_state.in_(bindparam("lives", expanding=True)))
    .order_by(_LIFE.c.at, CARD.c.id)
)
_STOPPED = (
    select(CARD.c.id, *_WHOSE, _SOCIAL.c.until)
    .select_from(CARD)
    .join(_SOCIAL, and_(_SOCIAL.c.thing_id == CARD.c.social_id, _SOCIAL_LAST))
    .join(PERSON, PERSON.c.id == CARD.c.person_id)
    .where(_SOCIAL.c.until > bindparam("at"))
    .order_by(_SOCIAL.c.until, CARD.c.id)
)
_WAITING = (
    select(DUTY.c.id, DUTY.c.card_id, DUTY.c.made_at, *_WHOSE)
    .select_from(DUTY)
    .join(PERSON, PERSON.c.id == DUTY.c.person_id)
    .where(DUTY.c.call == bindparam("call"), DUTY.c.state == DutyState.DUE.value)
    .order_by(DUTY.c.made_at, DUTY.c.id)
)


def open_applications(tx: Transaction) -> tuple[OpenApplication, ...]:
    """Give every application of which a card is still to come, by its number."""
    return tuple(
        OpenApplication(
            id=row.id,
            sort=tx.one_of(Sort, row.sort),
            bank=row.bank,
            instant=row.instant,
            applied_at=row.applied_at,
            progress=tx.one_of(Progress, row.progress),
            since=row.since,
            whose=_whose(tx, row),
            deceased=row.death_reminded_at or row.deceased_on,
            card_id=row.card_id,
            life=None if row.life is None else tx.one_of(Life, row.life),
            life_since=row.life_since,
            financial=None if row.financial is None else tx.one_of(Financial, row.financial),
            batch_id=row.batch_id,
            employer=row.employer or "",
            collected_at=row.collected_at,
            by_post=row.by_post,
        )
        for row in tx.rows(_OPEN)
    )


def kept(tx: Transaction, lives: Iterable[Life]) -> tuple[Kept, ...]:
    """Give the cards whose life stands so, the longest first."""
    return tuple(
        Kept(
            row.id,
            Masked(row.number, mask_number) if row.number else None,
            row.bank,
            tx.one_of(Life, row.life),
            row.since,
            tx.one_of(Social, row.social),
            _whose(tx, row),
        )
        for row in tx.rows(_KEPT, lives=[each.value for each in lives])
    )


def stopped_for_now(tx: Transaction) -> tuple[Stopped, ...]:
    """Give the temporary losses that are not over yet, the nearest end first (R-TEMP-15)."""
    return tuple(Stopped(row.id, _whose(tx, row), row.until) for row in tx.rows(_STOPPED, at=tx.at))


def waiting(tx: Transaction, call: str) -> tuple[Waiting, ...]:
    """Give the obligations of a call that are due, now or on their day."""
    return tuple(
        Waiting(row.id, row.card_id, _whose(tx, row), row.made_at)
        for row in tx.rows(_WAITING, call=call)
    )


def _whose(tx: Transaction, row: Row[Any]) -> Masked[str]:
    return Masked(tx.open(f"person.name:{row.person_id}", row.name) or "", mask_name)
