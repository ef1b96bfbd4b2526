"""Who acts for a person: for which services, until when, and what becomes of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from registry import Bench, bench, citizen_id
from sqlalchemy.exc import IntegrityError

from terminal.registry import representations, runs
from terminal.registry.persons import Person
from terminal.registry.representations import NewRepresentation, Right
from terminal.rules.documents import DocumentKind, DocumentNumber
from terminal.rules.vocabulary import Channel, Service

AGENT = DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(77))
OTHER = DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(78))
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def counter(tmp_path: Path) -> Bench:
    return bench(tmp_path)


@pytest.fixture
def person(counter: Bench) -> Person:
    return counter.person()


def add(
    counter: Bench,
    person: Person,
    right: Right = Right.AGENT,
    *services: Service,
    until: datetime | None = None,
    run_id: int | None = None,
) -> int:
    new = NewRepresentation(
        person.id, right, AGENT, "代理人甲", "授权委托书", frozenset(services), until
    )
    with counter.registry.writing() as tx:
        return representations.add(tx, new, run_id=run_id)


def covers(
    counter: Bench, person: Person, service: Service, document: DocumentNumber = AGENT
) -> bool | None:
    with counter.registry.reading() as tx:
        return representations.covers(tx, person.id, document, service)


def test_an_authorisation_is_read_back_masked(counter: Bench, person: Person) -> None:
    """Who it was, by which paper, for what: on record for the quarrel that may come."""
    number = add(counter, person, Right.AGENT, Service.ENABLE, Service.STATUS)
    with counter.registry.reading() as tx:
        found = representations.get(tx, number)
        assert representations.of_person(tx, person.id) == (found,)
        with pytest.raises(KeyError):
            representations.get(tx, number + 1)
    assert (found.right, found.document) == (Right.AGENT, DocumentKind.CITIZEN_ID)
    assert found.services == {Service.ENABLE, Service.STATUS}
    assert (found.number.reveal(), found.name.reveal()) == (AGENT.number, "代理人甲")
    assert AGENT.number not in repr(found)
    assert "代理人甲" not in repr(found)


def test_r_agent_an_authorisation_covers_what_it_names(counter: Bench, person: Person) -> None:
    """A paper for one service is none for another, and somebody else's is nobody's."""
    assert covers(counter, person, Service.ENABLE) is None
    add(counter, person, Right.AGENT, Service.ENABLE)
    assert covers(counter, person, Service.ENABLE) is True
    assert covers(counter, person, Service.STATUS) is False
    assert covers(counter, person, Service.ENABLE, OTHER) is None
    add(counter, person, Right.AGENT, Service.STATUS)
    assert covers(counter, person, Service.STATUS) is True


def test_r_agent_an_authorisation_lapses_on_its_day(counter: Bench, person: Person) -> None:
    """The last moment still counts, the next one does not, and nobody has to write that."""
    until = counter.now + timedelta(days=30)
    number = add(counter, person, Right.AGENT, Service.ENABLE, until=until)
    counter.now = until - MICROSECOND
    assert covers(counter, person, Service.ENABLE) is True
    counter.now = until
    assert covers(counter, person, Service.ENABLE) is False
    with counter.registry.reading() as tx:
        found = representations.get(tx, number)
    assert not found.in_force(until)
    assert found.ended_at is None


def test_r_agent_a_holder_takes_it_back(counter: Bench, person: Person) -> None:
    """What was withdrawn opens nothing from that moment on; the record of it stays."""
    number = add(counter, person, Right.AGENT, Service.ENABLE)
    with counter.registry.writing() as tx:
        representations.end(tx, number)
    assert covers(counter, person, Service.ENABLE) is False
    with counter.registry.reading() as tx:
        (found,) = representations.of_person(tx, person.id)
    assert found.ended_at == counter.now.astimezone(UTC)


def test_r_agent_a_paper_that_was_shown_once_is_for_that_once(
    counter: Bench, person: Person
) -> None:
    """What a service noted of the paper on its desk authorises nothing that comes after."""
    by = runs.By("wang", "A01", Channel.BANK)
    with counter.registry.writing() as tx:
        run_id = runs.begin(
            tx, "key-0001", Service.ENABLE, by, {}, person_id=person.id, card_id=None
        )
    add(counter, person, Right.AGENT, Service.ENABLE, run_id=run_id)
    assert covers(counter, person, Service.ENABLE) is None


def test_r_guardian_is_on_record_and_no_agent(counter: Bench, person: Person) -> None:
    """A guardian guards, whatever is asked for, until the ward is of age; an agent does not."""
    until = counter.now + timedelta(days=365)
    add(counter, person, Right.GUARDIAN, until=until)
    with counter.registry.reading() as tx:
        assert representations.guards(tx, person.id, AGENT)
        assert not representations.guards(tx, person.id, OTHER)
        assert not representations.guards(tx, person.id + 1, AGENT)
    assert covers(counter, person, Service.ENABLE) is None
    counter.now = until
    with counter.registry.reading() as tx:
        assert not representations.guards(tx, person.id, AGENT)
    add(counter, person, Right.AGENT)
    with counter.registry.reading() as tx:
        assert not representations.guards(tx, person.id, AGENT)


def test_no_other_right_than_the_three(counter: Bench, person: Person) -> None:
    """A friend is none: the database refuses what the program could not read back."""
    add(counter, person)
    with (
        closing(sqlite3.connect(counter.path, isolation_level=None)) as connection,
        pytest.raises(sqlite3.IntegrityError),
    ):
        connection.execute("UPDATE representation SET kind = 'friend'")


def test_it_is_for_a_person_who_is_there(counter: Bench) -> None:
    """Nobody acts for a person whom the registry does not know."""
    new = NewRepresentation(99, Right.KIN, AGENT, "亲属甲", "死亡证明")
    with pytest.raises(IntegrityError), counter.registry.writing() as tx:
        representations.add(tx, new, run_id=None)
