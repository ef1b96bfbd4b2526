"""The frames between a host and a SAM-A module 安全控制模块, which reads identity documents.

Preamble, Len (2 bytes, big endian), content, CHK; CHK is the XOR of Len and content (reference
counter-devices.md §6.1). Len counts content and CHK. A host's content is CMD PARA and data, a
module's SW1 SW2 SW3 and data. Data may hold the preamble, so a frame is taken by its length. What a
module sends is somebody's identity, so nothing here shows its bytes in a repr.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import reduce
from operator import xor
from typing import ClassVar, Generic, Protocol, Self, TypeVar

from apdu.errors import EncodingError

PREAMBLE = b"\xaa\xaa\xaa\x96\x69"
_LEN = 2
_HEAD = len(PREAMBLE) + _LEN
_SW = b"\0\0"
"""SW1 and SW2; SW3 alone says how it went (§6.3)."""


def check(counted: bytes) -> int:
    """Make CHK over Len and content."""
    return reduce(xor, counted, 0)


def _framed(content: bytes, most: int) -> bytes:
    length = len(content) + 1
    if length > most:
        raise EncodingError(f"a frame's Len is at most {most}, this one's {length}")
    counted = length.to_bytes(_LEN, "big") + content
    return PREAMBLE + counted + bytes((check(counted),))


@dataclass(frozen=True, slots=True, repr=False)
class HostFrame:
    """Hold a command: ``code`` is CMD and PARA."""

    code: bytes
    data: bytes = b""

    LEAST: ClassVar[int] = 3
    MOST: ClassVar[int] = 0xFF
    """The reference's longest is 4; what is far beyond is a Len that was disturbed."""

    def encode(self) -> bytes:
        """Write the whole frame; raises EncodingError where it would be too long."""
        if len(self.code) != 2:
            raise EncodingError("a command is CMD and PARA, two bytes")
        return _framed(self.code + self.data, self.MOST)

    @classmethod
    def of(cls, content: bytes) -> Self:
        """Take a content apart."""
        return cls(content[:2], content[2:])

    def __repr__(self) -> str:
        return f"HostFrame({self.code.hex(' ').upper()}, {len(self.data)} bytes)"


@dataclass(frozen=True, slots=True, repr=False)
class DeviceFrame:
    """Hold an answer: ``status`` is SW3, ``sw`` what stands before it and should be zero."""

    status: int
    data: bytes = b""
    sw: bytes = _SW

    LEAST: ClassVar[int] = 4
    MOST: ClassVar[int] = 0x090A
    """Text, photo and two fingerprints (§6.4), the longest there is."""

    def encode(self) -> bytes:
        """Write the whole frame; raises EncodingError where it would be too long."""
        return _framed(self.sw + bytes((self.status,)) + self.data, self.MOST)

    @classmethod
    def of(cls, content: bytes) -> Self:
        """Take a content apart."""
        return cls(content[2], content[3:], content[:2])

    def __repr__(self) -> str:
        return f"DeviceFrame({self.status:02X}, {len(self.data)} bytes)"


@dataclass(frozen=True, slots=True)
class Noise:
    """Count bytes that were no beginning of a frame."""

    count: int


class Damage(Enum):
    """Say what is wrong with what began like a frame."""

    LENGTH = "length"
    """Len is one that no frame from this side has."""
    CHECK = "check"
    """CHK is not that of what came."""


@dataclass(frozen=True, slots=True)
class Damaged:
    """Count bytes of a frame that is none."""

    damage: Damage
    count: int


class Sided(Protocol):
    """Be a frame of one side: how long its Len may say it is, and how its content is read."""

    LEAST: ClassVar[int]
    MOST: ClassVar[int]

    @classmethod
    def of(cls, content: bytes) -> Self:
        """Take a content apart."""
        ...


F = TypeVar("F", bound=Sided)


class FrameReader(Generic[F]):
    """Take a stream apart into one side's frames, however it is cut into pieces.

    It keeps the beginning of one frame, at most 2,321 bytes. After what is no frame, reading goes
    on at the next preamble, also inside what was dropped.
    """

    def __init__(self, side: type[F]) -> None:
        self._side = side
        self._pending = bytearray()

    @property
    def halfway(self) -> bool:
        """Tell whether a frame has begun and not ended."""
        return bool(self._pending)

    def feed(self, data: bytes) -> list[F | Damaged | Noise]:
        """Take more bytes; give what they complete, in order."""
        self._pending += data
        events: list[F | Damaged | Noise] = []
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

    def _next(self) -> F | Damaged | Noise | None:
        """Take one event; None where more bytes are needed."""
        pending = self._pending
        if start := _begin(pending, 0):
            del pending[:start]
            return Noise(start)
        if len(pending) < _HEAD:
            return None
        length = int.from_bytes(pending[len(PREAMBLE) : _HEAD], "big")
        if not self._side.LEAST <= length <= self._side.MOST:
            return self._dropped(Damage.LENGTH)
        end = _HEAD + length
        if len(pending) < end:
            return None
        if check(bytes(pending[len(PREAMBLE) : end])):  # CHK over itself too: nothing is left
            return self._dropped(Damage.CHECK)
        frame = self._side.of(bytes(pending[_HEAD : end - 1]))
        del pending[:end]
        return frame

    def _dropped(self, damage: Damage) -> Damaged:
        """Drop what began like a frame, up to where the next may begin."""
        count = _begin(self._pending, 1)
        del self._pending[:count]
        return Damaged(damage, count)


def _begin(pending: bytearray, at: int) -> int:
    """Find where a frame begins, or may begin with what has come of it; else give the end."""
    found = pending.find(PREAMBLE, at)
    if found >= 0:
        return found
    for size in range(len(PREAMBLE) - 1, 0, -1):
        if len(pending) - size >= at and pending.endswith(PREAMBLE[:size]):
            return len(pending) - size
    return len(pending)
