"""Look at what the registry has of a person or a card; every look is on record (R-SECRET)."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.errors import CardUnknown, PersonUnknown
from terminal.registry import (
    applications,
    audit,
    cards,
    duties,
    pending,
    persons,
    representations,
    runs,
)
from terminal.registry.applications import Application
from terminal.registry.cards import Card
from terminal.registry.duties import Duty, DutyState
from terminal.registry.pending import PendingChange
from terminal.registry.persons import Person
from terminal.registry.representations import Representation
from terminal.registry.runs import Run
from terminal.registry.transaction import Transaction
from terminal.services.offered.desk import Desk
from terminal.services.offered.request import Named
from terminal.texts import Text

_NOBODYS = Text(
    "登记库中没有这张卡；先用 guitai person register 登记，或按证件查找",
    "the registry does not know this card: put it on record (guitai person register), or find its"
    " holder by a document",
)


@dataclass(frozen=True, slots=True)
class Dossier:
    """Hold everything that concerns a person now."""

    person: Person
    cards: tuple[Card, ...]
    applications: tuple[Application, ...]
    representations: tuple[Representation, ...]
    pending: tuple[PendingChange, ...]
    duties: tuple[Duty, ...]
    unfinished: tuple[Run, ...]


def look_up(
    desk: Desk, holder: Named | None, *, service: str, reason: str, revealed: bool = False
) -> Dossier:
    """Find a person by a document, or by the card on the desk, and give what concerns them.

    ``revealed``: names and numbers are shown in clear. A look that finds nobody is on record too.
    Raises PersonUnknown, CardUnknown, LookUnexplained.
    """
    with desk.registry.writing() as tx:
        person = _found(tx, desk, holder)
        audit.looked(
            tx,
            desk.audit_chain,
            operator=desk.operator,
            service=service,
            reason=reason,
            second=desk.second,
            person_id=person.id if person else None,
            facts={"revealed": True} if revealed else {},
        )
        found = None if person is None else _dossier(tx, person)
    if found is None:
        raise PersonUnknown if holder is not None else CardUnknown(detail=_NOBODYS)
    return found


def _found(tx: Transaction, desk: Desk, holder: Named | None) -> Person | None:
    if holder is not None:
        return persons.find(tx, holder.document, holder.nationality)
    card = cards.by_chip(tx, desk.chip.chip.upper()) if desk.chip and desk.chip.chip else None
    return persons.get(tx, card.person_id) if card is not None else None


def _dossier(tx: Transaction, person: Person) -> Dossier:
    theirs = cards.of_person(tx, person.id)
    return Dossier(
        person,
        theirs,
        applications.of_person(tx, person.id),
        representations.of_person(tx, person.id),
        tuple(each for card in theirs for each in pending.waiting(tx, card.id)),
        tuple(
            each
            for each in duties.of_person(tx, person.id)
            if each.state in {DutyState.DUE, DutyState.REFUSED}
        ),
        tuple(each for each in runs.of_person(tx, person.id) if each.state == runs.BEGUN),
    )
