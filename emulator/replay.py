"""A card that answers from a trace: a bug report or a log becomes a fixture."""

from __future__ import annotations

from apdu.trace import Trace, hexes
from emulator.card import Removed


class ReplayMismatch(AssertionError):
    """Say that the terminal sent something else than the trace has."""


class ReplayedCard:
    """Answer a trace's commands in its order; ``transmit`` raises ReplayMismatch for others.

    Power and reset do not rewind it: a trace is one session. Where the trace has no answer
    the card is gone (Removed).
    """

    def __init__(self, trace: Trace) -> None:
        self.atr = trace.atr
        self.protocol = trace.protocol or "T=0"
        self._exchanges = trace.exchanges
        self._next = 0

    @property
    def finished(self) -> bool:
        """Tell whether every command of the trace was sent."""
        return self._next == len(self._exchanges)

    def power_on(self) -> None:
        """Go on where the trace is."""

    def power_off(self) -> None:
        """Go on where the trace is."""

    def reset(self) -> None:
        """Go on where the trace is."""

    def transmit(self, command: bytes) -> bytes:
        """Give the trace's answer."""
        if self.finished:
            raise ReplayMismatch(f"the trace is over, got {hexes(command[:5])}")
        expected = self._exchanges[self._next]
        if command != expected.command:
            raise ReplayMismatch(
                f"command {self._next + 1}: the trace has {hexes(expected.command[:5])}…,"
                f" got {hexes(command[:5])}…"
            )
        self._next += 1
        if expected.answer is None:
            raise Removed
        return expected.answer
