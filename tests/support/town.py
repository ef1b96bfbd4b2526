"""A town for stories: people with documents, counters of every kind, and real chips.

A story is told as its holder sees it: who asks where for what, with which card, and what comes of
it. The chips are the emulator's, in the readers of a scripted PC/SC; time is set by the story.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from applying import SAID, newest
from card_bench import OTHER_READER, READER, CardBench, chip, chip_id, facts_of, purse
from parties import BEIJING
from purse_tearing import TornCard
from registry import ALL_PAPERS, BANK, Bench, citizen_id

from card_profiles.park_pass import PassState
from emulator.facts import CardFacts
from emulator.facts import Holder as OnChip
from terminal.cards.park_pass import decode
from terminal.errors import GuitaiError, RuleRefused
from terminal.registry import cards, persons
from terminal.registry.cards import Card, Made
from terminal.registry.machines import Kind
from terminal.registry.persons import Person
from terminal.rules.documents import DocumentKind, DocumentNumber, birth_date_of
from terminal.rules.vocabulary import Actor, Channel, Paper, Service
from terminal.services.offered import production
from terminal.services.offered.answer import Answer
from terminal.services.offered.at_card import card_on
from terminal.services.offered.desk import Desk
from terminal.services.offered.request import Named, Request
from terminal.services.offered.running import carry_out
from terminal.services.offered.works import work_of

PAYOUT = "6217000011112222"
"""An account of somebody's at another bank."""
NEW_PIN = "836402"
DISTRICT, BANK_DESK, ONLINE = Channel.DISTRICT, Channel.BANK, Channel.ONLINE


def moment(text: str) -> datetime:
    """Read a moment in Beijing: "2026-03-02 09:00" or with seconds."""
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def somebody(name: str, sequence: int, born: str = "19900307", region: str = "110105") -> Named:
    """Have a citizen show their document."""
    number = citizen_id(sequence, born, region)
    return Named(DocumentNumber(DocumentKind.CITIZEN_ID, number), name)


@dataclass
class Plastic:
    """Hold a card that can be touched: its chip, and what was put on it."""

    chip: TornCard
    facts: CardFacts

    @property
    def money(self) -> int:
        """Read the purse past all commands, in fen."""
        return purse(self.chip)

    @property
    def passes(self) -> dict[int | None, PassState | None]:
        """Read the passes past all commands, by year."""
        cells = self.chip.memory.cells()
        found = [decode(number, cells[f"park_pass.0005.{number}"]) for number in range(1, 9)]
        return {each.year: each.state for each in found if each.year is not None}

    @property
    def made(self) -> Made:
        """Give what the card maker tells of it."""
        assert self.facts.transit is not None
        return Made(self.facts.card_number or "", chip_id(self.chip), self.facts.transit.serial)


class Dead:
    """A chip that gives no answer to reset."""

    atr = b""

    def power_on(self) -> None: ...
    def power_off(self) -> None: ...
    def reset(self) -> None: ...
    def transmit(self, command: bytes) -> bytes:
        raise AssertionError(command)


class Town:
    """Hold counters, other parties, and all that people have been given."""

    def __init__(self, folder: Path) -> None:
        self.counter = CardBench(folder)
        self.on: Bench = self.counter.bench
        self.city = self.on.others.city
        self._cards = count(1)
        self._keys = count(1)

    def close(self) -> None:
        """Close what is open."""
        self.counter.close()

    # --- Time ----------------------------------------------------------------------------------

    def at(self, when: str) -> None:
        """Let it be a moment in Beijing."""
        self.on.now = moment(when)

    # --- Asking --------------------------------------------------------------------------------

    def do(
        self,
        service: Service,
        who: Named | None,
        at: Channel | Desk = BANK_DESK,
        *,
        key: str = "",
        papers: frozenset[Paper] = ALL_PAPERS,
        card: Plastic | None = None,
        actor: Actor = Actor.HOLDER,
        by: Named | None = None,
        wishes: Mapping[str, str] | None = None,
        identified: bool = True,
    ) -> Answer:
        """Have somebody ask for a service; ``by`` is who comes for them."""
        desk = at if isinstance(at, Desk) else self.on.desk(at)
        request = Request(
            service,
            who,
            actor,
            by,
            identified,
            papers,
            self.card(card).id if card is not None else None,
            wishes=wishes or {},
        )
        return carry_out(work_of(service), desk, request, key or f"story-{next(self._keys):05}")

    def refused(
        self,
        service: Service,
        who: Named | None,
        at: Channel | Desk = BANK_DESK,
        error: type[GuitaiError] = RuleRefused,
        **more: Any,
    ) -> str:
        """See that it is refused; give in Chinese why, and what instead."""
        with pytest.raises(error) as caught:
            self.do(service, who, at, **more)
        refusal = caught.value
        return f"{refusal.cause('zh')}|{refusal.advice('zh')}"

    @contextmanager
    def desk(
        self,
        *laid: Plastic | Dead,
        at: Channel = BANK_DESK,
        bank: str = BANK,
        pins: tuple[str, ...] = (),
        outlet: str = "A01",
        operator: str = "wang",
        instant: bool = False,
    ) -> Iterator[Desk]:
        """Sit down with cards on the readers, the new one first; ``pins`` are typed at the pad."""
        self.counter.holder.entries = list(pins)
        with ExitStack() as stack:
            found = []
            for each, reader in zip(laid, (READER, OTHER_READER), strict=False):
                self.counter.lay(each.chip if isinstance(each, Plastic) else each, reader)
                slot = stack.enter_context(self.counter.slot(reader))
                slot.tools = replace(slot.tools, operator=operator)
                found.append(card_on(slot))
            desk = self.on.desk(at, bank, instant=instant, operator=operator)
            yield replace(desk, outlet=outlet).with_chip(*found)
        assert self.counter.holder.entries == []

    # --- Cards ---------------------------------------------------------------------------------

    def apply(
        self,
        who: Named,
        at: Channel | Desk = BANK_DESK,
        *,
        said: Mapping[str, str] = SAID,
        **more: Any,
    ) -> Answer:
        """Have somebody apply for a first card."""
        return self.do(Service.APPLY, who, at, wishes=said, **more)

    def make(self, who: Named, *, pin: str | None = None) -> Plastic:
        """Have the newest application's card made: a chip of its own."""
        plea, desk = newest(self.on), self.on.desk(bank=newest(self.on).bank)
        step = production.verify(desk, plea.id)
        assert step.reasons == ()
        assert step.trouble is None
        production.start(desk, plea.id)
        made = self.plastic(who, pin=pin)
        production.made(desk, plea.id, made.made)
        return made

    def plastic(self, who: Named, *, pin: str | None = None, region: str = "110000") -> Plastic:
        """Make a chip with somebody's name on it."""
        number = next(self._cards)
        birth = birth_date_of(who.document.number)
        holder = OnChip(who.document.number, who.name, "1", "01", None, birth or date(1990, 1, 1))
        more = {"holder": holder, "pin": pin, "region": region}
        facts = facts_of(number, **more)
        return Plastic(chip(number, **more), facts)

    def first_card(self, who: Named, *, pin: str = NEW_PIN, enabled: bool = True) -> Plastic:
        """Bring somebody from the application to a card in their hands, enabled or not."""
        self.apply(who)
        made = self.make(who)
        with self.desk(made, pins=(pin, pin)) as desk:
            self.do(Service.COLLECT, who, desk)
            if enabled:
                self.do(Service.FIN_ACTIVATE, who, desk)
        return made

    def load(self, who: Named, card: Plastic, fen: int) -> None:
        """Have money put on a card, in cash."""
        with self.desk(card) as desk:
            self.do(Service.TRANSIT_LOAD, who, desk, wishes={"fen": str(fen)})

    # --- How things stand ----------------------------------------------------------------------

    def person(self, who: Named) -> Person:
        """Give who the registry has for a document."""
        with self.on.registry.reading() as tx:
            found = persons.find(tx, who.document, who.nationality)
        assert found is not None
        return found

    def card(self, card: Plastic) -> Card:
        """Give what the registry has of a card."""
        with self.on.registry.reading() as tx:
            found = cards.by_chip(tx, chip_id(card.chip))
        assert found is not None
        return found

    def state(self, card: Plastic, what: Kind = Kind.SOCIAL) -> str:
        """Say how a function of a card stands at this moment."""
        return str(getattr(self.card(card), what.value).state)

    def account(self, card: Plastic) -> str:
        """Say how the bank has a card's account."""
        return str(self.city.bank.accounts[self.card(card).account or ""]["state"])

    @property
    def texts(self) -> list[str]:
        """Give what was sent to mobile telephones."""
        return [str(each["text"]) for each in self.city.messages.sent]
