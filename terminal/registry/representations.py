"""Who acts for a person: guardians by law, agents with a written authorisation, kin after a death.

R-AGENT (Rules Art. 24), R-GUARDIAN. An authorisation names services and may end on a day.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from terminal.masking import Masked, mask_name, mask_number
from terminal.registry.persons import blind_of
from terminal.registry.tables.persons import REPRESENTATION
from terminal.registry.transaction import Transaction
from terminal.rules.documents import DocumentKind, DocumentNumber
from terminal.rules.vocabulary import Service


class Right(StrEnum):
    """By what right somebody acts for a person."""

    GUARDIAN = "guardian"
    AGENT = "agent"
    KIN = "kin"


@dataclass(frozen=True, slots=True)
class Representation:
    """Hold who acts for a person; no services named means all that the right allows."""

    id: int
    person_id: int
    right: Right
    document: DocumentKind
    number: Masked[str]
    name: Masked[str]
    proof: str
    services: frozenset[Service]
    from_at: datetime
    until: datetime | None
    ended_at: datetime | None

    def in_force(self, at: datetime) -> bool:
        """Say whether it is in force at a moment."""
        return self.ended_at is None and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class NewRepresentation:
    """Hold what is put on record of who acts for a person."""

    person_id: int
    right: Right
    document: DocumentNumber
    name: str = field(repr=False)
    proof: str
    services: frozenset[Service] = frozenset()
    until: datetime | None = None


_OF_PERSON = (
    select(REPRESENTATION)
    .where(REPRESENTATION.c.person_id == bindparam("person_id"))
    .order_by(REPRESENTATION.c.id.desc())
)
_BY_ID = select(REPRESENTATION).where(REPRESENTATION.c.id == bindparam("id"))
# What a service noted of a paper that was shown for it has its run, and is for that one alone.
_STANDING = _OF_PERSON.where(
    REPRESENTATION.c.blind == bindparam("blind"),
    REPRESENTATION.c.kind == Right.AGENT.value,
    REPRESENTATION.c.run_id.is_(None),
)
_GUARDIANS = _OF_PERSON.where(
    REPRESENTATION.c.blind == bindparam("blind"),
    REPRESENTATION.c.kind == Right.GUARDIAN.value,
)
_ADD = insert(REPRESENTATION)
_CHANGE = update(REPRESENTATION).where(REPRESENTATION.c.id == bindparam("representation_id"))


def add(tx: Transaction, new: NewRepresentation, *, run_id: int | None) -> int:
    """Put on record who acts for a person, by which proof."""
    representation_id = tx.add(
        _ADD,
        person_id=new.person_id,
        kind=new.right.value,
        document=new.document.kind.value,
        blind=blind_of(tx, new.document),
        proof=new.proof,
        services=" ".join(sorted(new.services)),
        from_at=tx.at,
        until=new.until,
        run_id=run_id,
    )
    tx.run(
        _CHANGE,
        representation_id=representation_id,
        number=tx.seal(_place("number", representation_id), new.document.number),
        name=tx.seal(_place("name", representation_id), new.name),
    )
    return representation_id


def end(tx: Transaction, representation_id: int) -> None:
    """Note that it has ended: withdrawn, used up, of age."""
    tx.run(_CHANGE, representation_id=representation_id, ended_at=tx.at)


def get(tx: Transaction, representation_id: int) -> Representation:
    """Give who acts for a person by the record's number; raises KeyError."""
    row = tx.row(_BY_ID, id=representation_id)
    if row is None:
        raise KeyError(representation_id)
    return _read(tx, row)


def of_person(tx: Transaction, person_id: int) -> tuple[Representation, ...]:
    """Give who acts, or acted, for a person; the newest first."""
    return tuple(_read(tx, row) for row in tx.rows(_OF_PERSON, person_id=person_id))


def standing(
    tx: Transaction, person_id: int, document: DocumentNumber
) -> tuple[Representation, ...]:
    """Give an agent's standing authorisations, also those that have ended."""
    rows = tx.rows(_STANDING, person_id=person_id, blind=blind_of(tx, document))
    return tuple(_read(tx, row) for row in rows)


def covers(
    tx: Transaction, person_id: int, document: DocumentNumber, service: Service
) -> bool | None:
    """Say whether an agent's standing authorisation covers a service; None: there is none."""
    found = standing(tx, person_id, document)
    if not found:
        return None
    return any(
        each.in_force(tx.at) and (not each.services or service in each.services) for each in found
    )


def withdrawn(tx: Transaction, person_id: int, document: DocumentNumber) -> bool:
    """Say whether the holder took an authorisation of this agent back."""
    return any(each.ended_at is not None for each in standing(tx, person_id, document))


def guards(tx: Transaction, person_id: int, document: DocumentNumber) -> bool:
    """Say whether somebody is on record as a person's guardian (R-GUARDIAN)."""
    rows = tx.rows(_GUARDIANS, person_id=person_id, blind=blind_of(tx, document))
    return any(_read(tx, row).in_force(tx.at) for row in rows)


def _read(tx: Transaction, row: Row[Any]) -> Representation:
    number = tx.open(_place("number", row.id), row.number)
    name = tx.open(_place("name", row.id), row.name)
    return Representation(
        row.id,
        row.person_id,
        Right(row.kind),
        DocumentKind(row.document),
        Masked(number or "", mask_number),
        Masked(name or "", mask_name),
        row.proof,
        frozenset(Service(each) for each in row.services.split()),
        row.from_at,
        row.until,
        row.ended_at,
    )


def _place(column: str, representation_id: int) -> str:
    return f"representation.{column}:{representation_id}"
