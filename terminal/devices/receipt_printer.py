"""The port behind which every receipt printer 凭条打印机 stands, and the page it prints.

A page is lines of text with a few attributes: what a strip of paper 58 or 80 mm wide can show. All
that is not ASCII is two columns wide, as in the printers' fonts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from terminal.texts import Text

LAST_ASCII = "~"


class Align(Enum):
    """Say where a line stands."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


class Size(Enum):
    """Say how many times wider and higher characters are than ordinary ones."""

    NORMAL = (1, 1)
    TALL = (1, 2)
    WIDE = (2, 1)
    LARGE = (2, 2)

    @property
    def width(self) -> int:
        """Give how many times wider."""
        return self.value[0]

    @property
    def height(self) -> int:
        """Give how many times higher."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class TextLine:
    """Hold a line of text, which may be somebody's name; what is too long is wrapped."""

    text: str = field(repr=False)
    align: Align = Align.LEFT
    size: Size = Size.NORMAL
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Feed:
    """Leave some lines free."""

    lines: int = 1


@dataclass(frozen=True, slots=True)
class Cut:
    """End a sheet: the paper is fed to the knife and cut, or to where it is torn off."""


Item = TextLine | Feed | Cut


@dataclass(frozen=True, slots=True)
class Page:
    """Hold what is printed, from above."""

    items: tuple[Item, ...]


class PaperState(Enum):
    """Say how much paper there is."""

    PRESENT = "present"
    NEAR_END = "near_end"
    OUT = "out"


class Fault(Enum):
    """Name what a printer reports to be wrong with itself."""

    CUTTER = "cutter"
    TEMPERATURE = "temperature"
    JAM = "jam"
    POWER = "power"
    RECOVERABLE = "recoverable"
    UNRECOVERABLE = "unrecoverable"

    @property
    def text(self) -> Text:
        """Say it."""
        return _FAULTS[self]


_FAULTS = {
    Fault.CUTTER: Text("切纸刀卡住", "the cutter is stuck"),
    Fault.TEMPERATURE: Text("打印头过热，冷却后会恢复", "the head is hot and has to cool down"),
    Fault.JAM: Text("卡纸", "the paper is jammed"),
    Fault.POWER: Text("供电电压不正常", "the supply voltage is wrong"),
    Fault.RECOVERABLE: Text("可恢复的故障", "an error that can be put right"),
    Fault.UNRECOVERABLE: Text("不可恢复的故障", "an error that cannot be put right"),
}


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """Say how a printer is; one that is not ``ready`` prints nothing."""

    paper: PaperState = PaperState.PRESENT
    cover_open: bool = False
    offline: bool = False
    faults: tuple[Fault, ...] = ()

    @property
    def ready(self) -> bool:
        """Tell whether it would print."""
        out = self.paper is PaperState.OUT
        return not (out or self.cover_open or self.offline or self.faults)


@dataclass(frozen=True, slots=True)
class PrinterInfo:
    """Say which printer it is, in the maker's numbers; None stands for what it does not tell."""

    model: int | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Printed:
    """Say how a page was printed.

    ``replaced`` are the characters that the printer cannot print, each once, in order: 〓 stands on
    the paper for each, to be written there by hand. ``confirmed`` says that the printer itself
    told that it was through with the page; else it only took all of it and reports no fault.
    """

    replaced: tuple[str, ...] = field(default=(), repr=False)
    paper: PaperState = PaperState.PRESENT
    confirmed: bool = False


class ReceiptPrinter(Protocol):
    """Be a receipt printer, used by one thread at a time.

    Every method raises the ReceiptPrinter errors (terminal/errors/printer.py). Those of
    :meth:`print` say whether something may be on the paper. After any of them the next call
    opens the printer again where that is needed.
    """

    @property
    def width(self) -> int:
        """Give the columns of a line in the ordinary size."""
        ...

    def status(self) -> PrinterStatus:
        """Ask how it is; no paper or an open cover is an answer here, no error."""
        ...

    def info(self) -> PrinterInfo:
        """Ask which printer it is."""
        ...

    def print(self, page: Page) -> Printed:
        """Print a page; a printer that is not ready is told before anything is sent."""
        ...

    def close(self) -> None:
        """Give the port back; safe to call twice."""
        ...


def columns_of(text: str) -> int:
    """Count the columns of a text in the ordinary size."""
    return sum(1 if char <= LAST_ASCII else 2 for char in text)
