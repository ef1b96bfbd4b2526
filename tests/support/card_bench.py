"""A counter with everything in process: registry, other parties, park system, journal, real chips.

The chips are the emulator's, in readers of a scripted PC/SC; what a holder types is a list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from purse_tearing import Money, TornCard
from registry import BANK, Bench, bench
from visits import Holder

from card_profiles.identifiers import card_number_check
from card_profiles.profiles import BEIJING
from emulator.card import SoftwareCard
from emulator.facts import CardFacts, made_up_facts
from emulator.memory import Memory
from emulator.park_system import ParkSystem
from emulator.pcsc import ScriptedPcsc
from terminal.config import Config, Park
from terminal.journal import Journal, SqliteStore, Store
from terminal.keys import software
from terminal.parties.park import HttpsParkSystem
from terminal.readers.port import PcscFailure
from terminal.registry import cards, persons, seats
from terminal.registry.cards import Card, Made
from terminal.registry.persons import NewPerson, Person
from terminal.rules.documents import DocumentKind, DocumentNumber, PersonKind
from terminal.rules.states import Financial
from terminal.rules.vocabulary import Generation
from terminal.services.offered.at_card import CardAtDesk, card_on
from terminal.services.offered.slot import Slot, Tools
from terminal.services.purse_keys import PurseKeys
from terminal.texts import Text

READER, OTHER_READER = "Reader 00 00", "Other reader 01 00"
PIN = "123456"


def facts_of(number: int, seed: int = 1, **more: Any) -> CardFacts:
    """Make the facts of a person's `number`-th card: its own chip, its own purse."""
    facts = made_up_facts(BEIJING, seed)
    assert facts.transit is not None
    serial = f"{facts.transit.serial[:-2]}{number:02}"
    body = f"A{seed:03}{number:04}"
    transit = replace(facts.transit, serial=serial, start_date=date(2026, 1, 1))
    return replace(
        facts,
        serial=bytes((0, 0, seed, number)),
        issue_date=date(2026, 1, 1),
        expiry_date=date(2036, 1, 1),
        card_number=body + card_number_check(body),
        transit=transit,
        **more,
    )


@cache
def _cells(number: int, seed: int, more: tuple[tuple[str, Any], ...]) -> dict[str, bytes]:
    return SoftwareCard.new(BEIJING, facts_of(number, seed, **dict(more))).memory.cells()


def chip(number: int = 1, seed: int = 1, **more: Any) -> TornCard:
    """Make a card; laying one out takes a while, copying its cells does not."""
    cells = _cells(number, seed, tuple(more.items()))
    return TornCard(SoftwareCard(BEIJING, Memory(cells)))


def chip_id(card: Any) -> str:
    """Read a card's id past all commands."""
    return str(card.memory.cells()["SSSE.EF05.1"][2:18].hex().upper())


def purse(card: Any) -> int:
    """Read what a card's purse holds past all commands."""
    return Money.of(card.memory).available


class CardBench:
    """Hold a counter, and the registry of the person whose cards these are."""

    def __init__(self, folder: Path, store: Callable[[Store], Store] = lambda each: each) -> None:
        self.bench: Bench = bench(folder)
        self.pcsc: Any = ScriptedPcsc(READER, OTHER_READER, failure=PcscFailure)
        self.config = Config(park=Park(prices={"1": 10_000, "2": 5_000}))
        self.journal = Journal(store(SqliteStore(folder / "journal.db")), self.clock)
        self.park = ParkSystem()
        self.holder = Holder()
        self.said: list[Text] = []
        self.change_seconds = 0.0
        self._keys = software.development("uniform")
        self._open = ExitStack()

    def clock(self) -> datetime:
        """Let a second pass whenever somebody asks, so that no two moments are one."""
        self.bench.later(seconds=1)
        return self.bench.now

    @property
    def tools(self) -> Tools:
        """Give what cards are worked on with."""
        return Tools(
            pcsc=self.pcsc,
            config=self.config,
            keys=self._keys,
            purse_keys=PurseKeys(self.config, self.pcsc, self.clock),
            journal=self.journal,
            park=HttpsParkSystem(self._ask_park),
            operator="wang",
            open_entry=self.holder.open,
            clock=self.clock,
            say=self.said.append,
            wait_seconds=0,
            change_seconds=self.change_seconds,
        )

    def _ask_park(self, text: str) -> str:
        from terminal.errors import HostUnreachable

        try:
            return self.park.answer(text)
        except ConnectionError:
            raise HostUnreachable(detail="timed out") from None

    # --- Cards -------------------------------------------------------------------------------

    def lay(self, card: Any, reader: str = READER) -> None:
        """Lay a card into a reader, whatever was there before."""
        if self.pcsc.readers[reader].card is not None:
            self.pcsc.remove(reader)
        self.pcsc.insert(reader, card)

    @contextmanager
    def slot(self, reader: str = READER, **more: Any) -> Iterator[Slot]:
        """Sit down at a reader."""
        tools = self.tools
        with closing(tools.purse_keys), Slot(tools, reader, **more) as slot:
            yield slot

    @contextmanager
    def laid(self, card: Any, reader: str = READER) -> Iterator[CardAtDesk]:
        """Lay a card on and identify it."""
        self.lay(card, reader)
        with self.slot(reader) as slot:
            yield card_on(slot)

    # --- The registry ------------------------------------------------------------------------

    def person(self, seed: int = 1, **more: Any) -> Person:
        """Put the holder of a seed's cards on record."""
        holder = facts_of(1, seed).holder
        assert holder is not None
        new = NewPerson(
            PersonKind.CITIZEN,
            holder.name,
            DocumentNumber(DocumentKind.CITIZEN_ID, holder.social_security_number),
            birth=holder.birth_date,
            mobile="13800000000",
        )
        with self.bench.registry.writing() as tx:
            return persons.add(tx, replace(new, **more))

    def register(self, person: Person, card: Any, number: int = 1, seed: int = 1) -> Card:
        """Put a chip on record as a person's card, enabled and in their hands."""
        facts = facts_of(number, seed)
        assert facts.transit is not None
        with self.bench.registry.writing() as tx:
            made = Made(
                facts.card_number or "", chip_id(card), facts.transit.serial, "6200000000000000001"
            )
            registered = cards.register(
                tx,
                person.id,
                Generation.THIRD,
                made,
                bank=BANK,
                region="110000",
                financial=Financial.ON,
            )
            seats.take(tx, person.id, card_id=registered.id)
        return registered

    def close(self) -> None:
        """Close what is open."""
        self.journal.close()
        self.bench.registry.close()
