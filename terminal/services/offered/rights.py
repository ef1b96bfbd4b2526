"""What a card to be made stands on: the city's right to it (R-ONE), and the bank's account.

Both are obligations with the application's number among their arguments: what is asked again is
asked under the same key and in the same words, and what an application left behind that came to
nothing is found and given back. All keys of an application begin with that of its right.
"""

from __future__ import annotations

from dataclasses import replace

from terminal.journal.model import new_key
from terminal.registry import duties
from terminal.registry.applications import Application
from terminal.registry.duties import Duty, DutyState, NewDuty
from terminal.registry.persons import Person
from terminal.registry.transaction import Transaction
from terminal.services.offered import owing
from terminal.texts import Text

RIGHT = "right"
_CLAIM, _OPENING = "reserve", "open_account"
_NOT_WANTED = Text("申请已结束，不再登记", "the application is over, it is not wanted any more")


def claim(application: Application, person: Person, key: str, replaces: str = "") -> NewDuty:
    """Owe the claim of the right to make the person's one card, under ``key``.

    ``replaces`` is the number of the card whose place it takes.
    """
    document = person.document
    arguments = {
        "application": application.id,
        "key": key,
        "id_type": document.document.value,
        "number": document.number.reveal(),
        "bank": application.bank,
        "replaces": replaces,
    }
    return NewDuty("card_management", _CLAIM, _CLAIM, arguments, at_once=True)


def claim_later(application: Application, person: Person, key: str) -> NewDuty:
    """Owe the claim without trying it before the clerk is answered: one of many."""
    return replace(claim(application, person, key), at_once=False)


def claimed(tx: Transaction, application: Application) -> Duty | None:
    """Find the claim of an application's right."""
    return _of(tx, application, _CLAIM)


def key_of(tx: Transaction, application: Application) -> str:
    """Give the key of an application's right, which reports of its card name; empty without one."""
    found = claimed(tx, application)
    return str(found.arguments["key"]) if found is not None else ""


def claim_of(tx: Transaction, application: Application, person: Person, replaces: str) -> Duty:
    """Give the claim of an application's right; one that has none gets it."""
    found = claimed(tx, application)
    if found is not None:
        return found
    key = f"{new_key()}.{RIGHT}"
    owed = claim(application, person, key, replaces)
    return duties.get(tx, duties.add(tx, owed, f"{key}.claim", person_id=person.id))


def opening(tx: Transaction, application: Application) -> Duty | None:
    """Find the obligation to have an application's account opened."""
    return _of(tx, application, _OPENING)


def opening_of(tx: Transaction, application: Application, person: Person, key: str) -> Duty:
    """Give the obligation to have the account opened; it keeps the data as they are asked with.

    ``key`` is the right's. A lost answer is asked for again in the same words, whatever the person
    has changed since: else the bank would see another question.
    """
    found = opening(tx, application)
    if found is not None:
        return found
    document = person.document
    valid_to = document.valid_until
    arguments = {
        "application": application.id,
        "name": person.name.reveal(),
        "id_type": document.document.value,
        "number": document.number.reveal(),
        "valid_to": valid_to.isoformat() if valid_to is not None else None,
        "mobile": person.mobile.reveal() if person.mobile is not None else "",
        "bank": application.bank,
    }
    owed = NewDuty("bank", _OPENING, _OPENING, arguments)
    return duties.get(tx, duties.add(tx, owed, f"{key}.open", person_id=person.id))


def given_back(tx: Transaction, application: Application) -> tuple[NewDuty, ...]:
    """Owe back what stands behind an application that came to nothing.

    The right is released, and what the bank opened is closed. A claim that was not confirmed yet is
    not tried any more; an account whose opening is not answered yet is closed as soon as it is.
    """
    right = claimed(tx, application)
    owed = []
    if right is not None:
        if right.state in {DutyState.DUE, DutyState.REFUSED}:
            duties.note_decided(tx, right, _NOT_WANTED)
        arguments = {"key": str(right.arguments["key"])}
        owed.append(NewDuty("card_management", "release", "release", arguments, at_once=True))
    asked = opening(tx, application)
    if asked is not None and asked.state is DutyState.REFUSED:
        duties.note_decided(tx, asked, _NOT_WANTED)
    if application.account:
        owed.append(owing.close_account(application.account))
    return tuple(owed)


def _of(tx: Transaction, application: Application, call: str) -> Duty | None:
    for each in duties.of_person(tx, application.person_id):
        if each.call == call and each.arguments.get("application") == application.id:
            return each
    return None
