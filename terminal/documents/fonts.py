"""The fonts of PDF documents: the first that has a character draws it.

One common font, and others for rare names. Only TrueType outlines can be put into a PDF by
reportlab, so no Noto CJK. A font's file is opened when it is first needed: each is tens of
megabytes, and most papers need one.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from terminal.errors import FontMissing
from terminal.typesetting import GETA, is_selector, shapes, tidy

_BMP = 0xFFFF
_WIDE_MAPPING = re.compile(r"(?<=> )<([0-9A-F]{5,6})>")


@dataclass(frozen=True, slots=True)
class FontFile:
    """Say where a TrueType font is; a collection has several, counted from 0."""

    path: Path
    index: int = 0


CANDIDATES = (
    FontFile(Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc")),
    FontFile(Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")),
    FontFile(Path("/usr/share/fonts/truetype/arphic/uming.ttc")),
    FontFile(Path("/usr/share/fonts/truetype/hanazono/HanaMinA.ttf")),
    FontFile(Path("/usr/share/fonts/truetype/hanazono/HanaMinB.ttf")),
)
"""Debian's: fonts-wqy-zenhei, fonts-wqy-microhei, fonts-arphic-uming, and fonts-hanazono."""


@dataclass(frozen=True, slots=True)
class Run:
    """Hold characters that one font draws."""

    font: str
    text: str


class Fonts:
    """Choose a font for each character; raises FontMissing where no candidate can be opened.

    The first that can be opened draws ordinary text; whatever comes later in the list draws what
    those before it lack.
    """

    def __init__(self, candidates: Sequence[FontFile] = CANDIDATES) -> None:
        self._candidates = tuple(candidates)
        self._chosen: dict[str, tuple[str, float] | None] = {}
        first = next(self._opened(), None)
        if first is None:
            raise FontMissing(tried=", ".join(str(each.path) for each in self._candidates))
        self.first: str = first.fontName
        """The font of ordinary text."""

    def runs(self, text: str) -> Iterator[Run]:
        """Take a text of :meth:`drawable` apart by fonts."""
        name, gathered = self.first, ""
        for char in text:
            chosen = self._choose(char)
            found = chosen[0] if chosen else self.first
            if found != name and gathered:
                yield Run(name, gathered)
                gathered = ""
            name = found
            gathered += char
        if gathered:
            yield Run(name, gathered)

    def width(self, text: str, size: float) -> float:
        """Give the width of a text in points."""
        return sum(chosen[1] for char in text if (chosen := self._choose(char))) * size

    def drawable(self, text: str) -> tuple[str, tuple[str, ...]]:
        """Give a text as it can be drawn, and what in it no font has, shown as 〓.

        A selector of a form is not followed, so the character is drawn in its common form and
        told as well.
        """
        shown: list[str] = []
        missing: list[str] = []
        for shape in shapes(tidy(text)):
            char = shape[0]
            known = char == "\n" or self._choose(char) is not None
            if not known or is_selector(shape[-1]):
                missing.append(shape)
            shown.append(char if known else GETA)
        return "".join(shown), tuple(dict.fromkeys(missing))

    def _choose(self, char: str) -> tuple[str, float] | None:
        """Give the font of a character, and its width at size 1; None where none has it."""
        if char not in self._chosen:
            self._chosen[char] = next(self._having(ord(char)), None)
        return self._chosen[char]

    def _having(self, code: int) -> Iterator[tuple[str, float]]:
        for font in self._opened():
            if code in font.face.charToGlyph:
                yield font.fontName, font.face.getCharWidth(code) / 1000

    def _opened(self) -> Iterator[Any]:
        for candidate in self._candidates:
            font = _opened(candidate)
            if font is not None:
                yield font


def missing_from(texts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Gather what several texts lack, each once, in order."""
    return tuple(dict.fromkeys(each for found in texts for each in found))


@functools.cache
def _opened(candidate: FontFile) -> Any | None:
    """Open a font and make it known to reportlab; None where there is no such TrueType font."""
    name = f"{candidate.path.stem}-{candidate.index}"
    try:
        font = _ReadableFont(name, str(candidate.path), subfontIndex=candidate.index)
    except (OSError, TTFError):
        return None
    pdfmetrics.registerFont(font)
    return font


class _ReadableFont(TTFont):  # type: ignore[misc]  # reportlab has no types
    """A font whose text can be copied out of the document, whatever its characters.

    reportlab writes a character beyond the BMP as five digits into the table that says what is
    read, where UTF-16 stands (ISO 32000-1, 9.10.3): searching for 𠮷 would find nothing.
    """

    def addObjects(self, doc: Any) -> None:  # noqa: N802  reportlab's name
        """Add the font to a document, and put the table right."""
        super().addObjects(doc)
        for name, stream in doc.idToObject.items():
            if name.startswith("toUnicodeCMap:") and isinstance(stream.content, str):
                stream.content = _WIDE_MAPPING.sub(_as_utf_16, stream.content)


def _as_utf_16(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    assert code > _BMP
    return f"<{chr(code).encode('utf-16-be').hex().upper()}>"
