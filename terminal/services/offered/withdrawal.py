"""End what is not in its holder's hands yet: applications are withdrawn, cards recalled.

Rules Art. 19, 21. The seat is free at once (R-ONE); what stands behind it, the city's right and the
bank's account, is given back (rights.py). A recalled card is kept until two people destroy it.
"""

from __future__ import annotations

from terminal.parties.card_management import CardEvent
from terminal.registry import applications, cards, pending, seats
from terminal.registry.applications import Application
from terminal.registry.cards import Card
from terminal.registry.duties import NewDuty
from terminal.registry.machines import Kind
from terminal.registry.persons import Person
from terminal.registry.transaction import Transaction
from terminal.rules.states import (
    NOT_HANDED_OVER,
    Financial,
    Life,
    Progress,
    Public,
    Social,
)
from terminal.services.offered import owing, rights

_ENDED = {
    Kind.SOCIAL: Social.ENDED,
    Kind.FINANCIAL: Financial.ENDED,
    Kind.TRANSIT: Public.ENDED,
    Kind.PARK: Public.ENDED,
}
_OFF = "off"


def withdraw(
    tx: Transaction, person: Person, application: Application, *, run_id: int | None
) -> tuple[NewDuty, ...]:
    """End an open application, with its card where one is made; gives what is owed.

    A card that is just being made is spoilt for it: production finds it so. Raises MovedMeanwhile.
    """
    card = cards.get(tx, application.card_id) if application.card_id is not None else None
    if card is not None and card.life.state in NOT_HANDED_OVER:
        return recall(tx, person, card, application, run_id=run_id)[1]
    if card is not None and card.life.state == Life.MAKING:
        card = end_functions(tx, card, run_id=run_id)
        cards.move(tx, card, Kind.LIFE, "spoilt", Life.WASTE, run_id=run_id)
    applications.move(tx, application, "withdraw", Progress.WITHDRAWN, run_id=run_id)
    seats.leave(tx, person.id, application_id=application.id, card_id=application.card_id)
    return rights.given_back(tx, application)


def recall(
    tx: Transaction,
    person: Person,
    card: Card,
    application: Application | None,
    *,
    run_id: int | None,
) -> tuple[Card, tuple[NewDuty, ...]]:
    """Recall a card that was not handed over (Rules Art. 21); gives it, and what is owed.

    Raises MovedMeanwhile.
    """
    card = cards.move(tx, card, Kind.LIFE, "recall", Life.RECALLED, run_id=run_id)
    card = end_functions(tx, card, run_id=run_id)
    reserved_by = ""
    back: tuple[NewDuty, ...] = ()
    if application is not None and application.open:
        reserved_by = rights.key_of(tx, application)
        back = rights.given_back(tx, application)
        applications.move(tx, application, "recall", Progress.RECALLED, run_id=run_id)
    seats.leave(
        tx, person.id, application_id=application.id if application else None, card_id=card.id
    )
    told = owing.report(CardEvent.CANCELLED, person, card, tx.at, reserved_by)
    return card, (told, *back)


def end_functions(tx: Transaction, card: Card, *, run_id: int | None) -> Card:
    """End the functions of a card that never had one on; raises MovedMeanwhile."""
    pending.drop_all(tx, card.id, run_id=run_id)
    for kind, ended in _ENDED.items():
        if getattr(card, kind.value).state == _OFF:
            card = cards.move(tx, card, kind, "end", ended, run_id=run_id)
    return card
