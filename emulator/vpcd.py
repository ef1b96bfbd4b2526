"""Put a card into a virtual reader of the real PC/SC daemon.

The protocol of vsmartcard's vpcd (reference counter-devices.md §2): messages with a two-byte
length; one byte is a control (00 off, 01 on, 02 reset, no answer; 04 give the ATR), anything
longer a command. Removing the card is closing the connection.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from enum import Enum, IntEnum, auto

from emulator.card import InsertedCard, Removed
from emulator.memory import PowerCut

_LENGTH = 2
_RETRY_SECONDS = 0.1
_LOOKS_BEFORE_POWER = 2
"""How often the daemon asks for the ATR of a card it notices, before it powers it."""
_GOODBYE_SECONDS = 2.0
"""How long a card that is taken out waits for the daemon to notice; a hung one never does."""


class Control(IntEnum):
    """Name vpcd's control bytes."""

    POWER_OFF = 0
    POWER_ON = 1
    RESET = 2
    GET_ATR = 4


class _End(Enum):
    """Say how a connection ended."""

    CLOSED = auto()
    PULLED = auto()
    UNNOTICED = auto()
    """The daemon took this card for the one before it: it looked and looked without powering it.

    That happens when a card takes another's place between two looks; out it goes again, until
    the daemon has missed it.
    """


class VirtualSlot:
    """Hold a card in one slot until told to stop.

    ``connect`` makes a connected socket to the slot's vpcd port, and is called again when
    the daemon went and came back. ``inserted`` is called each time the daemon has seen the
    card, ``removed`` each time the connection ended, ``waiting`` when there is no daemon yet or
    any more.
    """

    def __init__(
        self,
        card: InsertedCard,
        connect: Callable[[], socket.socket],
        *,
        inserted: Callable[[], None] = lambda: None,
        removed: Callable[[], None] = lambda: None,
        waiting: Callable[[], None] = lambda: None,
    ) -> None:
        self._card = card
        self._connect = connect
        self._inserted = inserted
        self._removed = removed
        self._waiting = waiting
        self._link: socket.socket | None = None
        self._stopping = threading.Event()
        self.thread: threading.Thread | None = None

    def start(self) -> VirtualSlot:
        """Run in a thread of its own."""
        self.thread = threading.Thread(target=self.run, name="virtual slot", daemon=True)
        self.thread.start()
        return self

    def pull(self) -> None:
        """Take the card out and do not wait: the daemon notices at its next look.

        Safe to call twice and from any thread. :meth:`run` ends when the daemon has noticed.
        """
        self._stopping.set()
        link = self._link
        if link is not None:
            # The daemon meets this end and ends its side, which run() reads. A link made after
            # this is seen by run() itself.
            _shut(link, socket.SHUT_WR)

    def stop(self) -> None:
        """Take the card out of a started slot and wait until the daemon has noticed.

        Safe to call twice and from any thread. Who asks the daemon afterwards is not told of a
        card that is gone.
        """
        self.pull()
        if self.thread is None or self.thread is threading.current_thread():
            return
        self.thread.join(_GOODBYE_SECONDS)
        link = self._link
        if link is not None:
            _shut(link, socket.SHUT_RDWR)  # a daemon that hangs: the read in run() wakes
        self.thread.join()

    def run(self) -> None:
        """Serve the slot until stopped; connect again whenever the daemon is back."""
        told = False
        noticed = True
        while not self._stopping.is_set():
            try:
                link = self._connect()
            except OSError:
                if not told:
                    told = True
                    self._waiting()
                self._stopping.wait(_RETRY_SECONDS)
                continue
            told = False
            try:
                with link:
                    self._link = link
                    try:
                        # Taking the card out once more is tried once; then it is as good as seen.
                        end = _End.CLOSED if self._stopping.is_set() else self._serve(link, noticed)
                    finally:
                        _say_goodbye(link)
            finally:
                self._link = None
                self._card.power_off()
                self._removed()
            if end is _End.PULLED:
                return
            noticed = end is not _End.UNNOTICED

    def _serve(self, link: socket.socket, demanding: bool) -> _End:
        """Answer the daemon until the connection ends, and say how it ended."""
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        powered = told = False
        looks = 0
        reader = _Reader(link)
        while (message := reader.message()) is not None:
            try:
                answer = self._respond(message)
            except (Removed, PowerCut):
                return _End.PULLED
            if answer is None:
                powered = powered or message[0] == Control.POWER_ON
                looks = 0  # whatever it does to this card, it begins by looking again
                continue
            looks += not powered
            if looks > _LOOKS_BEFORE_POWER and demanding:
                return _End.UNNOTICED
            try:
                # One write for length and answer: two would wait for each other.
                link.sendall(len(answer).to_bytes(_LENGTH, "big") + answer)
            except OSError:
                return _End.CLOSED
            if not told and (powered or looks > _LOOKS_BEFORE_POWER):
                # The daemon has looked, powered the card and now has its ATR: it is in.
                told = True
                self._inserted()
        return _End.CLOSED

    def _respond(self, message: bytes) -> bytes | None:
        """Do what a message asks; None where the daemon awaits no answer."""
        if len(message) != 1:
            return self._card.transmit(message)
        match message[0]:
            case Control.GET_ATR:
                return self._card.atr
            case Control.POWER_ON:
                self._card.power_on()
            case Control.POWER_OFF:
                self._card.power_off()
            case Control.RESET:
                self._card.reset()
        return None


class _Reader:
    """Read whole messages until either side ends the connection."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._buffer = b""

    def message(self) -> bytes | None:
        """Read the next message; None at the end."""
        while True:
            if len(self._buffer) >= _LENGTH:
                stop = _LENGTH + int.from_bytes(self._buffer[:_LENGTH], "big")
                if len(self._buffer) >= stop:
                    message, self._buffer = self._buffer[_LENGTH:stop], self._buffer[stop:]
                    return message
            if not self._fill():
                return None

    def _fill(self) -> bool:
        try:
            # Debian's vpcd writes length and payload apart; without this, re-armed before every
            # read, the second waits 44 ms for a delayed acknowledgement.
            self._link.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            part = self._link.recv(65_536)
        except OSError:
            return False
        self._buffer += part
        return bool(part)


def _shut(link: socket.socket, how: int) -> None:
    with contextlib.suppress(OSError):
        link.shutdown(how)


def _say_goodbye(link: socket.socket) -> None:
    """Take the card out and wait until the daemon has noticed, which ends its side then."""
    _shut(link, socket.SHUT_WR)
    with contextlib.suppress(OSError):
        link.settimeout(_GOODBYE_SECONDS)
        while link.recv(65_536):
            pass


def connect_to(host: str, port: int) -> Callable[[], socket.socket]:
    """Make a connector to a vpcd that listens on a host and port."""
    return lambda: socket.create_connection((host, port), timeout=None)
