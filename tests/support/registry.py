"""A registry for tests: on a disk of its own, with a clock that is set, and made-up people.

The schema is made once a run and copied, for making it takes longer than a service.
"""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from parties import MORNING, Others, other_parties

from card_profiles.identifiers import card_number_check, citizen_id_check
from terminal.registry import cards, persons, seats
from terminal.registry.cards import Card, Made
from terminal.registry.persons import NewPerson, Person
from terminal.registry.store import Registry, init_registry, open_registry
from terminal.registry.vault import Vault, load_key, make_key_file
from terminal.rules.case import Where
from terminal.rules.documents import DocumentKind, DocumentNumber, PersonKind
from terminal.rules.states import Financial
from terminal.rules.vocabulary import Actor, Channel, Generation, Paper, Service
from terminal.services.offered.desk import Desk
from terminal.services.offered.request import Named, Request

BANK, OTHER_BANK = "BOB", "ICBC"
ALL_PAPERS = frozenset(Paper)


@functools.cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="guitai-registry-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    make_key_file(folder / "key")
    init_registry(folder / "registry.db", Vault(load_key(folder / "key")), lambda: MORNING).close()
    return folder


def citizen_id(sequence: int = 1, born: str = "19900307", region: str = "110105") -> str:
    """Make up a citizen number that no person has been given on purpose."""
    body = f"{region}{born}{sequence:03}"
    return body + citizen_id_check(body)


def card_number(series: str, sequence: int) -> str:
    """Make up a card's number, with its check character."""
    body = f"{series}{sequence:07}"
    return body + card_number_check(body)


@dataclass
class Bench:
    """Hold a registry with its other parties; ``now`` is every clock's."""

    registry: Registry
    others: Others
    path: Path
    made: int = field(default=0)

    @property
    def now(self) -> datetime:
        """The moment that everybody's clock shows."""
        return self.others.now

    @now.setter
    def now(self, moment: datetime) -> None:
        self.others.now = moment

    def later(self, **delta: float) -> None:
        """Let time pass."""
        self.others.now += timedelta(**delta)

    def desk(
        self,
        channel: Channel = Channel.BANK,
        bank: str = BANK,
        *,
        instant: bool = False,
        operator: str = "wang",
    ) -> Desk:
        """Sit down somewhere."""
        where = Where(channel, bank if channel is Channel.BANK else "", instant)
        return Desk(self.registry, self.others.ports, where, "A01", operator)

    def person(self, name: str = "王建国", sequence: int = 1, **more: object) -> Person:
        """Put a made-up person on record."""
        new = NewPerson(
            PersonKind.CITIZEN,
            name,
            DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(sequence)),
            mobile="13800000000",
        )
        with self.registry.writing() as tx:
            return persons.add(tx, replace(new, **more))  # type: ignore[arg-type]  # fields by name

    def card(
        self,
        person: Person,
        *,
        bank: str = BANK,
        generation: Generation = Generation.THIRD,
        financial: Financial = Financial.ON,
        seated: bool = True,
    ) -> Card:
        """Give a person an enabled card from before; ``seated``: as the one that is in force."""
        self.made += 1
        account = f"62{self.made:017}"
        with self.registry.writing() as tx:
            card = cards.register(
                tx,
                person.id,
                generation,
                Made(
                    number=f"A{self.made:07}5",
                    chip=f"110000D156000005{self.made:016X}",
                    transit_number=f"1000{self.made:016}",
                    account=account if financial is not Financial.NONE else "",
                    issued_on=date(2026, 1, 5),
                ),
                bank=bank,
                region="110000",
                financial=financial,
            )
            if generation is Generation.THIRD and seated:
                seats.take(tx, person.id, card_id=card.id)
        return card

    def look(self, card: Card | int) -> Card:
        """See how a card stands now."""
        with self.registry.reading() as tx:
            return cards.get(tx, card if isinstance(card, int) else card.id)


def bench(folder: Path, *, open_register: bool = True, kept: bool = False) -> Bench:
    """Open a fresh registry in a folder, or the one that is there; ``kept``: the parties too."""
    template = _template()
    for name in ("registry.db", "key"):
        if not (folder / name).exists():
            shutil.copy(template / name, folder / name)
    others = other_parties(open_register=open_register, folder=folder if kept else None)
    vault = Vault(load_key(folder / "key"))
    registry = open_registry(folder / "registry.db", vault, lambda: others.now)
    return Bench(registry, others, folder / "registry.db")


def named(person: Person, *, from_reader: bool = False) -> Named:
    """Have a person show their document."""
    document = person.document
    return Named(
        DocumentNumber(document.document, document.number.reveal()),
        person.name.reveal(),
        person.nationality,
        from_reader,
    )


SOMEBODY = Named(DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(77)), "代办人")
"""Who acts for holders."""


def ask(service: Service, person: Person | None = None, **more: object) -> Request:
    """Ask for a service with every paper at hand; who acts for the holder shows a document too."""
    if more.get("actor") in {Actor.AGENT, Actor.GUARDIAN, Actor.KIN}:
        more.setdefault("representative", SOMEBODY)
    request = Request(service, named(person) if person else None, papers=ALL_PAPERS)
    return replace(request, **more)  # type: ignore[arg-type]  # fields by name
