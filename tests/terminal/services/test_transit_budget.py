"""What the services on the purse cost: TPDUs, files read, waits for the disk.

A TPDU is what SCardTransmit sees, GET RESPONSE included. A budget of a service is the whole visit
less SELECT (2 on T=0, 1 contactless) and the balance (2), which every service asks for first.
The cards are of standard layout, in process, the key services software.
"""

import re
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from purse_counter import READER, PurseCounter, purse_card

from apdu.commands import GetResponse, ReadBinary, ReadRecord, Select
from apdu.purse_commands import (
    CreditForLoad,
    Debit,
    GetBalance,
    GetProof,
    Initialize,
    UpdateCache,
)
from emulator.card import Interface, Removed, SoftwareCard
from emulator.purse_habits import PurseHabits
from terminal.errors import PurseUnsettled
from terminal.journal.model import Method
from terminal.services.transit import TransitDesk
from terminal.services.trips import Trip, TripKind

NAMES = {
    each.INS: each.NAME
    for each in (
        CreditForLoad,
        Debit,
        GetBalance,
        GetProof,
        GetResponse,
        Initialize,
        ReadBinary,
        ReadRecord,
        Select,
        UpdateCache,
    )
}
READS = {ReadBinary.NAME, ReadRecord.NAME}
INIT, GET, BALANCE = Initialize.NAME, GetResponse.NAME, GetBalance.NAME
CREDIT, DEBIT, RECORD, CACHE = CreditForLoad.NAME, Debit.NAME, ReadRecord.NAME, UpdateCache.NAME
IDENTIFY = [Select.NAME, GET, BALANCE, BALANCE]
ENTRY = Trip(TripKind.ENTRY, "0100", "0001")
RIDE = Trip(TripKind.SINGLE)


def commands(trace: str) -> list[str]:
    """Take the commands of a masked trace: what stands above the time the card took."""
    return re.findall(r"^([0-9A-F*]+)\n# \d+ms$", trace, re.MULTILINE)


class Cost:
    """Hold what one visit cost, from its trace, its meter and its journal."""

    def __init__(self, trace: str, metered: int, durable: int) -> None:
        self.commands = commands(trace)
        self.durable = durable
        assert len(self.commands) == metered  # the trace is the whole of it

    @property
    def names(self) -> list[str]:
        """Name the commands."""
        return [NAMES[int(each[2:4], 16)] for each in self.commands]

    @property
    def read_twice(self) -> list[str]:
        """Give the commands of reading a file that were sent more than once."""
        counted = Counter(
            each for each, name in zip(self.commands, self.names, strict=True) if name in READS
        )
        return [each for each, times in counted.items() if times > 1]


def cost(
    folder: Path,
    service: Callable[[TransitDesk], object],
    *,
    interface: Interface = "contact",
    habits: PurseHabits | None = None,
) -> Cost:
    """Visit a card with 50 yuan for one service."""
    card = purse_card(5_000, interface=interface, habits=habits)
    counter = PurseCounter(card, folder)
    with closing(counter.journal):
        with counter.desk() as desk:
            service(desk)
        return Cost(counter.trace, desk.place[1].commands, counter.store.durable_commits)


def load(desk: TransitDesk) -> object:
    return desk.load(1_000, Method.CASH, "load")


def pay(desk: TransitDesk) -> object:
    return desk.pay(1_000, "pay")


def enter(desk: TransitDesk) -> object:
    return desk.pay(0, "enter", ENTRY)


def ride(desk: TransitDesk) -> object:
    return desk.pay(300, "ride", RIDE)


def refund(desk: TransitDesk) -> object:
    return desk.refund(Method.CASH, "refund")


SERVICES = [load, pay, enter, ride, refund]


class TestOnContacts:
    """T=0, where each answer of a command with data is fetched."""

    def test_a_load_takes_four_once_the_card_is_known(self, tmp_path: Path) -> None:
        """INITIALIZE and CREDIT, each with its GET RESPONSE: there is no shorter way to load."""
        spent = cost(tmp_path, load)
        assert spent.names == [*IDENTIFY, INIT, GET, CREDIT, GET]

    def test_the_whole_visit_with_a_load_takes_eight(self, tmp_path: Path) -> None:
        """People wait at the counter for the visit, not for the load alone."""
        assert len(cost(tmp_path, load).commands) == 8

    def test_a_purchase_takes_four(self, tmp_path: Path) -> None:
        """It is begun and ended as a load is; what the SAM does is no card's command."""
        assert cost(tmp_path, pay).names == [*IDENTIFY, INIT, GET, DEBIT, GET]

    def test_an_entry_takes_eight(self, tmp_path: Path) -> None:
        """The records of metro and bus are read once; one and the trip's line ride along."""
        spent = cost(tmp_path, enter)
        assert spent.names == [*IDENTIFY, RECORD, RECORD, INIT, GET, CACHE, CACHE, DEBIT, GET]

    def test_a_refund_proves_the_balance_before_and_after(self, tmp_path: Path) -> None:
        """Cash leaves the till: what the card says it holds is held against its own MAC's view."""
        spent = cost(tmp_path, refund)
        proof = [BALANCE, BALANCE, INIT, GET]  # the overdraft's two parts, what INITIALIZE tells
        debit = [INIT, INIT, GET, DEBIT, GET]  # an unload would be the first, this card has none
        last = [BALANCE, BALANCE, *proof]
        assert spent.names == [*IDENTIFY, *proof, RECORD, RECORD, *debit, *last]


class TestContactless:
    """Commands cross whole, so nothing is fetched."""

    @pytest.mark.parametrize(
        ("service", "expected"), [(load, 5), (pay, 5), (enter, 9), (refund, 16)]
    )
    def test_the_whole_visit(
        self, tmp_path: Path, service: Callable[[TransitDesk], object], expected: int
    ) -> None:
        """A card held to an antenna is taken away soon, so no command may be one too many."""
        spent = cost(tmp_path, service, interface="contactless")
        assert len(spent.commands) == expected
        assert GET not in spent.names


@pytest.mark.parametrize("interface", ["contact", "contactless"])
@pytest.mark.parametrize("service", SERVICES)
def test_no_file_is_read_twice(
    tmp_path: Path, interface: Interface, service: Callable[[TransitDesk], object]
) -> None:
    """What was read once in a visit is known; the card has no more to say about it."""
    assert cost(tmp_path, service, interface=interface).read_twice == []


@pytest.mark.parametrize("service", [load, pay])
def test_what_moves_money_sends_no_command_twice(
    tmp_path: Path, service: Callable[[TransitDesk], object]
) -> None:
    """Even the balance is asked for once: the card's own MACs say what it is afterwards."""
    spent = cost(tmp_path, service, interface="contactless")
    assert len(set(spent.commands)) == len(spent.commands)


def test_showing_a_card_reads_each_record_once(tmp_path: Path) -> None:
    """A full log and full trips are forty records; a second look at them would be seconds."""
    counter = PurseCounter(purse_card(5_000), tmp_path)
    with closing(counter.journal):
        with counter.desk() as desk:
            for number in range(30):
                desk.pay(1, f"ride {number}", RIDE)
        counter.trace = ""
        with counter.desk() as desk:
            view = desk.show()
        assert view.log is not None
        assert (len(view.log.lines), len(view.trips)) == (10, 30)
        spent = Cost(counter.trace, view.wire.commands, 0)
    assert spent.read_twice == []
    # The balance proved; file 17, the log at once (which this card has not), 10 and 30 records,
    # metro's and bus's.
    assert len(spent.commands) == len(IDENTIFY) + 6 + 1 + 1 + 10 + 30 + 2


@pytest.mark.parametrize("service", SERVICES)
def test_two_waits_for_the_disk(tmp_path: Path, service: Callable[[TransitDesk], object]) -> None:
    """A wait is milliseconds with the card on the antenna: one before it is told, one after."""
    assert cost(tmp_path, service).durable <= 2


def test_looking_writes_nothing(tmp_path: Path) -> None:
    """A look at a card that waited for the disk would be slow for nothing."""
    assert cost(tmp_path, TransitDesk.show).durable == 0


class Tearing:
    """A card that is pulled when it has credited, before its answer is out."""

    def __init__(self, card: SoftwareCard) -> None:
        self._card = card
        self.torn = False

    @property
    def atr(self) -> bytes:
        return self._card.atr

    def power_on(self) -> None:
        self._card.power_on()

    def power_off(self) -> None:
        self._card.power_off()

    def reset(self) -> None:
        self._card.reset()

    def transmit(self, command: bytes) -> bytes:
        answer = self._card.transmit(command)
        if not self.torn and command[1] == CreditForLoad.INS:
            self.torn = True
            raise Removed
        return answer


def test_a_torn_load_is_settled_with_one_more_wait(tmp_path: Path) -> None:
    """That its answer was not seen need not outlive a power cut: "sent" says as much."""
    counter = PurseCounter(Tearing(purse_card(5_000)), tmp_path)
    with closing(counter.journal):
        with pytest.raises(PurseUnsettled), counter.desk() as desk:
            load(desk)
        assert counter.store.durable_commits == 1
        counter.pcsc.insert(READER, counter.card)
        counter.trace = ""
        with counter.desk() as desk:
            (settled,) = desk.recover()
        assert settled.decided
        assert counter.store.durable_commits == 2
        assert Cost(counter.trace, desk.place[1].commands, 0).read_twice == []
