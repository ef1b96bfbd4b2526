"""The keypad of the software PIN pad: what a key does while it is closed, plain or in cipher mode.

Reference counter-devices.md §3.2.5. The digits exist in here only; what leaves are the bytes
that a real pad sends, and in a log a digit is the mask byte.
"""

from __future__ import annotations

from enum import Enum, auto

from apdu.zt598 import DIGITS, DOUBLE_ZEROS, BlockFormat, ClearKey, KeyByte


class Mode(Enum):
    """Say what the keypad is open for."""

    CLOSED = auto()
    PLAIN = auto()
    CIPHER = auto()


class Keypad:
    """Turn key presses into the bytes that leave the pad."""

    def __init__(self) -> None:
        self.mode = Mode.CLOSED
        self.entries = 0
        """Entries that were opened so far."""
        self.least = 1
        self.most = 12
        self.seconds = 30
        self.mask: int = KeyByte.MASK
        self.clear = ClearKey.ALL
        self.ignores_limits = False
        """Let through more digits than allowed, as no good pad does: a fault."""
        self.slot = 0
        self.format = BlockFormat.ISO_0
        self.account = b""
        self._digits = bytearray()
        self._finished = False
        self._opened_at = 0.0

    @property
    def entered(self) -> bytes:
        """Give the digits to the cipher; empty where no entry was finished."""
        return bytes(self._digits) if self._finished else b""

    def open(self, mode: Mode, now: float) -> None:
        """Begin an entry; the same command once more changes nothing."""
        if self.mode is mode and not self._finished:
            return
        self.close()
        self.mode = mode
        self.entries += 1
        self._opened_at = now

    def close(self) -> None:
        """End whatever was being entered and forget it."""
        self._shorten(0)
        self._finished = False
        self.mode = Mode.CLOSED

    def overdue(self, now: float) -> bool:
        """Tell whether an entry has taken too long."""
        open_ = self.mode is not Mode.CLOSED and not self._finished
        return open_ and bool(self.seconds) and now - self._opened_at >= self.seconds

    def press(self, key: int) -> bytes:
        """Press a key; give what leaves the pad."""
        if self.mode is Mode.CLOSED or self._finished:
            return b""
        if key in DIGITS:
            return self._add(key)
        if key in DOUBLE_ZEROS:
            if self.mode is Mode.CIPHER:
                return self._add(0x30) + self._add(0x30)
            return bytes((key,)) if self._count(2) else b""
        if key == KeyByte.ENTER and self.mode is Mode.CIPHER and len(self._digits) < self.least:
            return b""
        if key == KeyByte.ENTER:
            self._finished = True
        elif key == KeyByte.CLEAR:
            self._shorten(len(self._digits) - 1 if self.clear is ClearKey.BACKSPACE else 0)
        elif key == KeyByte.CANCEL and self.mode is Mode.CIPHER:
            self.close()
        return bytes((key,))

    def _add(self, digit: int) -> bytes:
        if not self._count(1):
            return b""
        self._digits[-1] = digit
        return bytes((self.mask if self.mode is Mode.CIPHER else digit,))

    def _count(self, digits: int) -> bool:
        """Make room for digits, up to the limit."""
        if len(self._digits) + digits > self.most and not self.ignores_limits:
            return False
        self._digits += b"0" * digits
        return True

    def _shorten(self, left: int) -> None:
        left = max(left, 0)
        self._digits[left:] = bytes(len(self._digits) - left)
        del self._digits[left:]


def shown(key: int) -> str:
    """Name a key in a log; a digit is the mask byte."""
    if key in DIGITS:
        return chr(KeyByte.MASK)
    return KeyByte(key).name if key in list(KeyByte) else f"{key:02X}"


def parse_keys(text: str) -> bytes:
    """Read a script of key presses such as ``123456 ENTER``.

    Digits are pressed one by one; anything else is a key's name, as in KeyByte. Raises ValueError.
    """
    keys = bytearray()
    for word in text.split():
        if word.isascii() and word.isdigit():
            keys += word.encode("ascii")
        elif word.upper() in KeyByte.__members__:
            keys.append(KeyByte[word.upper()])
        else:
            raise ValueError(
                f"{word} is no key; keys are digits and {', '.join(KeyByte.__members__)}"
            )
    return bytes(keys)
