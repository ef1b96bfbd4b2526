"""The driver of ESC/POS receipt printers, at a serial port or at USB (usblp).

Reference counter-devices.md §5. What is printed may be somebody's name, so nothing here writes a
log. A page is sent in pieces, each only when the printer has worked the one before off where it can
tell (escpos_link.py): then a slow printer loses nothing on a line without flow control, and
what happens in the middle is seen in the middle.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from enum import IntFlag

import serial

from apdu import escpos_status as wire
from apdu.escpos import Form, Identity
from terminal import config
from terminal.devices.escpos_link import PrinterLink
from terminal.devices.escpos_page import compose
from terminal.devices.file_line import FileLine, is_printer_file
from terminal.devices.receipt_printer import (
    Fault,
    Page,
    PaperState,
    Printed,
    PrinterInfo,
    PrinterStatus,
    ReceiptPrinter,
)
from terminal.devices.serial_line import Device, Line, SerialLine
from terminal.errors import (
    DeviceError,
    ReceiptPrinterCoverOpen,
    ReceiptPrinterFaulty,
    ReceiptPrinterGone,
    ReceiptPrinterMissing,
    ReceiptPrinterNotConfigured,
    ReceiptPrinterOffline,
    ReceiptPrinterPaperOut,
    ReceiptPrinterSilent,
    ReceiptPrinterSlow,
)
from terminal.errors.printer import NOTHING_PRINTED, PERHAPS_IN_PART
from terminal.texts import Text

PRINTER = Device(
    lambda port, detail: ReceiptPrinterMissing(port=port, detail=detail),
    lambda: ReceiptPrinterGone(printed=NOTHING_PRINTED),
)
"""What a line says of a printer."""
_LOOK_SECONDS = 1.0
"""How often a printer that makes no progress is asked why."""
_DEFAULTS = Text("默认配置", "the default configuration")
_ERRORS: tuple[tuple[IntFlag, Fault], ...] = (
    (wire.Error.CUTTER, Fault.CUTTER),
    (wire.Error.PASSING, Fault.TEMPERATURE),
    (wire.Error.RECOVERABLE, Fault.RECOVERABLE),
    (wire.Error.UNRECOVERABLE, Fault.UNRECOVERABLE),
)
_KIOSK_RECOVERABLE: tuple[tuple[IntFlag, Fault], ...] = (
    (wire.KioskRecoverable.TEMPERATURE, Fault.TEMPERATURE),
    (wire.KioskRecoverable.VOLTAGE, Fault.POWER),
    (wire.KioskRecoverable.JAM, Fault.JAM),
)
_KIOSK_UNRECOVERABLE: tuple[tuple[IntFlag, Fault], ...] = (
    (wire.KioskUnrecoverable.CUTTER, Fault.CUTTER),
    (wire.KioskUnrecoverable.RAM, Fault.UNRECOVERABLE),
    (wire.KioskUnrecoverable.EEPROM, Fault.UNRECOVERABLE),
)


class EscPosPrinter:
    """Drive a printer; see the port, :class:`terminal.devices.receipt_printer.ReceiptPrinter`.

    ``open_line`` makes an open line and is called again after the printer went. ``seconds`` is how
    long it may make no progress; ``columns`` and ``cut`` are the paper's width and whether there is
    a knife.
    """

    def __init__(
        self,
        open_line: Callable[[], Line],
        *,
        columns: int = 48,
        cut: bool = True,
        seconds: float = 20.0,
        speed: int = 9600,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._link = PrinterLink(open_line, clock, speed)
        self._columns = columns
        self._cut = cut
        self._seconds = seconds
        self._clock = clock
        self._kiosk: bool | None = None
        self._lock = threading.RLock()

    @property
    def width(self) -> int:
        """Give the columns of a line in the ordinary size."""
        return self._columns

    def status(self) -> PrinterStatus:
        """Ask how it is: the four questions, or the one of kiosk printers."""
        with self._lock:
            if self._link.open():
                self._kiosk = None
            return self._status()

    def info(self) -> PrinterInfo:
        """Ask which printer it is; one that is not ready tells nothing."""
        with self._lock:
            if not self.status().ready:
                return PrinterInfo()
            model = self._link.ask_identity(Identity.MODEL)
            if model is None:
                return PrinterInfo()  # what does not tell the one tells neither: no second wait
            return PrinterInfo(model, self._link.ask_identity(Identity.VERSION))

    def print(self, page: Page) -> Printed:
        """Print a page: status, all pieces, status."""
        composed = compose(page, self._columns, cut=self._cut)
        with self._lock:
            _refuse(self.status())
            if self._link.has_marks:
                self._link.settle(_LOOK_SECONDS)
            else:
                self._link.find_mark()
            with _perhaps_in_part():
                for piece in composed.pieces:
                    self._send(piece)
                    self._work_off()
                paper = _refuse(self._status()).paper
            return Printed(composed.replaced, paper, self._link.has_marks)

    def close(self) -> None:
        """Give the port back."""
        with self._lock:
            self._link.close()

    def _status(self) -> PrinterStatus:
        """Ask in the form that it answers; the first to ask finds out which that is."""
        if self._kiosk:
            return _of_kiosk(self._link.ask_all())
        try:
            general = self._link.ask(Form.PRINTER)
        except ReceiptPrinterSilent:
            if self._kiosk is not None:
                raise
            everything = self._link.ask_all()
            self._kiosk = True
            return _of_kiosk(everything)
        self._kiosk = False
        reasons, errors, paper = map(self._link.ask, (Form.OFFLINE, Form.ERROR, Form.PAPER))
        return _of_four(general, reasons, errors, paper)

    def _send(self, piece: bytes) -> None:
        """Send a piece; a line that takes no more is a slow printer, none that is gone."""
        try:
            self._link.send(piece)
        except ReceiptPrinterGone as gone:
            if isinstance(gone.__cause__, TimeoutError | serial.SerialTimeoutException):
                raise self._slow() from gone
            raise

    def _work_off(self) -> None:
        """Wait until the printer has done what was sent; see in between what holds it up."""
        if not self._link.has_marks:
            _refuse(self._status())
            return
        self._link.mark()
        until = self._clock() + self._seconds
        while not self._link.passed(min(_LOOK_SECONDS, self._seconds)):
            _refuse(self._status())
            if self._clock() >= until:
                raise self._slow()

    def _slow(self) -> ReceiptPrinterSlow:
        return ReceiptPrinterSlow(seconds=f"{self._seconds:g}", printed=NOTHING_PRINTED)


def open_receipt_printer(settings: config.ReceiptPrinter, source: str = "") -> ReceiptPrinter:
    """Give the printer of a configuration from ``source``; the port is opened when first needed.

    Raises ReceiptPrinterNotConfigured.
    """
    port = settings.port
    if not port:
        raise ReceiptPrinterNotConfigured(source=source or _DEFAULTS)

    def open_line() -> Line:
        if is_printer_file(port):
            return FileLine(port, PRINTER)
        return SerialLine(port, settings.speed, PRINTER)

    return EscPosPrinter(
        open_line,
        columns=settings.columns,
        cut=settings.cut,
        seconds=settings.timeout_seconds,
        speed=settings.speed,
    )


@contextlib.contextmanager
def _perhaps_in_part() -> Iterator[None]:
    """Say of any trouble that something may be on the paper."""
    try:
        yield
    except DeviceError as error:
        facts = {**error.facts, "printed": PERHAPS_IN_PART}
        raise type(error)(**facts) from error


def _refuse(status: PrinterStatus) -> PrinterStatus:
    """Raise what keeps a printer from printing, the plainest first; give the status of a good one.

    An open cover lifts the paper off its sensor, too.
    """
    if status.cover_open:
        raise ReceiptPrinterCoverOpen(printed=NOTHING_PRINTED)
    if status.paper is PaperState.OUT:
        raise ReceiptPrinterPaperOut(printed=NOTHING_PRINTED)
    if status.faults:
        raise ReceiptPrinterFaulty(fault=status.faults[0].text, printed=NOTHING_PRINTED)
    if status.offline:
        raise ReceiptPrinterOffline(printed=NOTHING_PRINTED)
    return status


def _of_four(general: int, reasons: int, errors: int, paper: int) -> PrinterStatus:
    """Read the answers to the four questions."""
    faults = _named(errors, _ERRORS)
    if not faults and reasons & wire.Offline.ERROR:
        faults = (Fault.RECOVERABLE,)
    out = reasons & wire.Offline.PAPER_STOP or paper & wire.Paper.OUT
    return PrinterStatus(
        _paper(out=bool(out), near_end=bool(paper & wire.Paper.NEAR_END)),
        bool(reasons & wire.Offline.COVER_OPEN),
        bool(general & wire.Printer.OFFLINE),
        faults,
    )


def _of_kiosk(all_of_it: wire.AllStatus) -> PrinterStatus:
    """Read the answer of a kiosk printer; none of its bits is for offline."""
    opened = all_of_it.user or all_of_it.unrecoverable & wire.KioskUnrecoverable.CUTTER_COVER
    recoverable = _named(all_of_it.recoverable, _KIOSK_RECOVERABLE)
    unrecoverable = _named(all_of_it.unrecoverable, _KIOSK_UNRECOVERABLE)
    return PrinterStatus(
        _paper(
            out=wire.KioskPaper.OUT in all_of_it.paper,
            near_end=wire.KioskPaper.NEAR_END in all_of_it.paper,
        ),
        cover_open=bool(opened),
        faults=tuple(dict.fromkeys(recoverable + unrecoverable)),
    )


def _paper(*, out: bool, near_end: bool) -> PaperState:
    if out:
        return PaperState.OUT
    return PaperState.NEAR_END if near_end else PaperState.PRESENT


def _named(bits: int, names: tuple[tuple[IntFlag, Fault], ...]) -> tuple[Fault, ...]:
    return tuple(fault for flag, fault in names if bits & flag)
