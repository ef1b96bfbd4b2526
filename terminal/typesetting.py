"""What a sheet of paper and a roll of it share: clean text, and lines that fit.

Text is drawn as it is: no markup, no control characters, no turned direction.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

GETA = "〓"
"""What stands where a character cannot be drawn: the printers' own sign for it, in every font."""
_CLOSING = "，。、；：！？）》〉」』】〕”’…,.;:!?)"
_OPENING = "（《〈「『【〔“‘("
_WORD = r"[!-~\u00c0-\u024f]+"
_PIECE = re.compile(f"[{_OPENING}]*(?:{_WORD}|[^ ])[{re.escape(_CLOSING)}]* *| +")


def tidy(text: str) -> str:
    """Take out what nobody sees: a control is a space, a format character nothing.

    An override of the direction would show a number from behind; a line feed stays.
    """
    return "".join(_tidied(each) for each in text)


def _tidied(char: str) -> str:
    if char == "\n":
        return char
    kind = unicodedata.category(char)
    if kind in {"Cc", "Zl", "Zp"} or char == "\u00a0":
        return " "
    return "" if kind == "Cf" else char


def shapes(text: str) -> Iterator[str]:
    """Give each character with the selector of its form behind it, where it has one.

    Names are written with such selectors where two forms of a character are told apart.
    """
    shape = ""
    for char in text:
        if shape and is_selector(char):
            yield shape + char
            shape = ""
            continue
        if shape:
            yield shape
        shape = char
    if shape:
        yield shape


def is_selector(char: str) -> bool:
    """Tell whether a character only chooses the form of the one before it."""
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def wrap(
    text: str, room: float, measure: Callable[[str], float], later: float | None = None
) -> list[str]:
    """Break text into lines of at most ``room``; words and closing marks stay together if they fit.

    ``measure`` gives the width of a text; ``later`` is the room of all lines but the first, where
    it is another. One character that is wider than the room has a line of its own.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for piece in _PIECE.findall(paragraph):
            if _fits(line + piece, lines, room, later, measure):
                line += piece
                continue
            if line.strip(" "):
                lines.append(line.rstrip(" "))
            line = ""
            for char in piece:
                if line and not _fits(line + char, lines, room, later, measure):
                    lines.append(line.rstrip(" "))
                    line = ""
                line += char
        lines.append(line.rstrip(" "))
    return lines


def _fits(
    line: str,
    lines: list[str],
    room: float,
    later: float | None,
    measure: Callable[[str], float],
) -> bool:
    """Tell whether a line fits behind those before it; blanks at its end need no room."""
    here = room if not lines or later is None else later
    return measure(line.rstrip(" ")) <= here
