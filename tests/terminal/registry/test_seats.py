"""R-ONE: one card in force or being made, by the key of a table, however many apply at once."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest
from registry import BANK, Bench, bench, citizen_id

from terminal.errors import SeatTaken
from terminal.registry import applications, cards, persons, seats
from terminal.registry.applications import Application, NewApplication, Sort
from terminal.registry.persons import Person
from terminal.registry.seats import NO_SEATS, Seats
from terminal.registry.store import open_registry
from terminal.registry.transaction import Transaction
from terminal.rules.states import Progress

AT_ONCE = 20


@pytest.fixture
def counter(tmp_path: Path) -> Bench:
    return bench(tmp_path)


def apply(tx: Transaction, person: Person, sort: Sort = Sort.FIRST, old: int | None = None) -> int:
    """Take an application and its seat, as a counter does."""
    new = NewApplication(person.id, sort, BANK, old_card_id=old)
    application = applications.apply(tx, new, run_id=None)
    seats.take(tx, person.id, application_id=application.id, beside=old is not None)
    return application.id


def seats_of(counter: Bench, person: Person) -> Seats:
    with counter.registry.reading() as tx:
        return seats.of_person(tx, person.id)


def make(tx: Transaction, application: Application) -> int:
    """Order the card of an application and seat it."""
    card = cards.order(tx, application.person_id, BANK, region="110000", run_id=None)
    applications.name_card(tx, application, card.id)
    seats.seat_card(tx, application.person_id, application.id, card.id)
    return card.id


def test_r_one_of_twenty_that_apply_at_once_one_has_the_seat(counter: Bench) -> None:
    """Two outlets and a web page in the same second: the table's key decides, and tells the rest.

    Two engines on one file stand for two counters; each has ten threads.
    """
    person = counter.person()
    second = open_registry(counter.path, counter.registry.vault, lambda: counter.now)
    registries = [counter.registry, second]
    ready = Barrier(AT_ONCE)

    def one(number: int) -> str:
        ready.wait(timeout=30)
        try:
            with registries[number % 2].writing() as tx:
                return str(apply(tx, person))
        except SeatTaken as error:
            return error.code

    with closing(second), ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(one, range(AT_ONCE)))
    (winner,) = [each for each in outcomes if each != SeatTaken.code]
    assert outcomes.count(SeatTaken.code) == AT_ONCE - 1
    assert seats_of(counter, person) == Seats(current_application=int(winner))
    with counter.registry.reading() as tx:
        assert [each.id for each in applications.of_person(tx, person.id)] == [int(winner)]


def test_r_one_of_two_persons_is_no_matter(counter: Bench) -> None:
    """The seat is a person's: nobody waits for somebody else."""
    one, other = counter.person(), counter.person("李梅", 2)
    with counter.registry.writing() as tx:
        apply(tx, one)
        apply(tx, other)
    assert seats_of(counter, one).taken
    assert seats_of(counter, other).taken


def test_r_one_who_lost_the_seat_left_nothing_behind(counter: Bench) -> None:
    """A refused application is none: no history, no row, no open application."""
    person = counter.person()
    with counter.registry.writing() as tx:
        apply(tx, person)
    with pytest.raises(SeatTaken), counter.registry.writing() as tx:
        seats.take(tx, person.id, application_id=1)
    with pytest.raises(SeatTaken), counter.registry.writing() as tx:
        apply(tx, person)
    with counter.registry.reading() as tx:
        assert len(applications.of_person(tx, person.id)) == 1


def test_the_next_seat_is_only_beside_a_current_one(counter: Bench) -> None:
    """A renewal without a card to renew would be a second way to a first card."""
    person = counter.person()
    with pytest.raises(SeatTaken), counter.registry.writing() as tx:
        seats.take(tx, person.id, application_id=None, card_id=None, beside=True)
    card = counter.card(counter.person("李梅", 2))
    with pytest.raises(SeatTaken), counter.registry.writing() as tx:
        seats.take(tx, person.id, card_id=card.id, beside=True)
    assert seats_of(counter, person) == NO_SEATS


def test_at_renewal_the_old_and_the_new_card_stand_side_by_side(counter: Bench) -> None:
    """The one works, the other does not yet; a third does not come to stand beside them."""
    person = counter.person()
    old = counter.card(person)
    with counter.registry.writing() as tx:
        plea = apply(tx, person, Sort.RENEW, old.id)
        application = applications.get(tx, plea)
        assert seats.of_person(tx, person.id) == Seats(old.id, None, None, plea)
        new = make(tx, application)
    assert seats_of(counter, person) == Seats(old.id, None, new, plea)
    with pytest.raises(SeatTaken), counter.registry.writing() as tx:
        seats.take(tx, person.id, application_id=plea, beside=True)
    with counter.registry.writing() as tx:
        seats.promote(tx, person.id)
    assert seats_of(counter, person) == Seats(current_card=new, current_application=plea)


def test_a_card_is_seated_once(counter: Bench) -> None:
    """One card is not two people's, nor anybody's twice."""
    one, other = counter.person(), counter.person("李梅", 2)
    card = counter.card(one)
    with pytest.raises(SeatTaken), counter.registry.writing() as tx:
        seats.take(tx, other.id, card_id=card.id)


def test_leaving_frees_the_seat_and_the_next_moves_up(counter: Bench) -> None:
    """Who cancels the old card first still has the new one, and applies for no third."""
    person = counter.person()
    old = counter.card(person)
    with counter.registry.writing() as tx:
        plea = apply(tx, person, Sort.RENEW, old.id)
        new = make(tx, applications.get(tx, plea))
        seats.leave(tx, person.id, card_id=old.id)
        assert seats.of_person(tx, person.id) == Seats(new, plea, None, None)
        seats.leave(tx, person.id, card_id=new)
    assert seats_of(counter, person) == NO_SEATS


def test_an_application_that_comes_to_nothing_leaves_its_seat(counter: Bench) -> None:
    """Withdrawn beside an old card, the old card stays; withdrawn alone, the way is free."""
    person = counter.person()
    with counter.registry.writing() as tx:
        plea = apply(tx, person)
        application = applications.get(tx, plea)
        applications.move(tx, application, "withdraw", Progress.WITHDRAWN)
        seats.leave(tx, person.id, application_id=plea)
        again = apply(tx, person)
    assert seats_of(counter, person) == Seats(current_application=again)
    renewing = counter.person("李梅", 2)
    old = counter.card(renewing)
    with counter.registry.writing() as tx:
        plea = apply(tx, renewing, Sort.RENEW, old.id)
        applications.move(tx, applications.get(tx, plea), "refuse", Progress.REFUSED)
        seats.leave(tx, renewing.id, application_id=plea)
    assert seats_of(counter, renewing) == Seats(current_card=old.id)


def test_leaving_a_seat_that_one_does_not_hold_changes_nothing(counter: Bench) -> None:
    """A repeated cancellation must not take the seat of the card that came after."""
    person = counter.person()
    card = counter.card(person)
    before = seats_of(counter, person)
    with counter.registry.writing() as tx:
        seats.leave(tx, person.id, card_id=card.id + 1)
        seats.leave(tx, person.id, application_id=card.id)
        seats.leave(tx, person.id)
    assert seats_of(counter, person) == before


COLUMNS = "(person_id, seat, beside, card_id, application_id)"


@pytest.mark.parametrize(
    "row",
    [
        "(1, 'current', NULL, NULL, NULL)",  # nobody's
        "(1, 'next', NULL, {card}, NULL)",  # beside nothing
        "(1, 'next', 'next', {card}, NULL)",  # beside itself
        "(1, 'third', NULL, {card}, NULL)",
        "(1, 'current', 'current', {card}, NULL)",
        "(99, 'current', NULL, {card}, NULL)",  # a person who is none
        "(1, 'current', NULL, 99, NULL)",  # a card that is none
    ],
)
def test_r_one_holds_for_whoever_writes(counter: Bench, row: str) -> None:
    """The rule is the table's: a script beside the program is held to it too."""
    counter.person()
    card = counter.card(counter.person("李梅", 2))
    with closing(sqlite3.connect(counter.path, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("DELETE FROM seat")
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(f"INSERT INTO seat {COLUMNS} VALUES {row.format(card=card.id)}")
        connection.execute(
            f"INSERT INTO seat {COLUMNS} VALUES (1, 'current', NULL, {card.id}, NULL)"
        )


def test_r_one_by_whichever_document(counter: Bench) -> None:
    """One person with two documents is one person: the identity card and the register (户口簿)."""
    person = counter.person()
    with counter.registry.writing() as tx:
        by_register = persons.find(
            tx,
            persons.DocumentNumber(persons.DocumentKind.HOUSEHOLD_REGISTER, citizen_id()),
        )
    assert by_register is not None
    assert by_register.id == person.id
