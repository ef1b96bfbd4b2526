"""Text that flows over sheets: where each piece stands, before anything is written.

Lengths are in points, heights from the foot of the sheet. All pages are laid out before the
first is written, because each says how many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from terminal.documents.fonts import Fonts
from terminal.typesetting import wrap

_MARGIN = 54.0
_LEADING = 1.5
"""Height of a line for each point of its size."""
_RISE = 0.3
"""How high a line's characters stand above its foot, for each point of its size."""
_INSIDE = 3.0
"""Between a cell's border and its text."""
_THIN = 0.4


@dataclass(frozen=True, slots=True)
class Piece:
    """Hold text in one line; it may be somebody's name."""

    x: float
    y: float
    text: str = field(repr=False)
    size: float


@dataclass(frozen=True, slots=True)
class Rule:
    """Hold a thin line."""

    x: float
    y: float
    to_x: float
    to_y: float


class Sheet:
    """Hold what stands on one page."""

    def __init__(self) -> None:
        self.marks: list[Piece | Rule] = []

    def draw(self, canvas: Any, fonts: Fonts) -> None:
        """Write it with a canvas of reportlab."""
        canvas.setLineWidth(_THIN)
        for mark in self.marks:
            if isinstance(mark, Rule):
                canvas.line(mark.x, mark.y, mark.to_x, mark.to_y)
                continue
            text = canvas.beginText(mark.x, mark.y)
            for run in fonts.runs(mark.text):
                text.setFont(run.font, mark.size)
                text.textOut(run.text)
            canvas.drawText(text)


class Flow:
    """Put text on sheets from above; a new one begins where there is no room.

    ``at_top`` is called on each further sheet. ``missing`` gathers what no font has.
    """

    def __init__(self, size: tuple[float, float], fonts: Fonts) -> None:
        self.size = size
        self.fonts = fonts
        self.left = _MARGIN
        self.width = size[0] - 2 * _MARGIN
        self.sheets = [Sheet()]
        self.missing: list[tuple[str, ...]] = []
        self.at_top: Callable[[], None] | None = None
        self.y = size[1] - _MARGIN

    def put(self, mark: Piece | Rule) -> None:
        """Put something at its own place on this sheet."""
        self.sheets[-1].marks.append(mark)

    def skip(self, height: float) -> None:
        """Leave some height free."""
        self.y -= height

    def room(self, height: float) -> None:
        """Begin a new sheet where so much height is not left; more than a sheet never is."""
        if self.y - height >= _MARGIN or height > self.size[1] - 2 * _MARGIN:
            return
        self._turn()

    def rule(self) -> None:
        """Draw a line across."""
        self.put(Rule(self.left, self.y, self.left + self.width, self.y))

    def text(self, said: str, size: float) -> None:
        """Put a paragraph."""
        self.cells((said,), ((self.left - _INSIDE, self.width + 2 * _INSIDE),), size)

    def centred(self, said: str, size: float) -> None:
        """Put a title in the middle."""
        for line in self._lines(said, self.width, size):
            self.room(size * _LEADING)
            self.y -= size * _LEADING
            x = self.left + (self.width - self.fonts.width(line, size)) / 2
            self.put(Piece(x, self.y + size * _RISE, line, size))

    def cells(
        self,
        texts: Sequence[str],
        places: Sequence[tuple[float, float]],
        size: float,
        right: Sequence[bool] = (),
    ) -> None:
        """Put texts beside each other, each wrapped in its place: where it begins, and its width.

        They stay on one sheet where they fit one.
        """
        columns = [
            self._lines(text, width - 2 * _INSIDE, size)
            for text, (_, width) in zip(texts, places, strict=True)
        ]
        height = size * _LEADING
        count = max(map(len, columns))
        self.room(count * height)
        for number in range(count):
            if self.y - height < _MARGIN:
                self._turn()
            self.y -= height
            for index, lines in enumerate(columns):
                if number < len(lines) and lines[number]:
                    aligned = bool(right) and right[index]
                    self._cell(lines[number], places[index], size, right=aligned)

    def foot(self, sheet: Sheet, left: str, right: str, size: float) -> None:
        """Put two texts below everything on a sheet."""
        y = _MARGIN - size * 2
        left, right = (self._shown(each).replace("\n", " ") for each in (left, right))
        sheet.marks.append(Piece(self.left, y, left, size))
        x = self.left + self.width - self.fonts.width(right, size)
        sheet.marks.append(Piece(x, y, right, size))

    def _cell(self, line: str, place: tuple[float, float], size: float, *, right: bool) -> None:
        begins, width = place
        x = begins + _INSIDE
        if right:
            x = begins + width - _INSIDE - self.fonts.width(line, size)
        self.put(Piece(x, self.y + size * _RISE, line, size))

    def _lines(self, said: str, room: float, size: float) -> list[str]:
        return wrap(self._shown(said), room, lambda text: self.fonts.width(text, size))

    def _shown(self, said: str) -> str:
        shown, missing = self.fonts.drawable(said)
        self.missing.append(missing)
        return shown

    def _turn(self) -> None:
        self.sheets.append(Sheet())
        self.y = self.size[1] - _MARGIN
        if self.at_top is not None:
            self.at_top()
