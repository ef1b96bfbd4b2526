"""Cards that behave badly, to try a terminal with.

Each takes another card's place or stands behind it: ``Mutated`` changes a good card's
answers, so that the terminal is led deep before it meets the fault.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from apdu.atr import contact_atr
from emulator.card import InsertedCard, Removed

ATR = contact_atr(bytes.fromhex("00815445535448ABCD11000000"))


class Scripted:
    """Answer every command by a function; the base of the cards below."""

    def __init__(
        self, answer: Callable[[bytes], bytes], *, atr: bytes = ATR, protocol: str = "T=0"
    ) -> None:
        self._answer = answer
        self.atr = atr
        self.protocol = protocol

    def power_on(self) -> None:
        """Remember nothing."""

    def power_off(self) -> None:
        """Remember nothing."""

    def reset(self) -> None:
        """Remember nothing."""

    def transmit(self, command: bytes) -> bytes:
        """Answer by the function."""
        return self._answer(command)


def constant(answer: bytes) -> Scripted:
    """Make a card that gives one answer to everything."""
    return Scripted(lambda _: answer)


def endless() -> Scripted:
    """Make a card that always has more: 61xx, and data with 61xx to every GET RESPONSE."""
    return Scripted(lambda command: bytes(255) + b"\x61\xff" if command[1] == 0xC0 else b"\x61\xff")


def stubborn() -> Scripted:
    """Make a card that finds every length wrong: 6Cxx for ever."""
    return Scripted(lambda command: bytes((0x6C, (command[-1] + 1) & 0xFF)))


def rubbish(size: int = 65_533) -> Scripted:
    """Make a card that answers 64 KiB of noise and 9000."""
    noise = bytes((each * 167 + 13) & 0xFF for each in range(size))
    return Scripted(lambda _: noise + b"\x90\x00")


class Mutated:
    """Pass commands on to a good card and change its answers by a function.

    ``change(command, answer)`` gives the bytes that the terminal sees; it may raise Removed.
    """

    def __init__(self, card: InsertedCard, change: Callable[[bytes, bytes], bytes]) -> None:
        self._card = card
        self._change = change
        self.protocol: str = getattr(card, "protocol", "T=0")

    @property
    def atr(self) -> bytes:
        """Give the good card's ATR."""
        return self._card.atr

    def power_on(self) -> None:
        """Pass on."""
        self._card.power_on()

    def power_off(self) -> None:
        """Pass on."""
        self._card.power_off()

    def reset(self) -> None:
        """Pass on."""
        self._card.reset()

    def transmit(self, command: bytes) -> bytes:
        """Pass on and change."""
        return self._change(command, self._card.transmit(command))


def pulled_at(card: InsertedCard, number: int) -> Mutated:
    """Pull a card at its command of this number (from 1): it has worked, no answer arrives."""
    count = 0

    def change(_: bytes, answer: bytes) -> bytes:
        nonlocal count
        count += 1
        if count >= number:
            raise Removed
        return answer

    return Mutated(card, change)


class Hanging(Scripted):
    """Never answer a command until released; answers to reset as usual."""

    def __init__(self) -> None:
        self._released = threading.Event()
        super().__init__(self._hang)

    def release(self) -> None:
        """Let whoever waits go: the card is then gone."""
        self._released.set()

    def _hang(self, _: bytes) -> bytes:
        self._released.wait()
        raise Removed
