"""Persons: found by whichever number they had, shown masked, and unreadable without the key."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, timedelta
from pathlib import Path

import pytest
from registry import Bench, bench, citizen_id
from sqlalchemy.exc import IntegrityError

from terminal.errors import PersonalDataDamaged, RegistryDamaged, RegistryKeyWrong
from terminal.registry import persons, representations
from terminal.registry.persons import MinorData, NewPerson, Person
from terminal.registry.representations import NewRepresentation, Right
from terminal.registry.stamps import stamp_all
from terminal.registry.store import open_registry
from terminal.registry.vault import Vault, load_key, make_key_file
from terminal.rules.documents import DocumentKind, DocumentNumber, PersonKind

NAME, NUMBER = "欧阳䶮·艾山江", citizen_id(7)
MOBILE, ADDRESS = "13912345678", "北京市朝阳区某某路 1 号院 2 楼"
NEW = NewPerson(
    PersonKind.CITIZEN,
    NAME,
    DocumentNumber(DocumentKind.CITIZEN_ID, NUMBER),
    valid_until=date(2040, 1, 1),
    mobile=MOBILE,
    address=ADDRESS,
    occupation="20101",
)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Bench]:
    made = bench(tmp_path)
    yield made
    made.registry.close()


def add(counter: Bench, new: NewPerson = NEW) -> Person:
    with counter.registry.writing() as tx:
        return persons.add(tx, new)


def find(counter: Bench, kind: DocumentKind, number: str, nationality: str = "") -> Person | None:
    with counter.registry.reading() as tx:
        return persons.find(tx, DocumentNumber(kind, number), nationality)


def test_a_person_is_what_was_put_on_record(counter: Bench) -> None:
    """Everything comes back, the rare character and the dot too; the birth is in the number."""
    person = add(counter)
    again = find(counter, DocumentKind.CITIZEN_ID, NUMBER)
    assert again == person
    assert person.name.reveal() == NAME
    assert person.mobile is not None
    assert person.mobile.reveal() == MOBILE
    assert person.address is not None
    assert person.address.reveal() == ADDRESS
    assert person.birth == date(1990, 3, 7)
    assert person.document.number.reveal() == NUMBER
    assert person.document.valid_until == date(2040, 1, 1)
    assert person.alive


def test_nothing_of_a_person_shows_by_accident(counter: Bench) -> None:
    """A log line, a traceback, a failed assertion: none of them tells who it was."""
    shown = repr(add(counter)) + str(NEW)
    for secret in (NAME, NUMBER, MOBILE, ADDRESS, "1990"):
        assert secret not in shown


def test_one_person_by_whichever_document_shows_the_number(counter: Bench) -> None:
    """A child is known by the register, and at sixteen by the card: it is one person."""
    person = add(counter)
    for kind in (DocumentKind.HOUSEHOLD_REGISTER, DocumentKind.TEMPORARY_ID):
        found = find(counter, kind, NUMBER)
        assert found is not None
        assert found.id == person.id


def test_two_passports_of_one_number_are_two_people(counter: Bench) -> None:
    """Passport numbers are a state's own: two states may give the same one."""
    passport = DocumentNumber(DocumentKind.PASSPORT, "E12345678")
    foreign = NewPerson(PersonKind.FOREIGNER, "SMITH JOHN", passport, nationality="GBR")
    one = add(counter, foreign)
    other = add(counter, replace(foreign, name="SCHMIDT JOHANN", nationality="DEU"))
    assert one.id != other.id
    assert find(counter, DocumentKind.PASSPORT, "E12345678", "GBR") == one
    assert find(counter, DocumentKind.PASSPORT, "E12345678", "DEU") == other
    assert find(counter, DocumentKind.PASSPORT, "E12345678") is None
    assert find(counter, DocumentKind.HOME_RETURN_PERMIT, "E12345678") is None


def test_nobody_is_there_twice(counter: Bench) -> None:
    """A second record of one number would be a second card (R-ONE)."""
    add(counter)
    with pytest.raises(IntegrityError), counter.registry.writing() as tx:
        persons.add(tx, replace(NEW, name="别人"))
    with counter.registry.reading() as tx:
        assert persons.get(tx, 1).name.reveal() == NAME
        with pytest.raises(KeyError):
            persons.get(tx, 2)


def test_after_a_lawful_change_both_numbers_find_the_person(counter: Bench) -> None:
    """Old papers go on turning up for years; the document in force is the new one."""
    person = add(counter)
    changed = DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(8, "19900308"))
    with counter.registry.writing() as tx:
        person = persons.change_basic(tx, person, "欧阳山", changed)
    assert person.document.number.reveal() == changed.number
    assert person.birth == date(1990, 3, 8)
    for number in (NUMBER, changed.number):
        found = find(counter, DocumentKind.CITIZEN_ID, number)
        assert found == person
    assert [each.ended_at is None for each in person.documents] == [True, False]


def test_a_number_that_was_given_up_may_be_anothers(counter: Bench) -> None:
    """Whoever has the number now comes first, not who had it once."""
    person = add(counter)
    with counter.registry.writing() as tx:
        changed = DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(8))
        persons.change_basic(tx, person, NAME, changed)
    other = add(counter, replace(NEW, name="另一人"))
    assert find(counter, DocumentKind.CITIZEN_ID, NUMBER) == other


def test_only_the_name_changes(counter: Bench) -> None:
    """A marriage changes no number: the document is the same one, and not ended."""
    person = add(counter)
    with counter.registry.writing() as tx:
        person = persons.change_basic(tx, person, "欧阳山", NEW.document)
    assert len(person.documents) == 1
    assert person.name.reveal() == "欧阳山"


def test_minor_data_change_and_count_up(counter: Bench) -> None:
    """The version tells whether a chip's copy is older (R-PENDING); None leaves things alone."""
    person = add(counter)
    with counter.registry.writing() as tx:
        person = persons.change_minor(tx, person, MinorData(mobile="13700000000"))
        assert person.data_version == 2
        assert person.address is not None
        assert person.address.reveal() == ADDRESS
        person = persons.change_minor(tx, person, MinorData(occupation="", address="别处"))
    assert person.data_version == 3
    assert person.occupation == ""
    assert person.mobile is not None
    assert person.mobile.reveal() == "13700000000"


def test_r_dead_10wd_counts_from_the_first_reminder(counter: Bench) -> None:
    """A second reminder is no second term; what was recorded wrongly can be taken back."""
    person, first = add(counter), counter.now
    with counter.registry.writing() as tx:
        person = persons.note_death(tx, person, deceased_on=date(2026, 3, 1), reminded=True)
    counter.later(days=5)
    with counter.registry.writing() as tx:
        person = persons.note_death(tx, person, deceased_on=None, reminded=True)
        assert person.death_reminded_at == first.astimezone(UTC)
        assert person.deceased_on == date(2026, 3, 1)
        assert not person.alive
        assert persons.correct_death(tx, person).alive


# --- What lies in the file -----------------------------------------------------------------------


def test_r_secret_nothing_personal_stands_in_the_file(counter: Bench, tmp_path: Path) -> None:
    """Who steals the disk has the file: every byte of it, and of its log, is looked through."""
    person = add(counter)
    agent = DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(9))
    with counter.registry.writing() as tx:
        new = NewRepresentation(person.id, Right.AGENT, agent, "代理人甲", "授权委托书")
        representations.add(tx, new, run_id=None)
        persons.change_minor(tx, person, MinorData(address="海淀区另一处 9 号"))
    counter.registry.close()
    secrets = [
        NAME,
        NUMBER,
        MOBILE,
        ADDRESS,
        agent.number,
        "代理人甲",
        "海淀区另一处",
        "1990-03-07",
    ]
    with closing(sqlite3.connect(counter.path)) as connection:
        dumped = "\n".join(connection.iterdump()).encode()
    found = b"".join(each.read_bytes() for each in tmp_path.glob("registry.db*")) + dumped
    for secret in secrets:
        for encoding in ("utf-8", "utf-16-le", "gb18030"):
            form = secret.encode(encoding)
            assert form not in found
            assert form.hex().encode() not in found.lower()
    assert b"CREATE TABLE" in found


MOVES = {
    "to another row": (
        "UPDATE person SET name = (SELECT name FROM person WHERE id = 1) WHERE id = 2"
    ),
    "to another column": "UPDATE person SET mobile = name WHERE id = 2",
    "to another table": (
        "UPDATE identity SET number = (SELECT mobile FROM person WHERE id = 2) WHERE person_id = 2"
    ),
    "cut short": "UPDATE person SET name = substr(name, 1, 20) WHERE id = 2",
    "emptied": "UPDATE person SET address = x'' WHERE id = 2",
    "altered": "UPDATE person SET birth = CAST(birth || x'00' AS BLOB) WHERE id = 2",
    "put in clear": "UPDATE person SET name = '王建国王建国王建国王建国王建国王建国' WHERE id = 2",
}


@pytest.mark.parametrize("sql", MOVES.values(), ids=MOVES.keys())
def test_what_was_sealed_for_one_place_opens_in_no_other(counter: Bench, sql: str) -> None:
    """Ciphertext moved between rows would make one holder's data another's; it is noticed.

    By the row's stamp, and by the seal itself where the stamp was made anew.
    """
    add(counter)
    add(counter, replace(NEW, document=DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(8))))
    with closing(sqlite3.connect(counter.path, isolation_level=None)) as connection:
        connection.execute(sql)
    with counter.registry.reading() as tx:
        persons.get(tx, 1)
        with pytest.raises(RegistryDamaged):
            persons.get(tx, 2)
    with counter.registry.engine.begin() as connection:
        stamp_all(connection, counter.registry.vault)
    with counter.registry.reading() as tx, pytest.raises(PersonalDataDamaged):
        persons.get(tx, 2)


def test_another_key_opens_nothing_and_finds_nothing(counter: Bench, tmp_path: Path) -> None:
    """A key that was made anew is told at the door, before anything is written under it."""
    add(counter)
    make_key_file(tmp_path / "other")
    other = Vault(load_key(tmp_path / "other"))
    with pytest.raises(RegistryKeyWrong):
        open_registry(counter.path, other)
    with counter.registry.reading() as tx:
        mine = persons.blind_of(tx, NEW.document)
    with counter.registry.reading() as tx:
        theirs = persons.blind_of(replace(tx, vault=other), NEW.document)
    assert mine != theirs


def test_equal_values_do_not_show_as_equal(counter: Bench) -> None:
    """Two people of one name: the file must not tell that they share it."""
    add(counter)
    add(counter, replace(NEW, document=DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(8))))
    with closing(sqlite3.connect(counter.path)) as connection:
        (one, other) = connection.execute("SELECT name, mobile FROM person ORDER BY id").fetchall()
    assert not set(one) & set(other)


def test_a_copy_of_the_file_is_a_registry_of_its_own(counter: Bench, tmp_path: Path) -> None:
    """A backup reads with the same key, and is not changed by what happens afterwards."""
    add(counter)
    counter.registry.close()
    shutil.copy(counter.path, tmp_path / "copy.db")
    later = counter.now + timedelta(days=1)
    copy = open_registry(tmp_path / "copy.db", counter.registry.vault, lambda: later)
    with closing(copy):
        with copy.writing() as tx:
            persons.change_minor(tx, persons.get(tx, 1), MinorData(mobile="1"))
        with counter.registry.reading() as tx:
            mobile = persons.get(tx, 1).mobile
    assert mobile is not None
    assert mobile.reveal() == MOBILE


def test_r_one_a_renewed_home_return_permit_is_the_same_person(counter: Bench) -> None:
    """Its last two digits count renewals: three numbers, one holder, one card."""
    kind = DocumentKind.HOME_RETURN_PERMIT
    with counter.registry.writing() as tx:
        new = NewPerson(PersonKind.HONG_KONG, "陈大文", DocumentNumber(kind, "H1234567801"))
        person = persons.add(tx, new)
    for number in ("H12345678", "H1234567802", "H1234567801"):
        found = find(counter, kind, number)
        assert found is not None
        assert found.id == person.id
    assert find(counter, kind, "H12345679") is None
