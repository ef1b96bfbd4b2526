"""``transit``: what the counter's services on the purse send; counted, for the wire is the limit.

In process, each on a card and with a journal of its own, as a counter does them. ``identify`` is
SELECT and the balance, which each service sends; the other rows are what it sends beside, so that
the two together are the whole visit.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from apdu.purse_commands import CreditForLoad, GetBalance
from benchmarks.measure import Entry, Gate, Ratio
from benchmarks.stage import Stage
from benchmarks.tpdus import figures
from benchmarks.wire_time import Exchange
from card_profiles.transit import TRIP_RECORDS
from emulator.card import Interface, Removed, SoftwareCard
from terminal.errors import PurseUnsettled
from terminal.journal import Method, new_key
from terminal.services.transit import PurseResult, TransitDesk
from terminal.services.trips import Trip, TripKind

sys.path.append(str(Path(__file__).resolve().parents[2] / "tests/support"))

from purse_counter import READER, PurseCounter, purse_card

Act = Callable[[TransitDesk], object]
BALANCE = 5_000
AMOUNT = 1_000
INTERFACES: tuple[Interface, ...] = ("contact", "contactless")
_ENTRY = Trip(TripKind.ENTRY, "0100", "0001")
_RIDE = Trip(TripKind.SINGLE)


@dataclass(slots=True)
class Overheard:
    """A card of which every exchange is kept; torn at its next CREDIT where that is asked for."""

    card: SoftwareCard
    exchanges: list[Exchange] = field(default_factory=list)
    tear: bool = False

    @property
    def atr(self) -> bytes:
        """Give the card's."""
        return self.card.atr

    def power_on(self) -> None:
        """Pass on."""
        self.card.power_on()

    def power_off(self) -> None:
        """Pass on."""
        self.card.power_off()

    def reset(self) -> None:
        """Pass on."""
        self.card.reset()

    def transmit(self, command: bytes) -> bytes:
        """Pass on and keep; raises Removed where it is torn: the money is on it, unanswered."""
        answer = self.card.transmit(command)
        self.exchanges.append((command, answer))
        if self.tear and command[1] == CreditForLoad.INS:
            self.tear = False
            raise Removed
        return answer


@dataclass(frozen=True, slots=True)
class Case:
    """Hold one service, and the most TPDUs it may send beside ``identify``; 0 is no budget.

    ``used`` says that the card's log and its trips are full; ``torn``, that a load was torn on it.
    """

    service: str
    act: Act
    contact: int = 0
    contactless: int = 0
    used: bool = False
    torn: bool = False
    whole: bool = False
    """Whether ``identify`` is counted with it."""

    def name(self, interface: Interface) -> str:
        """Name the case in the result."""
        return f"transit.{self.service}.{interface}"

    def budget(self, interface: Interface) -> int:
        """Give the budget on one side."""
        return self.contact if interface == "contact" else self.contactless


def _identify(_desk: TransitDesk) -> None:
    """Do nothing more than is done before every service."""


def _load(desk: TransitDesk) -> PurseResult:
    return desk.load(AMOUNT, Method.CASH, new_key())


def _purchase(desk: TransitDesk) -> PurseResult:
    return desk.pay(AMOUNT, new_key())


def _entry(desk: TransitDesk) -> PurseResult:
    return desk.pay(0, new_key(), _ENTRY)


def _refund(desk: TransitDesk) -> PurseResult:
    return desk.refund(Method.CASH, new_key())


def _recover(desk: TransitDesk) -> None:
    (settled,) = desk.recover()
    assert settled.decided, settled


CASES = (
    Case("identify", _identify, 4, 3, whole=True),
    Case("load", _load, 4, 2),
    Case("visit_with_load", _load, 8, 5, whole=True),
    Case("purchase", _purchase, 4, 2),
    Case("composite_entry", _entry, 8, 6),
    Case("refund", _refund, 17, 13),
    Case("recovery", _recover, torn=True),
    Case("recovery.full_log", _recover, used=True, torn=True),
    Case("show", TransitDesk.show),
    Case("show.full_log_and_trips", TransitDesk.show, used=True),
)


@contextlib.contextmanager
def _counter(card: Overheard) -> Iterator[PurseCounter]:
    with tempfile.TemporaryDirectory() as folder:
        counter = PurseCounter(card, Path(folder))
        with contextlib.closing(counter):
            yield counter


def send(case: Case, interface: Interface) -> list[Exchange]:
    """Run a service and give what the case counts of it."""
    card = Overheard(purse_card(BALANCE, interface=interface))
    with _counter(card) as counter:
        if case.used:
            _use(counter)
        if case.torn:
            _tear(counter, card)
        identify = _visited(counter, card, _identify)
        visit = identify if case.act is _identify else _visited(counter, card, case.act)
    return visit if case.whole else _beside(visit, identify)


def _use(counter: PurseCounter) -> None:
    with counter.desk() as desk:
        for _ in range(TRIP_RECORDS):
            desk.pay(1, new_key(), _RIDE)


def _tear(counter: PurseCounter, card: Overheard) -> None:
    """Load, and lose the card as it answers; then it is put in again."""
    card.tear = True
    with contextlib.suppress(PurseUnsettled), counter.desk() as desk:
        desk.load(AMOUNT, Method.CASH, new_key())
    assert not card.tear
    assert counter.journal.unfinished()
    counter.pcsc.insert(READER, card)


def _visited(counter: PurseCounter, card: Overheard, act: Act) -> list[Exchange]:
    """Run a visit with one service; what it sent."""
    card.exchanges.clear()
    with counter.visit() as visit, contextlib.closing(counter.keys()) as keys:
        if act is _identify:
            visit.run(lambda each: each.balance())
        act(counter.desk_on(visit, keys))
    return list(card.exchanges)


def _beside(visit: list[Exchange], identify: list[Exchange]) -> list[Exchange]:
    """Leave out what identifies, each command once, wherever in the visit it stands."""
    known = [sent for sent, _ in identify]
    assert sum(sent[1] == GetBalance.INS for sent in known) == 2
    found = []
    for exchange in visit:
        if exchange[0] in known:
            known.remove(exchange[0])
        else:
            found.append(exchange)
    assert not known, known
    return found


def run(_rounds: int | None, _stage: Stage) -> list[Entry]:
    """Count each service on both sides of the card."""
    entries = []
    for interface in INTERFACES:
        for case in CASES:
            exchanges = send(case, interface)
            budget = case.budget(interface)
            beside = "the whole visit" if case.whole else "beside identify"
            entries.append(
                Entry(
                    case.name(interface),
                    f"TPDUs of {case.service}, {beside}"
                    + (f" ÷ budget of {budget}" if budget else ""),
                    Ratio.of([len(exchanges) / budget]) if budget else None,
                    Gate("<=", 1.0) if budget else None,
                    figures(exchanges, contacts=interface == "contact"),
                )
            )
    return entries
