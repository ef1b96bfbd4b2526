"""Where a service PIN is entered: the reader's keypad, a PIN pad, a terminal; in this order.

The keypad keeps the PIN to itself and the card, so what it does stands in service_pin.py; here
are the places that give this machine the digits. A terminal is one in development only. There is
no other: no argument, no variable, no field on a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import Enum
from typing import Protocol

from terminal.config import Config
from terminal.devices.pin_pad import PinPad
from terminal.devices.prompt import TerminalPrompt
from terminal.devices.zt598 import open_pin_pad
from terminal.errors import PinSourceMissing
from terminal.service_pin import LEAST_DIGITS, MOST_DIGITS, ServicePin
from terminal.texts import Language, Text


class Ask(Enum):
    """Name what the holder is asked for."""

    PIN = Text("请输入服务密码：", "Service PIN: ")
    OLD = Text("请输入原服务密码：", "Old service PIN: ")
    NEW = Text("请输入新服务密码：", "New service PIN: ")
    AGAIN = Text("请再输入一次新服务密码：", "New service PIN again: ")


class PinEntry(Protocol):
    """Be a place to enter a PIN at; ``source`` names it in results: ``pad``, ``terminal``."""

    @property
    def source(self) -> str:
        """Name the place."""
        ...

    def enter(self, what: Ask) -> ServicePin:
        """Ask for a PIN; whoever gets it wipes it. Raises PinError and DeviceError leaves."""
        ...


class AtTerminal:
    """Enter a PIN at the terminal this program runs in."""

    source = "terminal"

    def __init__(self, language: Language, say: Callable[[str], object]) -> None:
        self._language = language
        self._prompt = TerminalPrompt(say)

    def enter(self, what: Ask) -> ServicePin:
        """Ask at the terminal."""
        return self._prompt.enter_service_pin(what.value.say(self._language))


class AtPad:
    """Enter a PIN at the PIN pad; the screen says what for and shows the stars."""

    source = "pad"

    def __init__(self, pad: PinPad, language: Language, say: Callable[[str], object]) -> None:
        self._pad = pad
        self._language = language
        self._say = say

    def enter(self, what: Ask) -> ServicePin:
        """Ask at the pad, once it takes keys: nobody types at a dead one."""
        shown, asked = 0, False

        def progress(count: int) -> None:
            nonlocal shown, asked
            if not asked:
                self._say(what.value.say(self._language))
                asked = True
            self._say("*" * (count - shown) if count > shown else "\b \b" * (shown - count))
            shown = count

        try:
            return self._pad.enter_service_pin(LEAST_DIGITS, MOST_DIGITS, progress)
        finally:
            if asked:
                self._say("\n")


MakeEntry = Callable[[], AbstractContextManager[PinEntry]]
"""Open the place to enter a PIN at, when one is wanted."""


@contextmanager
def pin_entry(
    config: Config, language: Language, say: Callable[[str], object]
) -> Iterator[PinEntry]:
    """Open the PIN pad where one is configured, else the terminal of a development machine.

    ``say`` shows text to whoever sits there. Raises PinSourceMissing, PinPadMissing.
    """
    if config.pin_pad.port:
        pad = open_pin_pad(config.pin_pad, config.source)
        try:
            yield AtPad(pad, language, say)
        finally:
            pad.close()
    elif config.production:
        raise PinSourceMissing(
            why=Text("；生产模式下不从终端输入", "; production mode takes none from a terminal")
        )
    else:
        yield AtTerminal(language, say)
