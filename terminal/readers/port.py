"""The small port behind which PC/SC stands, so that a scripted one can stand in.

Result codes and their meaning as in pcsc-lite's pcsclite.h; every failing call raises
PcscFailure, which only this room handles and turns into the catalogue (:func:`explain`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag, IntEnum
from typing import Protocol

PNP = "\\\\?PnP?\\Notification"
"""Pseudo-reader whose state changes when readers come or go (pcsc-lite, Windows)."""


class Result(IntEnum):
    """Name the PC/SC result codes that code decides on."""

    CANCELLED = 0x80100002
    INVALID_HANDLE = 0x80100003
    INVALID_PARAMETER = 0x80100004
    TIMEOUT = 0x8010000A
    SHARING_VIOLATION = 0x8010000B
    NO_SMARTCARD = 0x8010000C
    UNKNOWN_CARD = 0x8010000D
    PROTO_MISMATCH = 0x8010000F
    SYSTEM_CANCELLED = 0x80100012
    COMM_ERROR = 0x80100013
    NOT_TRANSACTED = 0x80100016
    READER_UNAVAILABLE = 0x80100017
    UNKNOWN_READER = 0x80100009
    NO_SERVICE = 0x8010001D
    SERVICE_STOPPED = 0x8010001E
    UNSUPPORTED_FEATURE = 0x8010001F
    NO_READERS = 0x8010002E
    UNRESPONSIVE = 0x80100066
    UNPOWERED = 0x80100067
    RESET = 0x80100068
    REMOVED = 0x80100069
    SECURITY_VIOLATION = 0x8010006A


SERVICE_GONE = frozenset(
    {Result.NO_SERVICE, Result.SERVICE_STOPPED, Result.COMM_ERROR, Result.INVALID_HANDLE}
)
"""What a call gives when the daemon went: first 80100013, then 8010001D (seen with pcscd 1.9.9)."""


class PcscFailure(Exception):
    """Carry the result code of a call that failed."""

    def __init__(self, call: str, result: int) -> None:
        super().__init__(f"{call}: {result:08X}")
        self.call = call
        self.result = result


class State(Flag):
    """Name the reader states of SCardGetStatusChange (low word)."""

    UNAWARE = 0x0000
    IGNORE = 0x0001
    CHANGED = 0x0002
    UNKNOWN = 0x0004
    UNAVAILABLE = 0x0008
    EMPTY = 0x0010
    PRESENT = 0x0020
    EXCLUSIVE = 0x0080
    IN_USE = 0x0100
    MUTE = 0x0200


@dataclass(frozen=True, slots=True)
class ReaderStatus:
    """Hold a reader's state word (event counter in the high half) and its card's ATR."""

    name: str
    word: int = 0
    atr: bytes = b""

    @property
    def state(self) -> State:
        """Give the flags of the low half."""
        return State(self.word & 0x03BF)

    @property
    def counter(self) -> int:
        """Give the event counter of the high half."""
        return self.word >> 16

    @property
    def present(self) -> bool:
        """Tell whether there is a card."""
        return State.PRESENT in self.state


class Share(IntEnum):
    """Say whether other programs may use the reader too."""

    EXCLUSIVE = 1
    SHARED = 2
    DIRECT = 3


class Disposition(IntEnum):
    """Say what happens to the card at the end of a transaction or a connection."""

    LEAVE = 0
    RESET = 1
    UNPOWER = 2


class CardHandle(Protocol):
    """Be a connection to a card in a reader."""

    @property
    def protocol(self) -> str:
        """Name the negotiated protocol, ``T=0`` or ``T=1``."""
        ...

    @property
    def atr(self) -> bytes:
        """Give the card's answer to reset."""
        ...

    def transmit(self, command: bytes) -> bytes:
        """Exchange a command for its answer; empty where the card was torn."""
        ...

    def begin(self) -> None:
        """Begin a transaction: no other program gets between."""
        ...

    def end(self, disposition: Disposition) -> None:
        """End the transaction."""
        ...

    def control(self, code: int, data: bytes) -> bytes:
        """Talk to the reader itself."""
        ...

    def disconnect(self, disposition: Disposition) -> None:
        """End the connection."""
        ...


class Context(Protocol):
    """Be a context of the resource manager; used by one thread, cancelled from any."""

    def readers(self) -> list[str]:
        """List reader names, empty where there is none."""
        ...

    def wait(self, known: list[ReaderStatus], milliseconds: int) -> list[ReaderStatus]:
        """Wait until a state differs from what is known; the states now.

        Raises PcscFailure, TIMEOUT among others.
        """
        ...

    def connect(self, reader: str, share: Share) -> CardHandle:
        """Connect to the card in a reader, or to the reader itself (DIRECT)."""
        ...

    def cancel(self) -> None:
        """Wake a blocked wait."""
        ...

    def release(self) -> None:
        """Give the context back; never raises."""
        ...


class Pcsc(Protocol):
    """Be PC/SC: a way to contexts."""

    def establish(self) -> Context:
        """Make a context; raises PcscFailure where the daemon does not answer."""
        ...
