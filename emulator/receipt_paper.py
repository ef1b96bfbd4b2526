"""The paper of the software receipt printer: lines of text with their attributes, and cuts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from apdu.escpos import Align

BLANK = "□"
"""What stands on the paper where the printer's font has nothing."""
_LAST_ASCII = "~"
_FOUR_BYTES = 0x30
"""Second bytes from here to 39 belong to a character of four bytes (GB 18030)."""


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """Hold a line; its attributes are those of its first character. It may be somebody's name."""

    text: str = field(default="", repr=False)
    align: Align = Align.LEFT
    width: int = 1
    height: int = 1
    bold: bool = False
    underlined: bool = False

    def shown(self, columns: int) -> str:
        """Give it as it stands on a paper of so many columns, of ordinary size."""
        free = max(columns - columns_of(self.text) * self.width, 0)
        before = {Align.LEFT: 0, Align.CENTRE: free // 2, Align.RIGHT: free}[self.align]
        return (" " * before + self.text).rstrip(" ")


@dataclass(frozen=True, slots=True)
class CutMark:
    """Mark where the paper was cut."""

    partial: bool = False


Mark = PrintedLine | CutMark


def columns_of(text: str) -> int:
    """Count the columns of a text: what is not ASCII has two."""
    return sum(1 if char <= _LAST_ASCII else 2 for char in text)


def wrapped(line: PrintedLine, columns: int) -> Iterator[PrintedLine]:
    """Break a line where the paper ends, as a printer does: at any character."""
    text, used = "", 0
    for char in line.text:
        wide = columns_of(char) * line.width
        if text and used + wide > columns:
            yield replace(line, text=text)
            text, used = "", 0
        text += char
        used += wide
    yield replace(line, text=text)


def decoded(data: bytes, *, chinese: bool, wide: bool) -> str:
    """Read text as the printer's font shows it.

    A font that is not ``wide`` has no characters of four bytes, and nobody's own ones; without the
    Chinese mode it has none but ASCII.
    """
    text, at = "", 0
    while at < len(data):
        size = _size(data, at) if chinese else 1
        text += _character(data[at : at + size], wide=wide)
        at += size
    return text


def _size(data: bytes, at: int) -> int:
    if data[at] < 0x81 or at + 1 == len(data):
        return 1
    return 4 if _FOUR_BYTES <= data[at + 1] < _FOUR_BYTES + 10 else 2


def _character(data: bytes, *, wide: bool) -> str:
    try:
        char = data.decode("gb18030")
    except UnicodeDecodeError:
        return BLANK
    own = "\ue000" <= char <= "\uf8ff"
    return BLANK if (len(data) == 4 and not wide) or own else char
