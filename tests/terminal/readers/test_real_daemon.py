"""Readers on the real PC/SC daemon, with virtual cards: what no scripted one can vouch for."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from emulator.daemon import DaemonUnavailable, PrivateDaemon
from emulator.vpcd import VirtualSlot
from terminal.errors import CardHung, CardReset, CardTorn, NoCard, ReaderBusy, ServiceMissing
from terminal.readers.connection import CardConnection, PcscConnection
from terminal.readers.monitor import (
    CardInserted,
    CardRemoved,
    Event,
    ReaderArrived,
    ReaderLeft,
    ReaderMonitor,
    ServiceBack,
    ServiceLost,
)
from terminal.readers.pcsc import Scard, ScardHandle
from terminal.readers.port import Disposition, PcscFailure, Share
from terminal.readers.session import CardSession
from terminal.readers.survey import survey, wait_for_card

ROOT = Path(__file__).parents[3]
LATE = 20  # seconds; nothing here takes one, but a machine under load may
SOON = 0.2  # seconds: a deadline that has to pass for real
BACK_IN = 2.0  # seconds from the restart to readers and cards, as the design promises

PROVE = bytes.fromhex("0020000003123456")
ASK = bytes.fromhex("00220000")
OK = b"\x90\x00"
REFUSED = b"\x69\x82"

CLIENT = """
import sys
from smartcard.scard import *
result, context = SCardEstablishContext(SCARD_SCOPE_USER)
assert result == 0, hex(result)
def say(*words): print(*words, flush=True)
def told(): return sys.stdin.readline().strip()
"""
HOLD_EXCLUSIVELY = (
    CLIENT
    + """
result, card, protocol = SCardConnect(
    context, sys.argv[1], SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_T0)
say(result)
told()
say(SCardDisconnect(card, SCARD_LEAVE_CARD))
"""
)
RESET_WHEN_TOLD = (
    CLIENT
    + """
result, card, protocol = SCardConnect(
    context, sys.argv[1], SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0)
say(result)
while told():
    say("resetting")
    say(SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0, SCARD_RESET_CARD)[0])
"""
)
HOLD_A_TRANSACTION = (
    CLIENT
    + """
result, card, protocol = SCardConnect(
    context, sys.argv[1], SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0)
say(SCardBeginTransaction(card))
told()
say(SCardEndTransaction(card, SCARD_RESET_CARD))
"""
)


def refusal() -> str | None:
    """Return why this machine has no private daemon, None where it has."""
    try:
        with PrivateDaemon():
            return None
    except DaemonUnavailable as error:
        return error.reason


REFUSAL = refusal()


def prove(connection: CardConnection) -> bytes:
    return connection.transmit(PROVE)


def ask(connection: CardConnection) -> bytes:
    return connection.transmit(ASK)


@pytest.fixture(scope="module")
def real_daemon(
    pointed_at: Callable[[PrivateDaemon], AbstractContextManager[object]],
) -> Iterator[PrivateDaemon]:
    """Run a daemon with a slot for every test.

    One that takes over another's slot at once would get the power-down that the daemon still owes
    to the card before, and lose its connection by it.
    """
    with PrivateDaemon(10) as daemon, pointed_at(daemon):
        yield daemon


class Slot:
    """A virtual slot with a card in it, there when this is made."""

    def __init__(self, daemon: PrivateDaemon, number: int, card) -> None:
        self.card = card
        self.reader = daemon.readers[number]
        self.slot = VirtualSlot(card, lambda: daemon.connect(number)).start()
        try:
            assert wait_for_card(Scard(), self.reader, LATE)
        except BaseException:
            self.slot.stop()
            raise


@pytest.fixture
def plain_card():
    """Make cards of the room's plain kind."""
    from tests.terminal.readers.conftest import PlainCard

    return PlainCard


@pytest.fixture
def plugged(real_daemon: PrivateDaemon) -> Iterator[Callable[..., Slot]]:
    """Put a card into a slot of the module's daemon, and take all out at the end."""
    slots: list[Slot] = []

    def plug(number: int, card) -> Slot:
        slots.append(Slot(real_daemon, number, card))
        return slots[-1]

    yield plug
    for each in slots:
        each.slot.stop()
        await_empty(each.reader)


def await_empty(reader: str) -> None:
    """Wait until the daemon has noticed that a card was taken out."""
    for event in ReaderMonitor(Scard()).events():
        arrived_empty = event == ReaderArrived(reader) and empty(reader)
        if arrived_empty or event in {CardRemoved(reader), ServiceLost()}:
            return


def empty(reader: str) -> bool:
    return not any(view.card for view in survey(Scard()) if view.name == reader)


@contextlib.contextmanager
def client(code: str, reader: str) -> Iterator["subprocess.Popen[str]"]:
    """Run another program that uses PC/SC; it says one line, then does what it is told."""
    with subprocess.Popen(
        [sys.executable, "-c", code, reader],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        try:
            assert said(program) == "0"
            yield program
        finally:
            program.kill()


def said(program: "subprocess.Popen[str]") -> str:
    assert program.stdout is not None
    return program.stdout.readline().strip()


def tell(program: "subprocess.Popen[str]", word: str = "go") -> None:
    assert program.stdin is not None
    program.stdin.write(f"{word}\n")
    program.stdin.flush()


class Listener:
    """A monitor on a thread of its own, with the time of each event."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.times: list[float] = []
        self._changed = threading.Condition()
        self._monitor = ReaderMonitor(Scard())
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def await_event(self, kind: type[Event], count: int = 1) -> float:
        """Wait for the so-manieth event of a kind; give when it came."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._of(kind)) >= count, LATE), self.events
            return self.times[self._of(kind)[count - 1]]

    def stop(self) -> None:
        self._monitor.stop()
        self._thread.join(LATE)
        assert not self._thread.is_alive()

    def _of(self, kind: type[Event]) -> list[int]:
        return [at for at, event in enumerate(self.events) if isinstance(event, kind)]

    def _listen(self) -> None:
        for event in self._monitor.events():
            with self._changed:
                self.times.append(time.monotonic())
                self.events.append(event)
                self._changed.notify_all()


@pytest.fixture
def listener(real_daemon: PrivateDaemon) -> Iterator[Listener]:
    """Listen to the module's daemon."""
    listener = Listener()
    yield listener
    listener.stop()


class TestWhereItRuns:
    __test__ = REFUSAL is None

    # --- The service goes and comes back ---------------------------------------------------

    def test_a_restart_is_lived_through(
        self, real_daemon: PrivateDaemon, plugged, plain_card, listener: Listener
    ) -> None:
        """The first complaint of all PC/SC users: the daemon restarts and the events are gone."""
        card = plain_card()
        reader = plugged(0, card).reader
        listener.await_event(CardInserted)
        real_daemon.kill()
        listener.await_event(ServiceLost)
        with pytest.raises(ServiceMissing):
            survey(Scard())
        restarted = time.monotonic()
        real_daemon.restart()
        back = listener.await_event(CardInserted, 2) - restarted
        assert back < BACK_IN
        there = [ReaderArrived(name) for name in real_daemon.readers]
        inserted = CardInserted(reader, card.atr)
        assert listener.events == [
            *there,
            inserted,
            CardRemoved(reader),
            *[ReaderLeft(name) for name in real_daemon.readers],
            ServiceLost(),
            ServiceBack(),
            *there,
            inserted,
        ]

    def test_a_restart_leaves_nothing_open(self, real_daemon: PrivateDaemon, listener) -> None:
        """A counter runs for months; a descriptor lost at each restart would end it one day."""
        descriptors = Path("/proc/self/fd")
        counts = []
        for number in range(1, 4):
            listener.await_event(ReaderArrived, real_daemon.slots * number)
            counts.append(len(list(descriptors.iterdir())))
            real_daemon.kill()
            listener.await_event(ServiceLost, number)
            real_daemon.restart()
        assert counts[1] == counts[2], counts

    def test_a_session_is_usable_after_a_restart(
        self, real_daemon: PrivateDaemon, plugged, plain_card
    ) -> None:
        """One error, then work goes on, in the same program."""
        slot = plugged(0, plain_card())
        with CardSession(Scard(), slot.reader) as session:
            assert session.run(prove) == OK
            real_daemon.restart()
            with pytest.raises(Exception, match="service went away"):
                session.run(ask)
            assert wait_for_card(Scard(), slot.reader, LATE)
            assert session.run(ask) == REFUSED

    def test_watch_lives_through_a_restart(
        self, real_daemon: PrivateDaemon, plugged, plain_card
    ) -> None:
        """What people and their scripts run is the program, not the class."""
        slot = plugged(0, plain_card())
        command = [sys.executable, "-c", "from terminal.cli import main; main()"]
        with subprocess.Popen(
            [*command, "watch", "--json"], stdout=subprocess.PIPE, text=True
        ) as watch:
            assert watch.stdout is not None

            def next_event() -> str:
                event = json.loads(watch.stdout.readline())
                assert event["schema"] == "guitai.event/1"
                return " ".join([event["event"], event.get("reader", "")]).strip()

            readers = real_daemon.readers
            inserted = f"card_inserted {slot.reader}"
            there = [*[f"reader_arrived {name}" for name in readers], inserted]
            assert [next_event() for _ in there] == there
            real_daemon.kill()
            removed = f"card_removed {slot.reader}"
            gone = [removed, *[f"reader_left {name}" for name in readers], "service_lost"]
            assert [next_event() for _ in gone] == gone
            restarted = time.monotonic()
            real_daemon.restart()
            assert next_event() == "service_back"
            assert [next_event() for _ in there] == there
            assert time.monotonic() - restarted < BACK_IN
            slot.slot.stop()
            assert next_event() == removed
            interrupted = time.monotonic()
            watch.send_signal(signal.SIGINT)
            assert watch.wait(LATE) == 130
            assert time.monotonic() - interrupted < BACK_IN

    # --- Other programs --------------------------------------------------------------------

    def test_a_reader_held_exclusively_names_the_program(self, plugged, plain_card) -> None:
        """ "Sharing violation" tells a clerk nothing; a name and a number do."""
        slot = plugged(1, plain_card())
        with (
            client(HOLD_EXCLUSIVELY, slot.reader) as other,
            CardSession(Scard(), slot.reader) as session,
        ):
            with pytest.raises(ReaderBusy) as busy:
                session.run(ask)
            assert f"(pid {other.pid})" in busy.value.cause("zh")
            tell(other)
            assert said(other) == "0"
            assert session.run(ask) == REFUSED

    def test_a_foreign_reset_waits_for_our_transaction(self, plugged, plain_card) -> None:
        """Between our operations the card stays ours: what was proved to it is not lost."""
        slot = plugged(2, plain_card())
        with client(RESET_WHEN_TOLD, slot.reader) as other:
            with CardSession(Scard(), slot.reader) as session:
                session.run(prove)
                tell(other)
                assert said(other) == "resetting"
                for _ in range(50):
                    assert session.run(ask) == OK
                assert slot.card.resets == 0
            # Our end resets the card, and theirs comes after it: they are told of ours first.
            assert said(other) in {"0", str(-0x7FEFFF98), str(0x80100068)}
        assert slot.card.resets >= 1

    def test_a_foreign_reset_without_a_transaction_is_told(self, plugged, plain_card) -> None:
        """0x80100068 as the daemon really gives it, and what becomes of the proof."""
        slot = plugged(3, plain_card())
        context = Scard().establish()
        handle = context.connect(slot.reader, Share.SHARED)
        connection = PcscConnection(handle)
        connection.transmit(PROVE)
        with client(RESET_WHEN_TOLD, slot.reader) as other:
            tell(other)
            assert [said(other), said(other)] == ["resetting", "0"]
        with pytest.raises(CardReset):
            connection.transmit(ASK)
        assert slot.card.proved is False
        handle.disconnect(Disposition.LEAVE)
        context.release()

    def test_a_foreign_reset_before_our_transaction_costs_nothing(
        self, plugged, plain_card, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Another program that comes between connect and begin has taken nothing from us."""
        slot = plugged(4, plain_card())
        begin = ScardHandle.begin
        begun: list[int] = []
        with client(RESET_WHEN_TOLD, slot.reader) as other:

            def disturbed(handle: ScardHandle) -> None:
                if not begun:
                    tell(other)
                    assert [said(other), said(other)] == ["resetting", "0"]
                begun.append(1)
                try:
                    begin(handle)
                except PcscFailure as failure:
                    begun.append(failure.result)
                    raise

            monkeypatch.setattr(ScardHandle, "begin", disturbed)
            with CardSession(Scard(), slot.reader) as session:
                assert session.run(ask) == REFUSED
        assert begun == [1, 0x80100068, 1]

    def test_a_transaction_of_another_program_is_waited_for(self, plugged, plain_card) -> None:
        """It resets the card when it ends, as we do; that must not be our error."""
        slot = plugged(5, plain_card())
        with (
            client(HOLD_A_TRANSACTION, slot.reader) as other,
            CardSession(Scard(), slot.reader, deadline=LATE) as session,
        ):
            answers: list[bytes] = []
            thread = threading.Thread(target=lambda: answers.append(session.run(ask)))
            thread.start()
            tell(other)
            thread.join(LATE)
            assert answers == [REFUSED]

    def test_a_transaction_without_end_is_a_busy_reader(self, plugged, plain_card) -> None:
        """The daemon holds our connect back meanwhile: that is no card that hangs."""
        slot = plugged(6, plain_card())
        with client(HOLD_A_TRANSACTION, slot.reader) as other:
            session = CardSession(Scard(), slot.reader, deadline=SOON)
            with pytest.raises(ReaderBusy) as busy:
                session.run(ask)
            assert f"(pid {other.pid})" in busy.value.cause("zh")
            tell(other)
            assert said(other) == "0"
            session._thread.join(LATE)
        assert slot.card.commands == [], "nothing is done for a caller who was told busy"

    def test_the_next_program_inherits_no_proof(self, plugged, plain_card) -> None:
        """Our end resets the card before anybody else gets at it."""
        slot = plugged(7, plain_card())
        for _ in range(3):
            with CardSession(Scard(), slot.reader) as session:
                assert session.run(ask) == REFUSED
                session.run(prove)
                assert session.run(ask) == OK
        assert slot.card.proved is False

    # --- Cards -----------------------------------------------------------------------------

    def test_a_card_pulled_in_mid_command_is_torn(self, plugged, plain_card) -> None:
        """The daemon calls it success; a balance read as empty would be the least of it."""
        slot = plugged(8, plain_card())
        with CardSession(Scard(), slot.reader) as session:
            assert session.run(prove) == OK
            slot.card.answer = slot.card.pull
            with pytest.raises(CardTorn):
                session.run(ask)
            await_empty(slot.reader)
            with pytest.raises(NoCard):
                session.run(ask)

    def test_a_pulled_card_is_torn_whoever_notices_first(self, plugged, plain_card) -> None:
        """All signs, one after another, to an operation that does not believe the first."""
        slot = plugged(9, plain_card())
        results: list[str] = []

        def stubborn(connection: CardConnection) -> None:
            slot.card.answer = slot.card.pull
            for moment in ("empty", "at once", "noticed"):
                if moment == "noticed":
                    await_empty(slot.reader)
                with pytest.raises(CardTorn) as torn:
                    connection.transmit(ASK)
                cause = torn.value.__cause__
                code = f"{cause.result:08X}" if isinstance(cause, PcscFailure) else "empty"
                results.append(code)

        with CardSession(Scard(), slot.reader) as session:
            session.run(stubborn)
        assert results == ["empty", "80100016", "80100069"]

    def test_a_hung_card_holds_up_nobody_else(
        self, pointed_at: Callable[[PrivateDaemon], AbstractContextManager[object]], plain_card
    ) -> None:
        """On a daemon of its own, which is killed: nothing else ends a call that hangs."""
        asked, go = threading.Event(), threading.Event()
        hanging, lively = plain_card(), plain_card()

        def hang(command: bytes) -> bytes:
            asked.set()
            go.wait(LATE)
            return OK

        hanging.answer = hang
        told: list[float] = []
        with PrivateDaemon(4) as daemon, pointed_at(daemon):
            # Two drivers: slots of one share its lock, like two slots of one real reader.
            slots = [Slot(daemon, 0, hanging), Slot(daemon, 2, lively)]
            hung = CardSession(Scard(), slots[0].reader, deadline=SOON)
            other = CardSession(Scard(), slots[1].reader, deadline=LATE)
            assert other.run(ask) == REFUSED

            def caller() -> None:
                began = time.monotonic()
                with pytest.raises(CardHung):
                    hung.run(ask)
                told.append(time.monotonic() - began)

            thread = threading.Thread(target=caller)
            thread.start()
            assert asked.wait(LATE)
            reads = 0
            while thread.is_alive():
                assert other.run(ask) == REFUSED
                reads += 1
            assert reads > 20
            assert SOON < told[0] < LATE
            assert other.run(ask) == REFUSED
            assert [view.card for view in survey(Scard())] == [True, False, True, False]
            other.close()
            hung.close()
            assert hung._thread.is_alive(), "left behind"
            daemon.kill()
            hung._thread.join(LATE)
            assert not hung._thread.is_alive()
            go.set()
            for each in slots:
                each.slot.stop()

    def test_cards_of_sixteen_slots_are_told_exactly_once(self) -> None:
        """A counter's readers never rest, and an event lost is a customer not served."""
        soak = subprocess.run(
            [sys.executable, str(ROOT / "tools/soak"), "plugs", "--changes", "100"],
            env={name: value for name, value in os.environ.items() if "PCSC" not in name},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert soak.returncode == 0, soak.stdout + soak.stderr
        figures = json.loads(soak.stdout)
        assert figures["changes"] == figures["counted"] == figures["told"] == 100
        assert figures["missed"] == figures["twice"] == figures["out_of_order"] == 0


def test_without_a_daemon_there_is_no_service() -> None:
    """No test may ever reach the machine's own daemon by mistake."""
    if REFUSAL is None:
        code = "from terminal.readers.pcsc import Scard; Scard().establish()"
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PCSCLITE_CSOCK_NAME": "/nowhere"},
            capture_output=True,
            text=True,
            timeout=LATE,
            check=False,
        )
        assert "SCardEstablishContext: 8010001D" in done.stderr
    else:
        assert "refuses" in REFUSAL or "not installed" in REFUSAL
