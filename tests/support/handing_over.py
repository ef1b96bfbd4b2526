"""Cards that are made and wait, for tests: first cards and those that take another's place."""

from __future__ import annotations

import copy
import functools
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from applying import apply_for, newest, produce, shown
from chips import Drawer
from offered import do
from registry import Bench, bench

from terminal.registry import applications, batches, persons, seats
from terminal.registry.applications import Application, NewApplication, Sort
from terminal.registry.batches import Batch, NewBatch
from terminal.registry.cards import Card
from terminal.registry.machines import Kind
from terminal.registry.persons import Person
from terminal.rules.vocabulary import Service
from terminal.services.offered.desk import Desk

PAYOUT = "6217000011112222"
"""An account of another bank, for transit money."""


@dataclass(frozen=True)
class Laid:
    """Hold a bench with a person, the card that waits, and the old one whose place it takes."""

    on: Bench
    person: Person
    new: Card
    old: Card | None


@dataclass(frozen=True)
class _Ready:
    """Hold what was prepared once: a folder, what the parties know, which cards there are."""

    folder: Path
    parties: dict[str, Any]
    made: int
    person: int
    new: int
    old: int | None


def first_ready(folder: Path) -> Laid:
    """Open a registry in a folder in which a first card is made and waits."""
    return _laid(folder, _ready("first"))


def renewal_ready(folder: Path) -> Laid:
    """Open a registry in a folder in which a card is renewed and the new one waits."""
    return _laid(folder, _ready("renewal"))


def held(folder: Path) -> Laid:
    """Open a registry in a folder in which somebody holds a first card, not enabled yet."""
    return _laid(folder, _ready("held"))


def collected(folder: Path) -> Laid:
    """Open a registry in a folder in which a renewed card is held, and the old one in custody."""
    return _laid(folder, _ready("collected"))


def _prepare_first(on: Bench) -> tuple[Person, Card, Card | None]:
    return (*first(on), None)


def _prepare_renewal(on: Bench) -> tuple[Person, Card, Card | None]:
    person = on.person()
    old = on.card(person)
    return person, following(on, person), old


def _prepare_held(on: Bench) -> tuple[Person, Card, Card | None]:
    person, card = first(on)
    do(on, Service.COLLECT, person)
    return person, card, None


def _prepare_collected(on: Bench) -> tuple[Person, Card, Card | None]:
    person, new, old = _prepare_renewal(on)
    assert old is not None
    desk, _drawer = both(on, on.path.parent, new, old)
    do(on, Service.COLLECT, person, desk)
    return person, new, old


_PREPARED: dict[str, Callable[[Bench], tuple[Person, Card, Card | None]]] = {
    "first": _prepare_first,
    "renewal": _prepare_renewal,
    "held": _prepare_held,
    "collected": _prepare_collected,
}


@functools.cache
def _ready(name: str) -> _Ready:
    """Prepare once what every test begins with; a copy is quicker than an application."""
    folder = Path(tempfile.mkdtemp(prefix="guitai-ready-"))
    on = bench(folder)
    person, new, old = _PREPARED[name](on)
    on.registry.close()
    known = {party.name: party.state for party in on.others.city}
    return _Ready(folder, known, on.made, person.id, new.id, old.id if old else None)


def _laid(folder: Path, ready: _Ready) -> Laid:
    for name in ("registry.db", "key"):
        shutil.copy(ready.folder / name, folder / name)
    on = bench(folder)
    on.made = ready.made
    for party in on.others.city:
        party.state = copy.deepcopy(ready.parties[party.name])
    with on.registry.reading() as tx:
        person = persons.get(tx, ready.person)
    old = on.look(ready.old) if ready.old is not None else None
    return Laid(on, person, on.look(ready.new), old)


def first(on: Bench, sequence: int = 7, number: int = 99, **said: str) -> tuple[Person, Card]:
    """Have somebody apply for a first card, which is made and waits."""
    holder = shown(sequence=sequence)
    apply_for(on, holder, on.desk(), key=f"apply-{sequence:05}-{number}", **said)
    card = produce(on, newest(on), number)
    with on.registry.reading() as tx:
        person = persons.find(tx, holder.document)
    assert person is not None
    return person, card


def following(
    on: Bench,
    person: Person,
    service: Service = Service.RENEW,
    number: int = 77,
    **wishes: str,
) -> Card:
    """Have a person's card renewed or replaced; the new one is made and waits."""
    said = {"grounds": "face", "payout": PAYOUT} if service is Service.RENEW else {}
    do(on, service, person, wishes={**said, **wishes})
    return produce(on, newest(on), number)


def plea_of(on: Bench, card: Card) -> Application:
    """Give the application that a card was made for."""
    with on.registry.reading() as tx:
        found = applications.of_card(tx, card.id)
    assert found is not None
    return found


def both(on: Bench, folder: Path, new: Card, old: Card, **chip: object) -> tuple[Desk, Drawer]:
    """Lay the new card on the desk, with the old one beside it; ``chip`` is what that one has."""
    drawer = Drawer.opened(folder)
    desk = on.desk().with_chip(
        drawer.put_in(new),
        drawer.put_in(old, **chip),  # type: ignore[arg-type]  # fields by name
    )
    return desk, drawer


def group(on: Bench, count: int, start: int = 20) -> tuple[Batch, tuple[Card, ...]]:
    """Have an employer apply for some people, whose cards are made and wait."""
    made = []
    with on.registry.writing() as tx:
        new = NewBatch("北京某某有限公司", "91110000MA00000000", "BOB", "13900000000")
        batch = batches.add(tx, new, run_id=None)
    for sequence in range(start, start + count):
        person = on.person(f"职工{sequence}", sequence)
        with on.registry.writing() as tx:
            plea = applications.apply(
                tx, NewApplication(person.id, Sort.FIRST, "BOB", batch_id=batch.id), run_id=None
            )
            seats.take(tx, person.id, application_id=plea.id)
        made.append(produce(on, plea, sequence))
    return batch, tuple(made)


def state_of(on: Bench, card: Card, what: Kind = Kind.LIFE) -> str:
    """Give a state of a card now."""
    return str(getattr(on.look(card), what.value).state)
