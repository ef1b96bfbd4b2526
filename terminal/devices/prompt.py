"""A terminal as the place to enter a service PIN: for development machines only.

The digits are read one by one into a bytearray and echoed as stars; they are never a text. Where
standard input is no terminal one line of it is read, so that a script can be a holder.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from contextlib import AbstractContextManager

from terminal.errors import PinCancelled
from terminal.service_pin import ServicePin
from terminal.tty import hidden_input, more_follows

_ENTER = frozenset({0x0A, 0x0D})
_BACKSPACE = frozenset({0x08, 0x7F})
_ESCAPE = 0x1B
_CANCEL = frozenset({0x04, _ESCAPE})
_INTRODUCERS = frozenset(b"[O")
_FINAL_FIRST, _FINAL_LAST = 0x40, 0x7E
"""What ends a key's escape sequence (ECMA-48 §5.4), behind what begins it."""
_BELL = "\a"
_MOST_KEYS = 64
"""More than any PIN has: who types on and on is told so by the length, not kept listening."""


class TerminalPrompt:
    """Ask for a service PIN at a terminal; ``say`` shows what is asked and the stars."""

    def __init__(self, say: Callable[[str], object], descriptor: int = 0) -> None:
        self._say = say
        self._descriptor = descriptor

    def enter_service_pin(self, question: str) -> ServicePin:
        """Read a PIN until Enter or the end of input.

        Raises PinCancelled on Esc and where nothing was entered, PinLength.
        """
        digits = bytearray()
        at_terminal = os.isatty(self._descriptor)
        try:
            with self._hidden() if at_terminal else contextlib.nullcontext():
                self._say(question)
                self._read(digits, at_terminal=at_terminal)
            return ServicePin(digits)
        finally:
            digits[:] = bytes(len(digits))
            self._say("\n")

    def _hidden(self) -> AbstractContextManager[None]:
        return hidden_input(self._descriptor, by_key=True)

    def _read(self, digits: bytearray, *, at_terminal: bool) -> None:
        show = self._say if at_terminal else lambda _: None
        while len(digits) < _MOST_KEYS:
            key = self._key()
            if key in _ENTER or (key is None and digits):
                return
            if key == _ESCAPE and at_terminal and more_follows(self._descriptor):
                self._skip_sequence()
                show(_BELL)
            elif key is None or key in _CANCEL:
                raise PinCancelled
            elif key in _BACKSPACE:
                if digits:
                    digits[-1] = 0
                    del digits[-1]
                    show("\b \b")
            else:
                # A letter is kept: the length check refuses it, which ignoring it would not.
                digits.append(key)
                show("*" if 0x30 <= key <= 0x39 else f"*{_BELL}")

    def _key(self) -> int | None:
        """Read a key, None at the end; a terminal that hung up has ended, too."""
        try:
            read = os.read(self._descriptor, 1)
        except OSError:
            return None
        return read[0] if read else None

    def _skip_sequence(self) -> None:
        """Read over the rest of an arrow's or another key's bytes: it is no key of a PIN."""
        while more_follows(self._descriptor):
            key = self._key()
            if key is None or (_FINAL_FIRST <= key <= _FINAL_LAST and key not in _INTRODUCERS):
                return
