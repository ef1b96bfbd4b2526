"""A page as the bytes of ESC/POS: GB18030, wrapped to the paper's width.

Most printers' fonts have the characters of GB18030 in one and two bytes only (reference
counter-devices.md §5). What takes four bytes would come out blank or as something else, so it is
listed and 〓 is printed in its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from apdu import escpos
from terminal.devices.receipt_printer import (
    LAST_ASCII,
    Align,
    Cut,
    Feed,
    Page,
    TextLine,
    columns_of,
)
from terminal.typesetting import GETA, is_selector, shapes, tidy, wrap

MOST_PIECE = 512
"""Bytes that are sent in one go: far less than any printer's buffer holds."""
_TO_THE_KNIFE = 5
"""Lines between the print head and the knife, or the edge where paper is torn off."""
_ALIGNS = {
    Align.LEFT: escpos.Align.LEFT,
    Align.CENTRE: escpos.Align.CENTRE,
    Align.RIGHT: escpos.Align.RIGHT,
}
_ALIKE = str.maketrans({"¥": "￥", "•": "·", "‧": "·", "・": "·", "⋅": "·"})
"""Characters of four bytes that have a twin of two, which people read as the same."""


@dataclass(frozen=True, slots=True)
class Composed:
    """Hold a page's bytes, in pieces that end with a line, and what could not be printed."""

    pieces: tuple[bytes, ...] = field(repr=False)
    replaced: tuple[str, ...] = field(repr=False)


def printable(text: str) -> tuple[str, tuple[str, ...]]:
    """Give a text as the printer can print it, and what 〓 stands for in it.

    A selector of a form is not followed, so its character is told as well.
    """
    shown: list[str] = []
    replaced: list[str] = []
    for shape in shapes(tidy(text).translate(_ALIKE)):
        char = shape[0]
        known = char == "\n" or _has(char)
        if not known or is_selector(shape[-1]):
            replaced.append(shape)
        shown.append(char if known else GETA)
    return "".join(shown), tuple(dict.fromkeys(replaced))


def compose(page: Page, columns: int, *, cut: bool) -> Composed:
    """Make the bytes of a page for a paper of so many columns; without ``cut`` it is torn off."""
    pieces: list[bytes] = []
    pending = escpos.RESET.encode() + escpos.CHINESE_ON.encode()
    replaced: dict[str, None] = {}
    for item in page.items:
        if isinstance(item, TextLine):
            shown, unknown = printable(item.text)
            replaced |= dict.fromkeys(unknown)
            lines = _lines(item, shown, columns)
        else:
            lines = iter((_moved(item, cut=cut),))
        for line in lines:
            if len(pending) + len(line) > MOST_PIECE:
                pieces.append(pending)
                pending = b""
            pending += line
    return Composed((*pieces, pending), tuple(replaced))


def _lines(item: TextLine, shown: str, columns: int) -> Iterator[bytes]:
    """Give the bytes of a text, line by line."""
    before = _attributes(item)
    for line in wrap(shown, columns // item.size.width, columns_of):
        yield before + line.encode("gb18030") + escpos.LINE_FEED.encode()
        before = b""


def _moved(item: Feed | Cut, *, cut: bool) -> bytes:
    """Give the bytes that move the paper."""
    if isinstance(item, Feed):
        return escpos.feed(item.lines).encode()
    knife = escpos.cut(escpos.Cut.PARTIAL).encode() if cut else b""
    return escpos.feed(_TO_THE_KNIFE).encode() + knife


def _attributes(item: TextLine) -> bytes:
    """Set all that a line may have: what the one before had is over.

    Some printers take the size for Chinese characters from its own command only.
    """
    size = item.size
    chinese = escpos.Chinese(0)
    if size.width > 1:
        chinese |= escpos.Chinese.DOUBLE_WIDTH
    if size.height > 1:
        chinese |= escpos.Chinese.DOUBLE_HEIGHT
    commands = (
        escpos.align(_ALIGNS[item.align]),
        escpos.text_size(size.width, size.height),
        escpos.chinese_attributes(chinese),
        escpos.emphasis(on=item.bold),
    )
    return b"".join(each.encode() for each in commands)


def _has(char: str) -> bool:
    """Tell whether a font of one and two bytes has a character."""
    if " " <= char <= LAST_ASCII:
        return True
    if "\ue000" <= char <= "\uf8ff":
        return False  # two bytes, and whatever anybody has put there
    try:
        return len(char.encode("gb18030")) == 2
    except UnicodeEncodeError:
        return False  # half a surrogate pair
