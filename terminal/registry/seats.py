"""The one seat that a person has for a card: R-ONE, held by the table's key.

"In force or being made" is holding a seat. ``current`` is taken by an application, then by its
card, from acceptance until the card ends or is recalled. A card that takes its place holds
``next`` beside it, from its application until it is enabled: then it moves to ``current``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from terminal.errors import SeatTaken
from terminal.registry.tables.cards import SEAT
from terminal.registry.transaction import Transaction

CURRENT, NEXT = "current", "next"

_OF_PERSON = select(SEAT).where(SEAT.c.person_id == bindparam("person_id"))
_TAKE = insert(SEAT)
_AT = (SEAT.c.person_id == bindparam("of_person"), SEAT.c.seat == bindparam("at_seat"))
_CHANGE = update(SEAT).where(*_AT)
_LEAVE = delete(SEAT).where(*_AT)


@dataclass(frozen=True, slots=True)
class Seats:
    """Say who sits where: a card's or an application's number, None where nobody does."""

    current_card: int | None = None
    current_application: int | None = None
    next_card: int | None = None
    next_application: int | None = None

    @property
    def taken(self) -> bool:
        """Say whether the person has a card in force or being made."""
        return self.current_card is not None or self.current_application is not None


NO_SEATS = Seats()


def of_person(tx: Transaction, person_id: int) -> Seats:
    """Give a person's seats."""
    rows = {row.seat: row for row in tx.rows(_OF_PERSON, person_id=person_id)}
    current, following = rows.get(CURRENT), rows.get(NEXT)
    return Seats(
        _value(current, "card_id"),
        _value(current, "application_id"),
        _value(following, "card_id"),
        _value(following, "application_id"),
    )


def take(
    tx: Transaction,
    person_id: int,
    *,
    application_id: int | None = None,
    card_id: int | None = None,
    beside: bool = False,
) -> None:
    """Take the current seat, or the one beside it; raises SeatTaken (R-ONE, Rules Art. 4)."""
    try:
        tx.run(
            _TAKE,
            person_id=person_id,
            seat=NEXT if beside else CURRENT,
            beside=CURRENT if beside else None,
            application_id=application_id,
            card_id=card_id,
        )
    except IntegrityError as error:
        raise SeatTaken from error


def seat_card(tx: Transaction, person_id: int, application_id: int, card_id: int | None) -> None:
    """Give the application's seat to the card that is made for it; None where that was spoilt."""
    seats = of_person(tx, person_id)
    at = NEXT if seats.next_application == application_id else CURRENT
    tx.run(_CHANGE, of_person=person_id, at_seat=at, card_id=card_id)


def promote(tx: Transaction, person_id: int) -> None:
    """Let the next card take the current seat: the new card was enabled (R-OLD-UNTIL-NEW)."""
    seats = of_person(tx, person_id)
    tx.run(_LEAVE, of_person=person_id, at_seat=NEXT)
    tx.run(
        _CHANGE,
        of_person=person_id,
        at_seat=CURRENT,
        card_id=seats.next_card,
        application_id=seats.next_application,
    )


def leave(
    tx: Transaction,
    person_id: int,
    *,
    application_id: int | None = None,
    card_id: int | None = None,
) -> None:
    """Free the seat of a card or application that is over; the next one moves up."""
    seats = of_person(tx, person_id)
    if _same(application_id, seats.next_application) or _same(card_id, seats.next_card):
        tx.run(_LEAVE, of_person=person_id, at_seat=NEXT)
    elif _same(application_id, seats.current_application) or _same(card_id, seats.current_card):
        if seats.next_application is None and seats.next_card is None:
            tx.run(_LEAVE, of_person=person_id, at_seat=CURRENT)
        else:
            promote(tx, person_id)


def _same(one: int | None, other: int | None) -> bool:
    return one is not None and one == other


def _value(row: Row[Any] | None, name: str) -> int | None:
    return None if row is None else getattr(row, name)
