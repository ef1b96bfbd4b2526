"""Where data lie whose time may be over.

Each query gives ``id``, ``person_id`` and the moment ``at`` from which the term counts, for events
up to ``cut``. What is open, or was wiped before, is left out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Exists, Row, Select, bindparam, func, null, or_, select, union

from terminal.registry import cards
from terminal.registry.cards import Card
from terminal.registry.duties import DutyState
from terminal.registry.machines import Pending
from terminal.registry.retention_wipe import says_something
from terminal.registry.runs import BEGUN
from terminal.registry.tables.base import Instant
from terminal.registry.tables.cards import APPLICATION, BATCH, CARD, PENDING_CHANGE, SEAT
from terminal.registry.tables.histories import HISTORY
from terminal.registry.tables.persons import (
    BLACKLIST,
    INTEGRITY_REPORT,
    PERSON,
    REPRESENTATION,
)
from terminal.registry.tables.work import DUTY, FEEDBACK, RUN
from terminal.registry.transaction import Transaction
from terminal.rules.states import Financial, Life, Public, Social
from terminal.rules.vocabulary import Service

SHORT_TERM = (Service.VISIT, Service.FEEDBACK)
"""Services whose requests have a term of their own."""
_CUT: ColumnElement[datetime] = bindparam("cut", type_=Instant)


def _last(column: ColumnElement[datetime]) -> ColumnElement[datetime]:
    return func.max(column, type_=Instant)


def _any(column: ColumnElement[Any], *conditions: ColumnElement[bool]) -> Exists:
    return select(column).where(*conditions).exists()


# --- Rows with a term of their own ---------------------------------------------------------

_OPEN_DUTY = DUTY.c.state.in_([DutyState.DUE.value, DutyState.REFUSED.value])
_ENDED = select(_last(HISTORY.c.at)).where(HISTORY.c.thing_id == APPLICATION.c.id).scalar_subquery()
_SETTLED = (
    select(_last(HISTORY.c.at))
    .where(
        HISTORY.c.thing_id == PENDING_CHANGE.c.id,
        HISTORY.c.to_state.in_([Pending.SETTLED.value, Pending.DROPPED.value]),
    )
    .scalar_subquery()
)
_LAST_OF_BATCH = (
    select(_last(HISTORY.c.at))
    .join(APPLICATION, APPLICATION.c.id == HISTORY.c.thing_id)
    .where(APPLICATION.c.batch_id == BATCH.c.id)
    .scalar_subquery()
)
_BATCH_ENDED = func.coalesce(_LAST_OF_BATCH, BATCH.c.applied_at, type_=Instant)
_ACTED_UNTIL = func.coalesce(REPRESENTATION.c.ended_at, REPRESENTATION.c.until, type_=Instant)


def runs(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Find runs that are over and owe nothing, and that still say something."""
    return (
        select(RUN.c.id, RUN.c.person_id, RUN.c.ended_at.label("at"))
        .where(
            RUN.c.ended_at <= _CUT,
            or_(says_something(RUN.c.request), RUN.c.result.is_not(None)),
            ~_any(DUTY.c.id, DUTY.c.run_id == RUN.c.id, _OPEN_DUTY),
            *conditions,
        )
        .order_by(RUN.c.id)
    )


def runs_of(service: Service) -> Select[Any]:
    """Find those of one service."""
    return runs(RUN.c.service == service.value)


def applications_with(*names: str) -> Select[Any]:
    """Find applications that have ended and still hold one of some columns."""
    return (
        select(APPLICATION.c.id, APPLICATION.c.person_id, _ENDED.label("at"))
        .where(
            ~APPLICATION.c.open,
            or_(*(APPLICATION.c[name].is_not(None) for name in names)),
            _ENDED <= _CUT,
        )
        .order_by(APPLICATION.c.id)
    )


RUNS = runs(RUN.c.service.not_in([each.value for each in SHORT_TERM]))
PENDING = (
    select(PENDING_CHANGE.c.id, CARD.c.person_id, _SETTLED.label("at"))
    .join(CARD, CARD.c.id == PENDING_CHANGE.c.card_id)
    .where(PENDING_CHANGE.c.value.is_not(None), _SETTLED <= _CUT)
    .order_by(PENDING_CHANGE.c.id)
)
OPINIONS = (
    select(FEEDBACK.c.id, FEEDBACK.c.person_id, FEEDBACK.c.at)
    .where(
        FEEDBACK.c.at <= _CUT,
        or_(says_something(FEEDBACK.c.said, json=False), FEEDBACK.c.call_number != ""),
    )
    .order_by(FEEDBACK.c.id)
)
DUTIES = (
    select(DUTY.c.id, DUTY.c.person_id, DUTY.c.settled_at.label("at"))
    .where(DUTY.c.settled_at <= _CUT, says_something(DUTY.c.arguments))
    .order_by(DUTY.c.id)
)
REPRESENTATIONS = (
    select(REPRESENTATION.c.id, REPRESENTATION.c.person_id, _ACTED_UNTIL.label("at"))
    .where(REPRESENTATION.c.number.is_not(None), _ACTED_UNTIL <= _CUT)
    .order_by(REPRESENTATION.c.id)
)
BATCHES = (
    select(BATCH.c.id, null().label("person_id"), _BATCH_ENDED.label("at"))
    .where(
        BATCH.c.contact.is_not(None),
        _BATCH_ENDED <= _CUT,
        ~_any(APPLICATION.c.id, APPLICATION.c.batch_id == BATCH.c.id, APPLICATION.c.open),
    )
    .order_by(BATCH.c.id)
)
REPORTS = (
    select(INTEGRITY_REPORT.c.id, INTEGRITY_REPORT.c.person_id, INTEGRITY_REPORT.c.at)
    .where(
        INTEGRITY_REPORT.c.at <= _CUT,
        INTEGRITY_REPORT.c.passed_on,
        says_something(INTEGRITY_REPORT.c.told, json=False),
    )
    .order_by(INTEGRITY_REPORT.c.id)
)

# --- Persons -------------------------------------------------------------------------------

_OVER = [Social.ENDED.value, Social.CANCELLED.value]
_CARD_IN_FORCE = _any(
    CARD.c.id,
    CARD.c.person_id == PERSON.c.id,
    ~_any(
        HISTORY.c.thing_id,
        or_(
            (HISTORY.c.thing_id == CARD.c.social_id) & HISTORY.c.to_state.in_(_OVER),
            (HISTORY.c.thing_id == CARD.c.id) & (HISTORY.c.to_state == Life.DESTROYED.value),
        ),
    ),
)
"""No move leads away from these states, so that one row is enough to tell."""
PERSONS = (
    select(PERSON.c.id, PERSON.c.id.label("person_id"), PERSON.c.created_at.label("at"))
    .where(
        PERSON.c.erased_at.is_(None),
        PERSON.c.created_at <= _CUT,
        ~_any(SEAT.c.seat, SEAT.c.person_id == PERSON.c.id),
        ~_any(APPLICATION.c.id, APPLICATION.c.person_id == PERSON.c.id, APPLICATION.c.open),
        ~_any(
            RUN.c.id,
            RUN.c.person_id == PERSON.c.id,
            or_(RUN.c.state == BEGUN, RUN.c.ended_at > _CUT),
        ),
        ~_any(
            DUTY.c.id,
            DUTY.c.person_id == PERSON.c.id,
            or_(_OPEN_DUTY, DUTY.c.settled_at > _CUT),
        ),
        ~_any(BLACKLIST.c.id, BLACKLIST.c.person_id == PERSON.c.id, BLACKLIST.c.ended_at.is_(None)),
        ~_any(
            INTEGRITY_REPORT.c.id,
            INTEGRITY_REPORT.c.person_id == PERSON.c.id,
            ~INTEGRITY_REPORT.c.passed_on,
        ),
        ~_CARD_IN_FORCE,
    )
    .order_by(PERSON.c.id)
)
"""Persons who may be due; their cards are looked at one by one (:func:`last_matter`)."""

_PERSON: ColumnElement[int] = bindparam("person")
_THINGS: ColumnElement[Any] = bindparam("things", expanding=True)
_BUSY_CARDS = union(
    select(RUN.c.card_id).where(RUN.c.state == BEGUN),
    select(DUTY.c.card_id).where(_OPEN_DUTY),
    select(BLACKLIST.c.card_id).where(BLACKLIST.c.ended_at.is_(None)),
    select(INTEGRITY_REPORT.c.card_id).where(~INTEGRITY_REPORT.c.passed_on),
)
_MATTERS = (
    select(_last(HISTORY.c.at)).where(HISTORY.c.thing_id.in_(_THINGS)),
    select(_last(HISTORY.c.at)).where(
        HISTORY.c.thing_id.in_(select(APPLICATION.c.id).where(APPLICATION.c.person_id == _PERSON))
    ),
    select(_last(RUN.c.ended_at)).where(RUN.c.person_id == _PERSON),
    select(_last(DUTY.c.settled_at)).where(DUTY.c.person_id == _PERSON),
    select(_last(FEEDBACK.c.at)).where(FEEDBACK.c.person_id == _PERSON),
    select(_last(INTEGRITY_REPORT.c.at)).where(INTEGRITY_REPORT.c.person_id == _PERSON),
)


def busy_cards(tx: Transaction) -> frozenset[int]:
    """Give the cards with which something is open; they are few, so one look is enough."""
    return frozenset(card_id for (card_id,) in tx.rows(_BUSY_CARDS) if card_id is not None)


def last_matter(tx: Transaction, row: Row[Any], busy: frozenset[int]) -> datetime | None:
    """Say when the last matter of one of PERSONS ended; None while one is open."""
    theirs = cards.of_person(tx, row.id)
    if any(card.id in busy or not _is_over(card) for card in theirs):
        return None
    things = [part.thing_id for each in theirs for part in _standings(each)]
    found: list[datetime] = [row.at]
    for query in _MATTERS:
        found += [at for (at,) in tx.rows(query, person=row.id, things=things) if at is not None]
    return max(found)


def _is_over(card: Card) -> bool:
    """Say whether nobody has anything to do with a card any more, here or elsewhere."""
    return card.life.state == Life.DESTROYED or (
        card.life.state == Life.HELD
        and card.over
        and card.financial.state
        in {Financial.NONE, Financial.OFF, Financial.ENDED, Financial.CANCELLED}
        and Public.ON not in {card.transit.state, card.park.state}
    )


def _standings(card: Card) -> tuple[Any, ...]:
    return (card.life, card.social, card.financial, card.transit, card.park)
