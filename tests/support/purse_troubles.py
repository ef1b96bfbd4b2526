"""What goes wrong with a purse operation: torn cards, meddled answers, hosts that are away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from purse_counter import READER, PurseCounter, purse_card
from purse_tearing import Answering, Money, TornCard

from emulator.card import InsertedCard, Removed, SoftwareCard
from emulator.purse_habits import PurseHabits
from terminal.errors import (
    HostUnreachable,
    PurseUnsettled,
)
from terminal.journal.model import Entry, Method
from terminal.services.purse_recovery import Settled
from terminal.services.transit import TransitDesk

KEY = "intention-1"
AFTER_CREDIT = 6
"""APDUs of a load on T=0 before the answer of CREDIT: SELECT, balances, INIT, CREDIT."""


class Torn:
    """A counter whose load of 1,234 fen was torn, before or after the card carried it out."""

    def __init__(self, folder: Path, how: str, habits: PurseHabits | None = None) -> None:
        self.card = Answering(purse_card(5_000, habits=habits))
        self.counter = PurseCounter(self.card, folder)
        self.card.at, self.card.how = AFTER_CREDIT, how
        with pytest.raises(PurseUnsettled), self.counter.desk() as desk:
            desk.load(1_234, Method.CASH, KEY)
        self.card.at = -1
        self.expected = 6_234 if how == "after" else 5_000

    def lay_on(self, card: object | None = None) -> None:
        if self.counter.pcsc.readers[READER].card is not None:
            self.counter.pcsc.remove(READER)
        self.counter.pcsc.insert(READER, card or self.card)

    def recover(self) -> tuple[Settled, ...]:
        with self.counter.desk() as desk:
            return desk.recover()

    @property
    def entry(self) -> Entry:
        return self.counter.journal.find(KEY)

    @property
    def money(self) -> int:
        return Money.of(self.card.memory).available


def elsewhere(card: InsertedCard, folder: Path, *acts: Callable[[TransitDesk], object]) -> None:
    """Use the card at another counter, whose journal knows nothing of ours."""
    folder.mkdir()
    counter = PurseCounter(card, folder)
    counter.clock.now = counter.clock.now.replace(hour=5)
    for act in acts:
        with counter.desk() as desk:
            act(desk)
    counter.close()


def loads(count: int) -> list[Callable[[TransitDesk], object]]:
    return [lambda desk, n=n: desk.load(100, Method.CASH, f"other-{n:04}") for n in range(count)]


def pays(count: int) -> list[Callable[[TransitDesk], object]]:
    return [lambda desk, n=n: desk.pay(10, f"gate-{n:05}") for n in range(count)]


class Away:
    """A host that is not reached for one of its answers."""

    def __init__(self, host: object, missing: str) -> None:
        self._host, self._missing = host, missing

    def __getattr__(self, name: str) -> object:
        if name == self._missing:
            return self._unreachable
        return getattr(self._host, name)

    def _unreachable(self, *_: object) -> None:
        raise HostUnreachable(detail="timed out")


class Meddled(TornCard):
    """A card with something between it and the counter, which is given every command."""

    def __init__(self, card: SoftwareCard, meddle: Callable[[SoftwareCard, bytes], bytes]) -> None:
        super().__init__(card)
        self.meddle = meddle

    def transmit(self, command: bytes) -> bytes:
        return self.meddle(self.card, command)


def pulled(at: int, how: str) -> Callable[[SoftwareCard, bytes], bytes]:
    """Take the card away at its first command of this instruction."""
    left = [at]

    def meddle(card: SoftwareCard, command: bytes) -> bytes:
        if command[1] not in left:
            return card.transmit(command)
        left.clear()
        if how == "after":
            card.transmit(command)
        raise Removed

    return meddle


def answering(at: int, answer: str, *, carried_out: bool) -> Callable[[SoftwareCard, bytes], bytes]:
    """Let the card answer that to an instruction, whether it carries it out or not."""

    def meddle(card: SoftwareCard, command: bytes) -> bytes:
        if command[1] == at and not carried_out:
            return bytes.fromhex(answer)
        told = card.transmit(command)
        return bytes.fromhex(answer) if command[1] == at else told

    return meddle
