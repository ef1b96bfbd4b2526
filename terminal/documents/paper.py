"""What stands on a sheet that is given to people: a slip or receipt, and a list.

Nothing here knows a service: whoever did something says in rows what it was. Both languages are
there until it is drawn. Sheets carry names, so none shows what is on it in a repr.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from terminal.beijing_time import in_beijing
from terminal.documents.capitals import MOST_FEN, in_capitals
from terminal.money import yuan
from terminal.texts import Text

COPY = Text("补打", "COPY")
_NUMBER = Text("编号", "Number")
_OUTLET = Text("网点", "Outlet")
_OPERATOR = Text("经办人", "Operator")
_PRINTED_AT = Text("打印时间", "Printed at")
_AMOUNT = Text("金额", "Amount")
_IN_CAPITALS = Text("金额大写", "In capitals")


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """Hold one line: what it is, and its value."""

    label: Text
    value: Text

    def __repr__(self) -> str:
        return f"Row({self.label.en!r})"


Strokes = tuple[tuple[tuple[float, float], ...], ...]
"""What a pen drew: points by stroke, from the upper left corner."""


@dataclass(frozen=True, slots=True, repr=False)
class Paper:
    """Hold a slip 受理单 or receipt 回执; ``printed_at`` has a time zone, ``amount`` is in fen.

    ``notices`` is what people are told, ``signatures`` who signs, the first of them perhaps on the
    screen already: ``signed`` is what was drawn, in parts of its width. ``copy`` marks one that was
    printed before. Raises ValueError for a moment without a zone and an amount that is none.
    """

    title: Text
    outlet: str
    number: str
    printed_at: datetime
    rows: tuple[Row, ...] = ()
    amount: int | None = None
    notices: tuple[Text, ...] = ()
    signatures: tuple[Text, ...] = ()
    copy: bool = False
    operator: str = ""
    signed: Strokes = ()

    def __post_init__(self) -> None:
        in_beijing(self.printed_at)
        if self.amount is not None and not 0 <= self.amount <= MOST_FEN:
            raise ValueError("no amount that stands on a paper")

    def __repr__(self) -> str:
        return f"Paper({self.title.en!r}, {len(self.rows)} rows)"

    def table(self) -> tuple[Row, ...]:
        """Give all that is said in rows, in the order of the paper; what is empty is left out."""
        found = [*_said(_NUMBER, self.number), *_said(_OUTLET, self.outlet), *self.rows]
        if self.amount is not None:
            # No blank between the sign and the figure: nothing can be put in (annex 1, five).
            found += _said(_AMOUNT, f"¥{yuan(self.amount)}")
            found += _said(_IN_CAPITALS, in_capitals(self.amount))
        found += _said(_OPERATOR, self.operator)
        found += _said(_PRINTED_AT, moment(self.printed_at))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Column:
    """Hold a list's column: its head, its part of the width, and whether it is right-aligned."""

    label: Text
    share: int = 1
    right: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """Hold a list or table; each row has a cell a column. ``printed_at`` has a time zone.

    ``wide`` lays the sheet across. Raises ValueError where a row has another number of cells.
    """

    title: Text
    outlet: str
    printed_at: datetime
    columns: tuple[Column, ...]
    rows: tuple[tuple[Text, ...], ...] = ()
    notes: tuple[Text, ...] = ()
    operator: str = ""
    wide: bool = False

    def __post_init__(self) -> None:
        in_beijing(self.printed_at)
        if not self.columns or any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("a row has a cell for each column")

    def __repr__(self) -> str:
        return f"Report({self.title.en!r}, {len(self.rows)} rows)"

    def head(self) -> tuple[Row, ...]:
        """Give what stands above the table."""
        return (
            *_said(_OUTLET, self.outlet),
            *_said(_OPERATOR, self.operator),
            *_said(_PRINTED_AT, moment(self.printed_at)),
        )


def row(label: Text, value: Text | str) -> Row:
    """Make a row; a value that is the same in both languages may be plain text."""
    return Row(label, value if isinstance(value, Text) else Text(value, value))


def moment(at: datetime) -> str:
    """Write a moment as papers have it, in Beijing time: 2026-03-04 15:06:07."""
    return in_beijing(at).strftime("%Y-%m-%d %H:%M:%S")


def _said(label: Text, value: str) -> list[Row]:
    return [row(label, value)] if value else []
