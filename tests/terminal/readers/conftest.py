"""Readers and cards in software, for all tests of this room."""

from collections.abc import Callable

import pytest

from emulator.card import Removed
from emulator.pcsc import ScriptedPcsc
from terminal.readers.port import PcscFailure

READER = "Reader 00 00"
OTHER = "Reader 00 01"

Answer = Callable[[bytes], bytes]


class PlainCard:
    """A card that answers 9000, or what it is told to, and remembers what was asked and proved.

    ``20…`` proves something (VERIFY), ``22…`` answers 9000 only where that was done since the
    last reset.
    """

    def __init__(self, atr: bytes = bytes.fromhex("3B00")) -> None:
        self.atr = atr
        self.commands: list[bytes] = []
        self.resets = 0
        self.proved = False
        self.answer: Answer = self.plainly

    def plainly(self, command: bytes) -> bytes:
        """Answer as the class says."""
        if command[1:2] == b"\x20":
            self.proved = True
        refused = command[1:2] == b"\x22" and not self.proved
        return b"\x69\x82" if refused else b"\x90\x00"

    def pull(self, command: bytes) -> bytes:
        """Leave the reader before answering."""
        raise Removed

    def power_on(self) -> None:
        self.proved = False

    def power_off(self) -> None:
        self.proved = False

    def reset(self) -> None:
        self.resets += 1
        self.proved = False

    def transmit(self, command: bytes) -> bytes:
        self.commands.append(command)
        return self.answer(command)


@pytest.fixture
def pcsc() -> ScriptedPcsc:
    """Give a PC/SC with two empty readers."""
    return ScriptedPcsc(READER, OTHER, failure=PcscFailure)


@pytest.fixture
def card(pcsc: ScriptedPcsc) -> PlainCard:
    """Give a card, in the first reader."""
    card = PlainCard()
    pcsc.insert(READER, card)
    return card
