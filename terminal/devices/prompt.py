"""A terminal as the place to enter a service PIN: for development machines only.

The digits are read one by one into a bytearray and echoed as stars; they are never a text. Where
standard input is no terminal one line of it is read, so that a script can be a holder.
"""

from __future__ import annotations

import contextlib
import os
import termios
from collections.abc import Callable, Iterator

from terminal.errors import PinCancelled
from terminal.service_pin import ServicePin

_ENTER = frozenset({0x0A, 0x0D})
_BACKSPACE = frozenset({0x08, 0x7F})
_CANCEL = frozenset({0x04, 0x1B})
_BELL = "\a"
_MOST_KEYS = 64
"""More than any PIN has: who types on and on is told so by the length, not kept listening."""


class TerminalPrompt:
    """Ask for a service PIN at a terminal; ``say`` shows what is asked and the stars."""

    def __init__(self, say: Callable[[str], object], descriptor: int = 0) -> None:
        self._say = say
        self._descriptor = descriptor

    def enter_service_pin(self, question: str) -> ServicePin:
        """Read a PIN until Enter; raises PinCancelled on Esc or at the end, PinLength."""
        digits = bytearray()
        at_terminal = os.isatty(self._descriptor)
        try:
            with self._without_echo() if at_terminal else contextlib.nullcontext():
                self._say(question)
                self._read(digits, show=self._say if at_terminal else lambda _: None)
            return ServicePin(digits)
        finally:
            digits[:] = bytes(len(digits))
            self._say("\n")

    def _read(self, digits: bytearray, show: Callable[[str], object]) -> None:
        while len(digits) < _MOST_KEYS:
            read = os.read(self._descriptor, 1)
            if not read or read[0] in _CANCEL:
                raise PinCancelled
            key = read[0]
            if key in _ENTER:
                return
            if key in _BACKSPACE:
                if digits:
                    digits[-1] = 0
                    del digits[-1]
                    show("\b \b")
            else:
                # A letter is kept: the length check refuses it, which ignoring it would not.
                digits.append(key)
                show("*" if 0x30 <= key <= 0x39 else _BELL)

    @contextlib.contextmanager
    def _without_echo(self) -> Iterator[None]:
        before = termios.tcgetattr(self._descriptor)
        quiet = termios.tcgetattr(self._descriptor)
        quiet[3] &= ~(termios.ECHO | termios.ICANON)
        # What was typed before the question was no answer to it.
        termios.tcsetattr(self._descriptor, termios.TCSAFLUSH, quiet)
        try:
            yield
        finally:
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, before)
