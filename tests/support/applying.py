"""Applications for tests: who applies, what they say, and the way of a card until it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from offered import do, duties_of
from registry import ALL_PAPERS, BANK, OTHER_BANK, Bench, card_number, citizen_id

from terminal.registry import applications, cards, persons, seats
from terminal.registry.applications import Application
from terminal.registry.cards import Card, Made
from terminal.registry.duties import DutyState
from terminal.registry.persons import Person
from terminal.registry.seats import Seats
from terminal.rules.documents import DocumentKind, DocumentNumber
from terminal.rules.states import Financial
from terminal.rules.vocabulary import Actor, Channel, Generation, Service
from terminal.services.offered import production
from terminal.services.offered.answer import Answer
from terminal.services.offered.desk import Desk
from terminal.services.offered.request import Named, Request
from terminal.services.offered.running import carry_out
from terminal.services.offered.works import work_of

SAID: Mapping[str, str] = {
    "bank": BANK,
    "mobile": "13800000001",
    "occupation": "20800",
    "address": "北京市朝阳区某街 1 号",
    "valid_until": "2036-01-01",
}
"""What an applicant says at the counter."""
CHILD = "20200601"
"""The birth date of a child at the tests' Monday."""


def shown(
    name: str = "李小明",
    sequence: int = 7,
    born: str = "19900307",
    kind: DocumentKind = DocumentKind.CITIZEN_ID,
    number: str = "",
    **more: object,
) -> Named:
    """Show a document: a citizen's number unless another is given."""
    document = DocumentNumber(kind, number or citizen_id(sequence, born))
    return Named(document, name, **more)  # type: ignore[arg-type]  # fields by name


def application_for(
    holder: Named,
    service: Service = Service.APPLY,
    *,
    said: Mapping[str, str] = SAID,
    **more: object,
) -> Request:
    """Make the request, with every paper at hand."""
    request = Request(service, holder, papers=ALL_PAPERS, wishes=said)
    return replace(request, **more)  # type: ignore[arg-type]  # fields by name


def apply_for(
    on: Bench,
    holder: Named | None = None,
    at: Desk | Channel = Channel.BANK,
    *,
    key: str = "apply-0001",
    **said: str,
) -> Answer:
    """Apply for a first card; ``said`` is said otherwise than usual."""
    desk = at if isinstance(at, Desk) else on.desk(at)
    request = application_for(holder or shown(), said={**SAID, **said})
    return carry_out(work_of(Service.APPLY), desk, request, key)


def guardian(child: Named, parent: Named | None, **said: str) -> Request:
    """Have a guardian ask for a child's card."""
    return application_for(
        child, said={**SAID, **said}, actor=Actor.GUARDIAN, representative=parent
    )


def newest(on: Bench) -> Application:
    """Give the application that was taken last."""
    with on.registry.reading() as tx:
        number = max(each.id for each in applications.all_open(tx))
        return applications.get(tx, number)


def again(on: Bench, application: Application) -> Application:
    """Look at an application as it is now."""
    with on.registry.reading() as tx:
        return applications.get(tx, application.id)


def seats_of(on: Bench, person: Person | int) -> Seats:
    """Give who sits where."""
    with on.registry.reading() as tx:
        return seats.of_person(tx, person if isinstance(person, int) else person.id)


def made_card(number: int = 99, **more: object) -> Made:
    """Make up what a made card is known by."""
    chip, transit_number = f"110000D156000006{number:016X}", f"2000{number:012}"
    made = Made(card_number("B", number), chip, transit_number)
    return replace(made, **more)  # type: ignore[arg-type]  # fields by name


def produce(on: Bench, application: Application, number: int = 99) -> Card:
    """Bring an application to a card that is ready."""
    desk = on.desk()
    step = production.verify(desk, application.id)
    assert step.trouble is None
    assert step.reasons == ()
    production.start(desk, application.id)
    return production.made(desk, application.id, made_card(number))


def lost(on: Bench, person: Person, service: Service = Service.LOSS_FULL) -> None:
    """Report a person's card lost, formally."""
    do(on, service, person)


def holder(on: Bench, application: Application) -> Person:
    """Give whom an application is for."""
    with on.registry.reading() as tx:
        return persons.get(tx, application.person_id)


def city_of(on: Bench, number: str = "") -> dict[str, Any]:
    """Give what the city's card system has of a person: in force, being made."""
    people = on.others.city.card_management.state["people"]
    known: dict[str, Any] = people[f"citizen_id {number or citizen_id(7)}"]
    return known


def texts(on: Bench) -> list[str]:
    """Give the messages that were sent."""
    return [str(each["text"]) for each in on.others.city.messages.sent]


def open_duties(on: Bench, application: Application) -> list[str]:
    """Give by their calls what is owed for whom an application is for."""
    found = duties_of(on, holder(on, application))
    return [each.call for each in found if each.state in {DutyState.DUE, DutyState.REFUSED}]


def second_card(on: Bench, person: Person, bank: str = OTHER_BANK) -> Card:
    """Give a person a second enabled card, as an old muddle has left it: without a seat."""
    with on.registry.writing() as tx:
        made = Made("A99999995", "110000D156000005FFFFFFFFFFFFFFFF", "", "6299999999999999999")
        return cards.register(
            tx,
            person.id,
            Generation.THIRD,
            made,
            bank=bank,
            region="110000",
            financial=Financial.ON,
        )
