"""The ESC/POS commands of receipt printers 凭条打印机, and the stream they come in.

Reference counter-devices.md §5; what stands beside its table (emphasis, line feed) is ESC/POS as
every maker's manual has it. Text is GB18030 in one and two bytes, so no byte of a text is below
20: whatever is, begins a command. What a printer answers is in escpos_status.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, IntEnum, IntFlag

from apdu.errors import EncodingError

FIRST_TEXT = 0x20
"""The lowest byte of a text."""
MOST_FEED = 255
MOST_TIMES = 8
"""How many times wider or higher a character may be."""
_MOST_SKIPPED = 256
"""Bytes of a command's list that is waited for; what has not ended by then is no list."""


class Kind(Enum):
    """Name the commands: how one begins, and how many bytes of parameters follow."""

    LINE_FEED = (b"\n", 0)
    RESET = (b"\x1b@", 0)
    ALIGN = (b"\x1ba", 1)
    FEED = (b"\x1bd", 1)
    EMPHASIS = (b"\x1bE", 1)
    PRINT_MODE = (b"\x1b!", 1)
    TEXT_SIZE = (b"\x1d!", 1)
    CUT = (b"\x1dV", 1)
    IDENTITY = (b"\x1dI", 1)
    CHINESE_ON = (b"\x1c&", 0)
    CHINESE_OFF = (b"\x1c.", 0)
    CHINESE_ATTRIBUTES = (b"\x1c!", 1)
    CHINESE_LARGE = (b"\x1cW", 1)
    STATUS = (b"\x10\x04", 1)

    @property
    def prefix(self) -> bytes:
        """Give the bytes that a command begins with."""
        return self.value[0]

    @property
    def parameters(self) -> int:
        """Give how many bytes follow."""
        return self.value[1]


class Align(IntEnum):
    """Say where a line stands; the value is the parameter."""

    LEFT = 0
    CENTRE = 1
    RIGHT = 2


class Cut(IntEnum):
    """Say how the paper is cut; the value is the parameter."""

    FULL = 0
    PARTIAL = 1


class Chinese(IntFlag):
    """Hold the attributes of Chinese characters."""

    DOUBLE_WIDTH = 1 << 2
    DOUBLE_HEIGHT = 1 << 3
    UNDERLINE = 1 << 7


class PrintMode(IntFlag):
    """Hold what one command of the old days sets at once, as others still do."""

    EMPHASIS = 1 << 3
    DOUBLE_HEIGHT = 1 << 4
    DOUBLE_WIDTH = 1 << 5
    UNDERLINE = 1 << 7


class Identity(IntEnum):
    """Say what of the printer's identity is asked; each answer is one byte."""

    MODEL = 1
    VERSION = 3


class Form(IntEnum):
    """Say which status is asked for in real time; the value is the parameter."""

    PRINTER = 1
    OFFLINE = 2
    ERROR = 3
    PAPER = 4
    ALL = 0x14
    """The form of kiosk printers, which answers for everything at once."""


@dataclass(frozen=True, slots=True)
class Command:
    """Hold a command; raises EncodingError where the number of its parameters is another."""

    kind: Kind
    data: bytes = b""

    def __post_init__(self) -> None:
        if len(self.data) != self.kind.parameters:
            raise EncodingError(f"{self.kind.name} has {self.kind.parameters} bytes of parameters")

    def encode(self) -> bytes:
        """Give the bytes that are sent."""
        return self.kind.prefix + self.data

    @property
    def parameter(self) -> int:
        """Give the parameter of a command that has one."""
        return self.data[0]


LINE_FEED = Command(Kind.LINE_FEED)
RESET = Command(Kind.RESET)
CHINESE_ON = Command(Kind.CHINESE_ON)
CHINESE_OFF = Command(Kind.CHINESE_OFF)


def align(where: Align) -> Command:
    """Have lines stand left, in the middle or right."""
    return Command(Kind.ALIGN, bytes((where,)))


def feed(lines: int) -> Command:
    """Print what stands in the line and feed 0 to 255 lines."""
    if not 0 <= lines <= MOST_FEED:
        raise EncodingError(f"0 to {MOST_FEED} lines are fed, not {lines}")
    return Command(Kind.FEED, bytes((lines,)))


def emphasis(*, on: bool) -> Command:
    """Have characters printed bold."""
    return Command(Kind.EMPHASIS, bytes((on,)))


def print_mode(mode: PrintMode) -> Command:
    """Set size, emphasis and underline at once."""
    return Command(Kind.PRINT_MODE, bytes((mode,)))


def text_size(width: int, height: int) -> Command:
    """Have characters 1 to 8 times as wide and as high."""
    if not (1 <= width <= MOST_TIMES and 1 <= height <= MOST_TIMES):
        raise EncodingError(f"a character is 1 to {MOST_TIMES} times as wide and as high")
    return Command(Kind.TEXT_SIZE, bytes(((width - 1) << 4 | (height - 1),)))


def size_of(parameter: int) -> tuple[int, int]:
    """Read the parameter of a text size: how many times as wide and as high; bits 3, 7 are void."""
    return (parameter >> 4 & 7) + 1, (parameter & 7) + 1


def chinese_attributes(attributes: Chinese) -> Command:
    """Set the attributes of Chinese characters."""
    return Command(Kind.CHINESE_ATTRIBUTES, bytes((attributes,)))


def chinese_large(*, on: bool) -> Command:
    """Have Chinese characters twice as wide and as high."""
    return Command(Kind.CHINESE_LARGE, bytes((on,)))


def cut(how: Cut) -> Command:
    """Cut the paper."""
    return Command(Kind.CUT, bytes((how,)))


def identity(what: Identity) -> Command:
    """Ask which printer it is; it answers when all that was sent before has been worked off."""
    return Command(Kind.IDENTITY, bytes((what,)))


def status(form: Form) -> Command:
    """Ask how the printer is; it is answered at once, whatever waits to be printed."""
    return Command(Kind.STATUS, bytes((form,)))


@dataclass(frozen=True, slots=True)
class Printable:
    """Hold bytes of a text; it may be somebody's name. A character may go on in the next one."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Skipped:
    """Hold a command that is none of ours, or control bytes that are no command."""

    data: bytes = field(repr=False)


Event = Printable | Command | Skipped

_OWN = {kind.prefix: kind for kind in Kind}
_FOREIGN = {
    b"\x1b": dict.fromkeys(b"2<FLTmo", 0)
    | dict.fromkeys(b" %-3=?ABCGJMNQRSUVZertu{", 1)
    | dict.fromkeys(b"$\\c", 2)
    | {ord("p"): 3, ord("W"): 8},
    b"\x1c": dict.fromkeys(b"-C", 1) | dict.fromkeys(b"?Sp", 2),
    b"\x1d": dict.fromkeys(b":", 0)
    | dict.fromkeys(b"#/BEHTabfhirwz|", 1)
    | dict.fromkeys(b"$LPW\\", 2),
    b"\x10": {0x05: 1, 0x14: 3},
}
"""How many bytes follow of commands that others send: printers pass over what they do not do."""
_COUNTED = (b"\x1d(", b"\x1c(")
"""Functions with their letter and the count of what follows in two bytes, low byte first."""
_TABS = b"\x1bD"
"""A list that a zero ends."""


class CommandReader:
    """Take a stream apart into text and commands, however it is cut into pieces.

    It keeps the beginning of one command. Pictures and bar codes are not known to it.
    """

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[Event]:
        """Take more bytes; give what they complete, in order."""
        self._pending += data
        return list(self._events())

    def _events(self) -> Iterator[Event]:
        while self._pending:
            event = self._next()
            if event is None:
                return
            yield event

    def _next(self) -> Event | None:
        """Take one event; None where more bytes are needed."""
        pending = self._pending
        text = next((at for at, byte in enumerate(pending) if byte < FIRST_TEXT), len(pending))
        if text:
            return Printable(self._take(text))
        size = _size(pending)
        if size is None or len(pending) < size:
            return None
        found = self._take(size)
        for prefix, kind in _OWN.items():
            if found.startswith(prefix) and len(found) == len(prefix) + kind.parameters:
                return Command(kind, found[len(prefix) :])
        return Skipped(found)

    def _take(self, count: int) -> bytes:
        taken = bytes(self._pending[:count])
        del self._pending[:count]
        return taken


def _size(pending: bytearray) -> int | None:
    """Give the length of the command that stands first; None where it does not show yet."""
    lead = bytes(pending[:1])
    if lead not in _FOREIGN:
        return 1
    if len(pending) < 2:
        return None
    prefix = bytes(pending[:2])
    if prefix == Kind.CUT.prefix:
        return _cut_size(pending)
    if prefix in _OWN:
        return len(prefix) + _OWN[prefix].parameters
    if prefix in _COUNTED:
        return 5 + int.from_bytes(pending[3:5], "little") if len(pending) >= 5 else None
    if prefix == _TABS:
        end = pending.find(0, 2)
        if end < 0:
            return None if len(pending) < _MOST_SKIPPED else len(pending)
        return end + 1
    return 2 + _FOREIGN[lead].get(prefix[1], 0)


def _cut_size(pending: bytearray) -> int | None:
    """Give the length of a cut: the form that feeds first (41, 42) says how far in one more."""
    if len(pending) < 3:
        return None
    return 4 if pending[2] in b"AB" else 3
