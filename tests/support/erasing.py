"""Put personal data into a registry that are to be erased, and erase them."""

from __future__ import annotations

from collections.abc import Callable

from registry import Bench, citizen_id

from terminal.registry import (
    applications,
    cards,
    duties,
    opinions,
    pending,
    representations,
    runs,
    seats,
    watch,
)
from terminal.registry.applications import NewApplication, Sort
from terminal.registry.cards import Card
from terminal.registry.machines import Kind
from terminal.registry.pending import What
from terminal.registry.persons import Person
from terminal.registry.representations import NewRepresentation, Right
from terminal.registry.retention import Decided, Due, due, erase
from terminal.registry.retention_table import Item
from terminal.registry.runs import By
from terminal.registry.transaction import Transaction
from terminal.rules.documents import DocumentKind, DocumentNumber
from terminal.rules.states import Financial, Progress, Social
from terminal.rules.vocabulary import Channel, Service

BY = Decided("A01-1", "wang", "li", "年度清理")
HERE = By("wang", "A01", Channel.BANK)


def items(counter: Bench) -> list[Item]:
    """Give what is due now, an item a row."""
    with counter.registry.reading() as tx:
        return [each.item for each in due(tx)]


def erased(counter: Bench, **more: object) -> tuple[Due, ...]:
    """Erase what is due now."""
    with counter.registry.writing() as tx:
        return erase(tx, BY, **more)  # type: ignore[arg-type]  # a test's shorthand


def run_of(
    tx: Transaction, service: Service, key: str, person: Person | None, **wishes: str
) -> int:
    """Put a run on record that is over."""
    request = {"service": service.value, "wishes": wishes}
    run_id = runs.begin(
        tx, key, service, HERE, request, person_id=person.id if person else None, card_id=None
    )
    runs.done(
        tx,
        run_id,
        key,
        {"person": "王**"},
        person_id=person.id if person else None,
        card_id=None,
    )
    return run_id


def cancelled(counter: Bench, card: Card) -> None:
    """Cancel a card, whole."""
    with counter.registry.writing() as tx:
        now = cards.move(tx, cards.get(tx, card.id), Kind.SOCIAL, "cancel", Social.CANCELLED)
        if now.financial.state == Financial.ON:
            now = cards.move(tx, now, Kind.FINANCIAL, "cancel", Financial.CANCELLED)
        seats.leave(tx, card.person_id, card_id=card.id)


def put_application(counter: Bench, person: Person) -> None:
    """Put an application there that was refused."""
    with counter.registry.writing() as tx:
        run_id = run_of(tx, Service.APPLY, "apply001", person, photo="PHOTO", payout="62", bank="B")
        new = NewApplication(person.id, Sort.FIRST, "BOB", payout="6200", photo="PHOTO")
        made = applications.apply(tx, new, run_id=run_id)
        applications.move(tx, made, "refuse", Progress.REFUSED)


def put_feedback(counter: Bench, person: Person) -> None:
    """Put an opinion there."""
    with counter.registry.writing() as tx:
        run_id = run_of(tx, Service.FEEDBACK, "key00001", person, said="不满意")
        opinions.add(tx, "不满意", "96066-1", person_id=person.id, run_id=run_id)


def put_representation(counter: Bench, person: Person) -> None:
    """Put an authorisation there that has ended."""
    with counter.registry.writing() as tx:
        document = DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(9))
        new = NewRepresentation(person.id, Right.AGENT, document, "赵代理", "authorisation")
        representations.end(tx, representations.add(tx, new, run_id=None))


def put_integrity(counter: Bench, person: Person) -> None:
    """Put a report of a borrowed card there that was passed on."""
    with counter.registry.writing() as tx:
        number = watch.report(
            tx, "borrowed", "借给王某", "wang", "li", card_id=None, person_id=person.id
        )
        watch.note_passed_on(tx, number)


def everything(counter: Bench) -> tuple[Person, Card]:
    """Give a person of whom everything is on record that can be, and all of it over."""
    person = counter.person(
        "王建国", address="朝阳区某街1号", occupation="20000", nationality="CHN"
    )
    card = counter.card(person)
    for make in (
        put_pending_on(card),
        put_duty_alone,
        put_feedback,
        put_representation,
        put_integrity,
    ):
        make(counter, person)
    put_application(counter, person)
    cancelled(counter, card)
    return person, counter.look(card)


def put_pending_on(card: Card) -> Callable[[Bench, Person], None]:
    """Put a change there that a card waited for, and no longer does."""

    def make(counter: Bench, _person: Person) -> None:
        with counter.registry.writing() as tx:
            pending.decide(tx, card.id, What.MINOR_DATA, {"mobile": "138"}, run_id=None)
            pending.drop_all(tx, card.id, run_id=None)

    return make


def put_duty_alone(counter: Bench, person: Person) -> None:
    """Put a duty there that was decided."""
    with counter.registry.writing() as tx:
        new = duties.NewDuty("bank", "payout", "payout", {"name": "王建国", "account": "62"})
        duty_id = duties.add(tx, new, "duty0001", person_id=person.id)
        duties.note_decided(tx, duties.get(tx, duty_id), duties.DUTY_STATES["decided"])
