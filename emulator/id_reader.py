"""A reader of identity documents 身份证阅读器 with a SAM-A module, in software.

Reference counter-devices.md §6, outline in §6.8. Bytes go in by :meth:`SoftwareIdReader.feed` and
out by :meth:`SoftwareIdReader.take`; emulator/on_pty.py puts both on a pseudo-terminal. What the
reference leaves open is our own choice and said where it is made.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from enum import Enum

from apdu.sam_a_areas import encode_address
from apdu.sam_a_commands import (
    NUMBER_SIZE,
    SPEEDS,
    USUAL_RADIO,
    Command,
    Status,
    radio_asked,
    speed_asked,
)
from apdu.sam_a_frames import Damage, Damaged, DeviceFrame, FrameReader, HostFrame
from emulator import id_reader_faults as faults
from emulator.id_cards import IdCard, card

__all__ = ["IdCard", "SoftwareIdReader", "State", "card"]

NUMBER = b"GUITAI TEST SAM\0"
"""The number of a module that was never made."""
_PIECE = 64
"""Bytes that leave at once: a USB adapter at full speed gives no more in a packet."""
_COMMANDS = {each.code: each for each in Command}
_NEED_LICENCE = frozenset(
    {Command.FIND, Command.SELECT, Command.READ, Command.READ_FINGERS, Command.ADDRESS}
)
Answer = tuple[Status, bytes]


class State(Enum):
    """Say how far it is with a document."""

    EMPTY = "empty"
    LAID = "laid"
    FOUND = "found"
    SELECTED = "selected"


class SoftwareIdReader:
    """Be a reader. ``number`` are the module's 16 bytes.

    ``log`` is told of commands and of the answer's status. ``on_output`` is told when there is
    something to take. All methods may be called from any thread.
    """

    def __init__(
        self,
        *,
        number: bytes = NUMBER,
        clock: Callable[[], float] = time.monotonic,
        log: Callable[[str], object] = lambda _: None,
    ) -> None:
        if len(number) != NUMBER_SIZE:
            raise ValueError(f"a module's number has {NUMBER_SIZE} bytes")
        self.state = State.EMPTY
        self.speed = SPEEDS[0]
        """What 60 set it to; a pseudo-terminal has none, so nothing else follows from it."""
        self.radio = USUAL_RADIO
        self.received: list[bytes] = []
        """Content of the commands that were heard, from CMD on."""
        self.faults = faults.Faults()
        self.on_output: Callable[[], None] = lambda: None
        self._number = number
        self._clock = clock
        self._log = log
        self._card: IdCard | None = None
        self._reader = FrameReader(HostFrame)
        self._output: deque[tuple[float, bytes]] = deque()
        self._lock = threading.RLock()

    # --- The line -----------------------------------------------------------------------------

    def feed(self, data: bytes) -> None:
        """Take bytes from the terminal."""
        with self._lock:
            if self.faults.mute:
                return
            if self.faults.other_speed:
                self._send([faults.at_other_speed(data)])
                return
            for event in self._reader.feed(data):
                if isinstance(event, HostFrame):
                    self._hear(event)
                elif isinstance(event, Damaged):
                    by_check = event.damage is Damage.CHECK
                    self._answer(Status.HOST_CHECK if by_check else Status.HOST_LENGTH, b"")

    def take(self) -> bytes:
        """Give the next piece that leaves; nothing where there is none yet, and for a pause."""
        with self._lock:
            if self._output and self._output[0][0] <= self._clock():
                return self._output.popleft()[1]
            return b""

    # --- Hands --------------------------------------------------------------------------------

    def lay(self, document: IdCard) -> None:
        """Lay a document on it; one that lies there is taken away."""
        with self._lock:
            self._card = document
            self.state = State.LAID

    def lift(self) -> None:
        """Take the document away."""
        with self._lock:
            self._card = None
            self.state = State.EMPTY

    # --- Faults -------------------------------------------------------------------------------

    def silence(self, times: int = 1) -> None:
        """Do not hear the next commands."""
        self.faults.deaf += times

    def refuse(self, status: int, times: int = 1) -> None:
        """Answer the next commands with a status, and do nothing."""
        self.faults.refusals.extend([status] * times)

    def drop_reply(self, times: int = 1) -> None:
        """Carry out the next commands and lose the answers."""
        self.faults.shapes.extend([faults.drop] * times)

    def bad_checksum(self, times: int = 1) -> None:
        """Send the next answers with a wrong CHK."""
        self.faults.shapes.extend([faults.corrupt] * times)

    def wrong_length(self, by: int = 1, times: int = 1) -> None:
        """Send the next answers with another Len than they have."""
        self.faults.shapes.extend([faults.miscount(by)] * times)

    def half_frame(self, at: int = 9, times: int = 1) -> None:
        """Send the first bytes of the next answers only."""
        self.faults.shapes.extend([faults.cut(at)] * times)

    def split_reply(self, size: int, *, late: bool = False) -> None:
        """Send the next answer in pieces, with pauses between where ``late``."""
        self.faults.shapes.append(faults.split(size, late=late))

    def noise(self, data: bytes = b"AT\r") -> None:
        """Send something that is nothing."""
        with self._lock:
            self._send([data])

    def mend(self) -> None:
        """Let nothing be wrong any more."""
        with self._lock:
            self.faults = faults.Faults()

    # --- Inside -------------------------------------------------------------------------------

    def _hear(self, frame: HostFrame) -> None:
        if self.faults.deaf:
            self.faults.deaf -= 1
            return
        self.received.append(frame.code + frame.data)
        if self.faults.refusals:
            self._answer(self.faults.refusals.popleft(), b"")
            return
        status, data = self._carry_out(frame)
        self._log(f"{frame.code.hex(' ').upper()} -> {status:02X}")
        self._answer(status, data)

    def _carry_out(self, frame: HostFrame) -> Answer:
        if (speed := speed_asked(frame.code)) is not None:
            self.speed = speed
            return Status.DONE, b""
        if (radio := radio_asked(frame)) is not None:
            self.radio = radio
            return Status.DONE, b""
        command = _COMMANDS.get(frame.code)
        if command is None:
            return Status.BAD_COMMAND, b""
        if frame.data:
            return Status.HOST_LENGTH, b""
        if command in _NEED_LICENCE or command is Command.STATE:
            if not self.faults.works:
                return Status.SELF_TEST_FAILED, b""
            if not self.faults.authorised:
                return Status.UNAUTHORISED, b""
        return self._done(command)

    def _done(self, command: Command) -> Answer:
        """Do what a command asks, by the rules of §6.8."""
        if command is Command.FIND:
            if self.state is not State.LAID:
                return Status.NO_CARD, b""
            self.state = State.FOUND
            return Status.FOUND, bytes(4)
        if command is Command.SELECT:
            # Selected once more it fails, too: our own choice.
            if self.state is not State.FOUND:
                return Status.SELECT_FAILED, b""
            self.state = State.SELECTED
            return Status.DONE, bytes(8)
        if command is Command.RESET:
            # As if empty: what lies there has to be lifted and laid again.
            self.state = State.EMPTY
        if command is Command.NUMBER:
            return Status.DONE, self._number
        if command in _NEED_LICENCE:
            return self._read(command)
        return Status.DONE, b""

    def _read(self, command: Command) -> Answer:
        if self._card is None or self.state is not State.SELECTED:
            return Status.READ_FAILED, b""
        if command is Command.ADDRESS:
            address = self._card.newest_address
            if address is None:
                return Status.NO_CONTENT, b""
            return Status.DONE, encode_address(address)
        with_fingers = command is Command.READ_FINGERS
        return Status.DONE, self._card.areas.encode(with_fingers=with_fingers)

    def _answer(self, status: int, data: bytes) -> None:
        frame = DeviceFrame(status, data).encode()
        shapes = self.faults.shapes
        pieces = shapes.popleft()(frame) if shapes else faults.split(_PIECE, late=False)(frame)
        self._send(pieces)

    def _send(self, pieces: list[bytes]) -> None:
        at = self._clock() + self.faults.delay
        self._output.extend((at, piece) for piece in pieces)
        self.on_output()
