"""The frames of the SZZT ZT588/ZT598 PIN pads, and the key bytes between them.

A frame is STX, three decimal digits that count the body, the body, ETX and an LRC in two hex
digits (reference counter-devices.md §3.2.1). A body may hold any byte, 02 and 03 too, so a frame
is taken by its length. What is no part of a frame is a key, one byte each. Keys may be digits of
a PIN and bodies may hold keys, so nothing here shows its bytes in a repr.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import xor

from apdu.errors import EncodingError

STX = 0x02
ETX = 0x03
MOST_BODY = 998
"""Bytes of the longest body: 999 and more are written another way, which nothing here needs."""
_DIGITS = 3
_HEAD = 1 + _DIGITS
_AROUND = _HEAD + 3
"""Bytes of a frame that are not its body."""


def lrc(checked: bytes) -> bytes:
    """Make the two hex digits over what lies between STX and themselves."""
    return b"%02X" % reduce(xor, checked, 0)


def frame(body: bytes) -> bytes:
    """Put a body of 1 to 998 bytes into a frame; raises EncodingError for another length."""
    if not 1 <= len(body) <= MOST_BODY:
        raise EncodingError(f"a frame's body has 1 to {MOST_BODY} bytes, this one {len(body)}")
    checked = b"%03d%b%c" % (len(body), body, ETX)
    return bytes((STX,)) + checked + lrc(checked)


@dataclass(frozen=True, slots=True, repr=False)
class Frame:
    """Hold the body of a whole frame: a command's letter or a reply's code, then data."""

    body: bytes

    @property
    def code(self) -> int:
        """Give the first byte of the body."""
        return self.body[0]

    @property
    def data(self) -> bytes:
        """Give what follows it."""
        return self.body[1:]

    def __repr__(self) -> str:
        return f"Frame({self.code:02X}, {len(self.data)} bytes)"


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """Hold a byte that stood outside of any frame."""

    byte: int

    def __repr__(self) -> str:
        return "Key(*)"


@dataclass(frozen=True, slots=True)
class Noise:
    """Count bytes that began like a frame and were none."""

    count: int


Event = Frame | Key | Noise


class FrameReader:
    """Take a stream apart into frames, keys and noise, however it is cut into pieces.

    It keeps the beginning of one frame, at most 1,004 bytes. Bytes of a broken frame are never
    taken for keys: a digit in it would be one that nobody pressed. Reading goes on at the
    next STX.
    """

    def __init__(self) -> None:
        self._pending = bytearray()

    @property
    def halfway(self) -> bool:
        """Tell whether a frame has begun and not ended."""
        return bool(self._pending)

    def feed(self, data: bytes) -> list[Event]:
        """Take more bytes; give what they complete, in order."""
        self._pending += data
        events: list[Event] = []
        while (event := self._next()) is not None:
            events.append(event)
        return events

    def give_up(self) -> Noise | None:
        """Wait no longer for the rest of a frame; None where none has begun."""
        if not self._pending:
            return None
        count = len(self._pending)
        self._pending.clear()
        return Noise(count)

    def _next(self) -> Event | None:
        """Take one event; None where more bytes are needed."""
        pending = self._pending
        if not pending:
            return None
        if pending[0] != STX:
            return Key(pending.pop(0))
        digits = bytes(pending[1:_HEAD])
        if digits and not digits.isdigit():
            return self._broken()
        if len(digits) < _DIGITS:
            return None
        count = int(digits)
        if count == 0:
            return self._broken()
        if len(pending) < count + _AROUND:
            return None
        found = bytes(pending[: count + _AROUND])
        body = found[_HEAD : _HEAD + count]
        if found != frame(body):
            return self._broken()
        del pending[: len(found)]
        return Frame(body)

    def _broken(self) -> Noise:
        """Drop what began like a frame, up to where the next may begin."""
        after = self._pending.find(STX, 1)
        count = after if after > 0 else len(self._pending)
        del self._pending[:count]
        return Noise(count)
