"""A connection to a card: bytes in, bytes out, and the layers stacked over it.

Every layer is a CardConnection over another: what PC/SC gives, a deadline, a meter, a trace,
the rules of T=0. A card module sees the topmost and does not know which there are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from apdu.trace import Redactor, answer_lines, command_line, header
from terminal.errors import CardTorn
from terminal.readers.explain import explain
from terminal.readers.port import CardHandle, PcscFailure


class CardConnection(Protocol):
    """Exchange commands with one card; the whole library stands on this."""

    @property
    def atr(self) -> bytes:
        """Give the card's answer to reset."""
        ...

    @property
    def protocol(self) -> str:
        """Name the protocol, ``T=0`` or ``T=1``."""
        ...

    def transmit(self, command: bytes) -> bytes:
        """Exchange a command for its answer; raises a GuitaiError where there is none."""
        ...


class PcscConnection:
    """A card in a PC/SC reader: TPDUs on T=0, APDUs on T=1."""

    def __init__(self, handle: CardHandle) -> None:
        self._send = handle.transmit
        self.atr = handle.atr
        self.protocol = handle.protocol

    def transmit(self, command: bytes) -> bytes:
        """Exchange bytes; the three signs of a torn card become one CardTorn."""
        try:
            answer = self._send(command)
        except PcscFailure as failure:
            raise explain(failure) from failure
        if not answer:
            # A card pulled in mid-command first gives success without an answer (pcscd 1.9.9).
            raise CardTorn
        return answer


@dataclass(slots=True)
class Wire:
    """Count what crossed the wire: TPDUs as SCardTransmit sees them, bytes with status words."""

    commands: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0


class Metered:
    """Count every exchange."""

    def __init__(self, inner: CardConnection, wire: Wire) -> None:
        self._send = inner.transmit
        self._wire = wire
        self.atr = inner.atr
        self.protocol = inner.protocol

    def transmit(self, command: bytes) -> bytes:
        """Count, pass on, count; a command without an answer counts as sent."""
        wire = self._wire
        wire.commands += 1
        wire.bytes_sent += len(command)
        answer = self._send(command)
        wire.bytes_received += len(answer)
        return answer


class Traced:
    """Write every exchange to a trace as it happens, masked unless told otherwise.

    The command is written before it is sent: a trace that ends with one shows where a card hung.
    """

    def __init__(
        self,
        inner: CardConnection,
        write: Callable[[str], object],
        clock: Callable[[], float],
        *,
        redact: bool = True,
    ) -> None:
        self._send = inner.transmit
        self._write = write
        self._clock = clock
        self._redactor = Redactor() if redact else None
        self.atr = inner.atr
        self.protocol = inner.protocol
        write(header(inner.atr, inner.protocol))

    def transmit(self, command: bytes) -> bytes:
        """Write, pass on, write; a command that got no answer says so."""
        self._write(command_line(command, self._redactor))
        began = self._clock()
        answer: bytes | None = None
        try:
            answer = self._send(command)
            return answer
        finally:
            taken = (self._clock() - began) * 1000
            self._write(answer_lines(answer, taken, self._redactor))
