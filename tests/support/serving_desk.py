"""A desk that serves, in process: the command line, the other parties, a park system, chips.

What people type is given as lines, PINs among them; cards lie in readers of a scripted PC/SC.
"""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from book import CHEAP, PASSWORD
from card_bench import OTHER_READER, READER, chip, chip_id, facts_of
from desk import Ran
from parties import in_process, other_parties
from registry import Bench, citizen_id
from registry_desk import FILES, STOCK, RegistryDesk, template
from sqlalchemy import update

from emulator.facts import Holder
from emulator.park_system import ParkSystem
from emulator.parties.city import NAMES
from emulator.pcsc import ScriptedPcsc
from terminal.cli import laid_cards
from terminal.config import Config
from terminal.errors import HostUnreachable
from terminal.journal import SqliteStore
from terminal.parties.lines import Parties, parties_over, telling
from terminal.parties.park import HttpsParkSystem
from terminal.readers.port import PcscFailure
from terminal.registry import audit_search, cards, persons, seats
from terminal.registry.audit_search import Entry, Wanted
from terminal.registry.cards import Card, Made
from terminal.registry.operators import Role
from terminal.registry.persons import Person
from terminal.registry.store import open_registry
from terminal.registry.tables.work import DUTY
from terminal.registry.vault import Vault, load_key
from terminal.rules.documents import DocumentKind, DocumentNumber
from terminal.rules.states import Financial, Social
from terminal.rules.vocabulary import Generation
from terminal.services.offered import sitting, slot
from terminal.services.operators import Operators

NAME = "王建国"
JOURNAL = "journal.db"
ISSUER, AGENT = "wu", "he"
"""Who makes cards, and who sits at the telephone."""


@functools.cache
def everybody() -> Path:
    """Make a registry with somebody of every role, and a journal, once a run."""
    folder = Path(tempfile.mkdtemp(prefix="guitai-serving-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name in STOCK:
        shutil.copy(template() / name, folder / name)
    SqliteStore(folder / JOURNAL).close()
    registry = open_registry(folder / FILES["file"], Vault(load_key(folder / "key")), _now)
    people = Operators(registry, "A01-1", CHEAP)
    zhang = people.sign_in("zhang", PASSWORD).who
    for operator, name, role in ((ISSUER, "吴五", Role.ISSUER), (AGENT, "何热线", Role.HOTLINE)):
        _, once = people.add(zhang, operator, name, [role])
        people.change_password(operator, once, PASSWORD)
    registry.close()
    return folder


def _now() -> datetime:
    return datetime.now(UTC)


class ServingDesk(RegistryDesk):
    """Serve at a channel of the regulation."""

    def __init__(self, *given: Any, channel: str = "BANK", bank: str = "BOB") -> None:
        super().__init__(*given)
        monkeypatch: pytest.MonkeyPatch = given[1]
        monkeypatch.setenv("XDG_STATE_HOME", str(self.folder / "state"))
        self.pcsc: Any = ScriptedPcsc(READER, OTHER_READER, failure=PcscFailure)
        self.others = other_parties(now=_now())
        self.park = ParkSystem()
        monkeypatch.setattr(sitting, "parties_from", self._parties)
        monkeypatch.setattr(laid_cards, "Scard", lambda: self.pcsc)
        monkeypatch.setattr(slot, "from_settings", lambda *_: HttpsParkSystem(self._ask_park))
        self.sit_at(channel, bank)

    def sit_at(self, channel: str, bank: str = "") -> None:
        """Move to another counter of the same registry."""
        lines = ["[outlet]", 'id = "A01"', f'channel = "{channel}"', f'bank = "{bank}"']
        lines += ["[registry]", *(f'{name} = "{each}"' for name, each in FILES.items())]
        lines += ["[journal]", f'file = "{JOURNAL}"', "[park]", 'url = "https://park.example/"']
        lines += ["[readers.roles]", f'counter = "{READER}"']
        self.config.write_text("\n".join(lines))

    def stocked(self) -> ServingDesk:
        """Put registry and journal there, with somebody of every role."""
        for name in (*STOCK, JOURNAL):
            shutil.copy(everybody() / name, self.folder / name)
        return self

    # --- Who comes ---------------------------------------------------------------------------

    @contextmanager
    def bench(self) -> Iterator[Bench]:
        """Open the registry past the command line."""
        vault = Vault(load_key(self.folder / "key"))
        registry = open_registry(self.folder / "registry.db", vault, lambda: self.others.now)
        try:
            yield Bench(registry, self.others, self.folder / "registry.db")
        finally:
            registry.close()

    def wait_over(self) -> None:
        """Let what is owed be due again."""
        with self.bench() as on, on.registry.writing() as tx:
            tx.run(update(DUTY).values(next_at=DUTY.c.made_at))

    def person(self, sequence: int = 1, name: str = NAME) -> Person:
        """Put somebody on record."""
        with self.bench() as on:
            return on.person(name, sequence)

    def card_of(
        self, sequence: int = 1, name: str = NAME, *, social: Social = Social.ON
    ) -> tuple[Any, Card]:
        """Put somebody with a card on record; gives the chip and the registry's card."""
        made = chip_of(sequence, name=name)
        with self.bench() as on, on.registry.writing() as tx:
            document = DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(sequence))
            person = persons.find(tx, document)
            if person is None:
                new = persons.NewPerson(
                    persons.PersonKind.CITIZEN, name, document, mobile="13800000000"
                )
                person = persons.add(tx, new)
            card = cards.register(
                tx,
                person.id,
                Generation.THIRD,
                made_of(made, sequence),
                bank="BOB",
                region="110000",
                financial=Financial.ON,
                social=social,
            )
            seats.take(tx, person.id, card_id=card.id)
        return made, card

    def lay(self, card: Any, reader: str = READER) -> None:
        """Lay a card into a reader, whatever was there before."""
        if self.pcsc.readers[reader].card is not None:
            self.pcsc.remove(reader)
        self.pcsc.insert(reader, card)

    def restart_readers(self, card: Any) -> None:
        """Let the readers go that a stopped command held, and lay a card on again."""
        self.pcsc = ScriptedPcsc(READER, OTHER_READER, failure=PcscFailure)
        self.lay(card)

    def as_(self, operator: str) -> ServingDesk:
        """Have somebody else sit down."""
        self.sign_in(operator)
        return self

    # --- How it is done ----------------------------------------------------------------------

    def _parties(self, _config: Config, answered: Callable[[str], object]) -> Parties:
        line = in_process(self.others.city.answer)
        lines = {name: telling(line, name, answered) for name in NAMES}
        return parties_over(lines, dict.fromkeys(NAMES, "010-00000000"))

    def _ask_park(self, text: str) -> str:
        try:
            return self.park.answer(text)
        except ConnectionError:
            raise HostUnreachable(detail="timed out") from None


def chip_of(sequence: int, number: int = 1, name: str = NAME, **more: Any) -> Any:
    """Make a person's `number`-th card, the person's number on it as the document has it."""
    holder = Holder(citizen_id(sequence), name, "1", "01", "110105", date(1990, 3, 7))
    return chip(number, sequence, holder=holder, **more)


def made_of(card: Any, sequence: int, number: int = 1) -> Made:
    """Give what the registry knows a card by."""
    facts = facts_of(number, sequence)
    assert facts.transit is not None
    account = facts.bank_account or ""
    return Made(facts.card_number or "", chip_id(card), facts.transit.serial, account)


def typed(sequence: int = 1, name: str = NAME) -> tuple[str, str, str]:
    """Give what is typed of a document: its number twice, the name."""
    return citizen_id(sequence), citizen_id(sequence), name


def code(ran: Ran) -> str:
    """Give the code of the error that a command printed."""
    return str(ran.json["error"]["code"])


def noted(desk: ServingDesk, **wanted: Any) -> tuple[Entry, ...]:
    """Look things up in a desk's audit."""
    with desk.bench() as on, on.registry.reading() as tx:
        return audit_search.search(tx, Wanted(**wanted))
