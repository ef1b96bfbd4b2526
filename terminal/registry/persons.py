"""Persons: who they are by which document, how they are reached, whether they live.

Everything personal is sealed for its row; a person is found by the blind index of a number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from terminal.errors import PersonalDataDamaged
from terminal.masking import Masked, mask_name, mask_number
from terminal.registry.tables.persons import IDENTITY, PERSON
from terminal.registry.transaction import Transaction
from terminal.rules.documents import (
    DocumentKind,
    DocumentNumber,
    PersonKind,
    birth_date_of,
)

_LENGTH_OF_GB_11643 = 18


@dataclass(frozen=True, slots=True)
class KnownBy:
    """Hold a document that a person is known by; ``ended_at`` where it was changed for another."""

    id: int
    document: DocumentKind
    number: Masked[str]
    valid_until: date | None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Hold a person as the registry knows them; who erased them left a row without names."""

    id: int
    kind: PersonKind
    name: Masked[str]
    birth: date | None = field(repr=False)
    nationality: str
    mobile: Masked[str] | None
    address: Masked[str] | None
    occupation: str
    data_version: int
    deceased_on: date | None
    death_reminded_at: datetime | None
    erased_at: datetime | None
    documents: tuple[KnownBy, ...] = ()

    @property
    def document(self) -> KnownBy:
        """Give the document in force; raises LookupError where none is."""
        for each in self.documents:
            if each.ended_at is None:
                return each
        raise LookupError("no document in force")

    @property
    def alive(self) -> bool:
        """Say whether nothing tells of a death."""
        return self.deceased_on is None and self.death_reminded_at is None


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Hold what a person is put on record with."""

    kind: PersonKind
    name: str = field(repr=False)
    document: DocumentNumber
    valid_until: date | None = None
    birth: date | None = field(default=None, repr=False)
    nationality: str = ""
    mobile: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    occupation: str = ""


@dataclass(frozen=True, slots=True)
class MinorData:
    """Hold minor data 个人非基本信息 (Rules Art. 17); None where it stays as it is."""

    mobile: str | None = field(default=None, repr=False)
    occupation: str | None = None
    address: str | None = field(default=None, repr=False)


_BY_ID = select(PERSON).where(PERSON.c.id == bindparam("id"))
_DOCUMENTS = (
    select(IDENTITY)
    .where(IDENTITY.c.person_id == bindparam("person_id"))
    .order_by(IDENTITY.c.id.desc())
)
_BY_BLIND = (
    select(PERSON, IDENTITY.c.ended_at.label("known_ended_at"))
    .join(IDENTITY, IDENTITY.c.person_id == PERSON.c.id)
    .where(IDENTITY.c.blind == bindparam("blind"))
    .order_by(IDENTITY.c.ended_at.is_(None).desc(), IDENTITY.c.id.desc())
)
_ADD = insert(PERSON)
_SEAL = update(PERSON).where(PERSON.c.id == bindparam("person_id"))
_ADD_DOCUMENT = insert(IDENTITY)
_SEAL_DOCUMENT = update(IDENTITY).where(IDENTITY.c.id == bindparam("identity_id"))
_END_DOCUMENTS = update(IDENTITY).where(
    IDENTITY.c.person_id == bindparam("of_person"), IDENTITY.c.ended_at.is_(None)
)


def find(tx: Transaction, document: DocumentNumber, nationality: str = "") -> Person | None:
    """Find a person by a document's number, also by one that was changed since.

    Raises PersonalDataDamaged where the index leads to somebody who never had that number.
    """
    row = tx.row(_BY_BLIND, blind=blind_of(tx, document, nationality))
    if row is None:
        return None
    person = _read(tx, row)
    lasting = _lasting(document.kind, document.number)
    if all(_lasting(each.document, each.number.reveal()) != lasting for each in person.documents):
        raise PersonalDataDamaged(place=f"identity.blind:{person.id}")
    return person


def get(tx: Transaction, person_id: int) -> Person:
    """Give a person by their number in the registry; raises KeyError."""
    row = tx.row(_BY_ID, id=person_id)
    if row is None:
        raise KeyError(person_id)
    return _read(tx, row)


def add(tx: Transaction, new: NewPerson) -> Person:
    """Put a person on record; raises IntegrityError where the number is another's already."""
    birth = new.birth or birth_date_of(new.document.number)
    person_id = tx.add(
        _ADD,
        kind=new.kind.value,
        nationality=new.nationality,
        occupation=new.occupation,
        created_at=tx.at,
    )
    tx.run(
        _SEAL,
        person_id=person_id,
        name=tx.seal(_place("name", person_id), new.name),
        birth=tx.seal(_place("birth", person_id), birth.isoformat() if birth else None),
        mobile=tx.seal(_place("mobile", person_id), new.mobile or None),
        address=tx.seal(_place("address", person_id), new.address or None),
    )
    _add_document(tx, person_id, new.document, new.valid_until, new.nationality)
    return get(tx, person_id)


def change_minor(tx: Transaction, person: Person, data: MinorData) -> Person:
    """Change minor data, and count up their version: the chip's copy follows (R-PENDING)."""
    values: dict[str, Any] = {"data_version": person.data_version + 1}
    if data.mobile is not None:
        values["mobile"] = tx.seal(_place("mobile", person.id), data.mobile)
    if data.address is not None:
        values["address"] = tx.seal(_place("address", person.id), data.address)
    if data.occupation is not None:
        values["occupation"] = data.occupation
    tx.run(_SEAL, person_id=person.id, **values)
    return get(tx, person.id)


def change_basic(
    tx: Transaction, person: Person, name: str, document: DocumentNumber, until: date | None = None
) -> Person:
    """Change name or document after the offices did (Rules Art. 17); the old number still finds."""
    values: dict[str, Any] = {"name": tx.seal(_place("name", person.id), name)}
    birth = birth_date_of(document.number)
    if birth is not None:
        values["birth"] = tx.seal(_place("birth", person.id), birth.isoformat())
    tx.run(_SEAL, person_id=person.id, **values)
    current = person.document
    if (current.document, current.number.reveal()) != (document.kind, document.number):
        tx.run(_END_DOCUMENTS, of_person=person.id, ended_at=tx.at)
        _add_document(tx, person.id, document, until, person.nationality)
    return get(tx, person.id)


def note_validity(tx: Transaction, person: Person, until: date | None) -> Person:
    """Note until when the document in force is valid; None for without end."""
    tx.run(_SEAL_DOCUMENT, identity_id=person.document.id, valid_until=until)
    return get(tx, person.id)


def note_death(
    tx: Transaction,
    person: Person,
    *,
    deceased_on: date | None,
    reminded: bool,
    at: datetime | None = None,
) -> Person:
    """Note a death; ``reminded``: by the system, which starts R-DEAD-10WD, once.

    ``at`` is when it reminded, where that was not now.
    """
    reminded_at = person.death_reminded_at or ((at or tx.at) if reminded else None)
    tx.run(
        _SEAL,
        person_id=person.id,
        deceased_on=person.deceased_on or deceased_on,
        death_reminded_at=reminded_at,
    )
    return get(tx, person.id)


def correct_death(tx: Transaction, person: Person) -> Person:
    """Take back a death that was recorded wrongly, once the data-sharing port says alive."""
    tx.run(_SEAL, person_id=person.id, deceased_on=None, death_reminded_at=None)
    return get(tx, person.id)


_FOR_LIFE = 9
"""Characters of a home-return permit's number that its holder keeps (公安部, 2010)."""


def blind_of(tx: Transaction, document: DocumentNumber, nationality: str = "") -> bytes:
    """Give the blind index of a number: a citizen's is one, whichever document shows it."""
    number = _lasting(document.kind, document.number)
    if len(number) == _LENGTH_OF_GB_11643 and birth_date_of(number) is not None:
        space = "gb11643"
    elif document.kind is DocumentKind.PASSPORT:
        space = f"{document.kind}:{nationality}"
    else:
        space = document.kind.value
    return tx.vault.blind("identity", f"{space}:{number}")


def _lasting(kind: DocumentKind, number: str) -> str:
    """Give what of a number stays: a home-return permit's last two digits count its renewals."""
    return number[:_FOR_LIFE] if kind is DocumentKind.HOME_RETURN_PERMIT else number


def _add_document(
    tx: Transaction,
    person_id: int,
    document: DocumentNumber,
    until: date | None,
    nationality: str,
) -> None:
    identity_id = tx.add(
        _ADD_DOCUMENT,
        person_id=person_id,
        document=document.kind.value,
        blind=blind_of(tx, document, nationality),
        valid_until=until,
        from_at=tx.at,
    )
    tx.run(
        _SEAL_DOCUMENT,
        identity_id=identity_id,
        number=tx.seal(f"identity.number:{identity_id}", document.number),
    )


def _read(tx: Transaction, row: Row[Any]) -> Person:
    opened = {
        name: tx.open(_place(name, row.id), getattr(row, name))
        for name in ("name", "birth", "mobile", "address")
    }
    return Person(
        id=row.id,
        kind=tx.one_of(PersonKind, row.kind),
        name=Masked(opened["name"] or "", mask_name),
        birth=date.fromisoformat(opened["birth"]) if opened["birth"] else None,
        nationality=row.nationality,
        mobile=_masked(opened["mobile"]),
        address=Masked(opened["address"], mask_name) if opened["address"] else None,
        occupation=row.occupation,
        data_version=row.data_version,
        deceased_on=row.deceased_on,
        death_reminded_at=row.death_reminded_at,
        erased_at=row.erased_at,
        documents=tuple(_document(tx, each) for each in tx.rows(_DOCUMENTS, person_id=row.id)),
    )


def _document(tx: Transaction, row: Row[Any]) -> KnownBy:
    number = tx.open(f"identity.number:{row.id}", row.number)
    return KnownBy(
        row.id,
        tx.one_of(DocumentKind, row.document),
        Masked(number or "", mask_number),
        row.valid_until,
        row.ended_at,
    )


def _masked(value: str | None) -> Masked[str] | None:
    return Masked(value, mask_number) if value else None


def _place(column: str, person_id: int) -> str:
    return f"person.{column}:{person_id}"
