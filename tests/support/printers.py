"""A receipt printer in software, or answers written out, wired to the driver for its tests."""

from __future__ import annotations

import subprocess
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.on_pty import OnPty
from emulator.pin_pad_wire import Clock
from emulator.receipt_printer import SoftwareReceiptPrinter
from terminal.config import ReceiptPrinter as ReceiptPrinterSettings
from terminal.devices.escpos_printer import PRINTER, EscPosPrinter, open_receipt_printer
from terminal.devices.receipt_printer import ReceiptPrinter

SECONDS = 10.0
_STEP = 0.05


class PrinterWire:
    """Be the line to a printer in the same process; time passes only where nothing comes.

    ``later`` holds what happens once before so many bytes were written in all.
    """

    def __init__(self, printer: SoftwareReceiptPrinter, clock: Clock) -> None:
        self.sent = bytearray()
        self.opened = 0
        self.at: tuple[int, Callable[[], object]] | None = None
        self._printer = printer
        self._clock = clock
        self._plugged = True
        self._torn = False

    def open(self) -> PrinterWire:
        if not self._plugged:
            raise PRINTER.missing("desk", "none")
        self._torn = False
        self.opened += 1
        return self

    def unplug(self) -> None:
        self._plugged, self._torn = False, True

    def plug(self) -> None:
        self._plugged = True

    def read(self, seconds: float) -> bytes:
        self._present()
        until = self._clock.now + seconds
        while not (piece := self._printer.take()) and self._clock.now < until:
            self._clock.now += _STEP
        return piece

    def write(self, data: bytes) -> None:
        self._present()
        if self.at is not None and len(self.sent) + len(data) > self.at[0]:
            happens, self.at = self.at[1], None
            happens()
            self._present()
        self.sent += data
        self._printer.feed(data)

    def close(self) -> None:
        pass

    def _present(self) -> None:
        if self._torn:
            raise PRINTER.gone()


@dataclass(frozen=True, slots=True)
class Printers:
    """Hold both sides, and the wire between them."""

    driver: EscPosPrinter
    printer: SoftwareReceiptPrinter
    wire: PrinterWire
    clock: Clock


def printers(columns: int = 48, *, cut: bool = True, **settings: Any) -> Printers:
    """Wire a printer to a driver."""
    clock = Clock()
    printer = SoftwareReceiptPrinter(columns, clock=clock, **settings)
    wire = PrinterWire(printer, clock)
    driver = EscPosPrinter(wire.open, columns=columns, cut=cut, seconds=SECONDS, clock=clock)
    return Printers(driver, printer, wire, clock)


class RawLine:
    """Be a line whose answers are written out: the next one after each write, whatever it was."""

    def __init__(self, clock: Clock, answers: Iterable[bytes]) -> None:
        self.sent: list[bytes] = []
        self._clock = clock
        self._answers = deque(answers)
        self._waiting = b""

    def read(self, seconds: float) -> bytes:
        if not self._waiting:
            self._clock.now += seconds
        piece, self._waiting = self._waiting, b""
        return piece

    def write(self, data: bytes) -> None:
        self.sent.append(data)
        if self._answers:
            self._waiting += self._answers.popleft()

    def close(self) -> None:
        pass


def raw(*answers: bytes, **settings: Any) -> tuple[EscPosPrinter, RawLine]:
    """Give a driver on a line whose answers are written out."""
    clock = Clock()
    line = RawLine(clock, answers)
    given: dict[str, Any] = {"columns": 32, "seconds": SECONDS, "clock": clock, **settings}
    return EscPosPrinter(lambda: line, **given), line


@contextmanager
def on_pty(
    printer: SoftwareReceiptPrinter, link: Path, **settings: Any
) -> Iterator[tuple[OnPty, ReceiptPrinter]]:
    """Put a printer on a pseudo-terminal and open it as the program does, by its configuration."""
    configured = ReceiptPrinterSettings(str(link), columns=printer.columns, **settings)
    with OnPty(printer, link) as served:
        driver = open_receipt_printer(configured)
        try:
            yield served, driver
        finally:
            driver.close()


def text_of(pdf: bytes, *options: str) -> str:
    """Read a PDF's text with another people's program (poppler's pdftotext)."""
    done = subprocess.run(
        ["pdftotext", "-layout", *options, "-", "-"], input=pdf, capture_output=True, check=True
    )
    return done.stdout.decode("utf-8")
