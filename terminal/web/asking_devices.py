"""Ask each device on the desk how it is: what its driver tells, in the doctor's words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from types import MappingProxyType

from terminal.config import Config
from terminal.devices.escpos_printer import open_receipt_printer
from terminal.devices.receipt_printer import PaperState, PrinterStatus
from terminal.devices.sam_a import open_id_reader
from terminal.devices.zt598 import open_pin_pad
from terminal.diagnosis import desk as kinds
from terminal.diagnosis.finding import Finding
from terminal.errors import (
    IdReaderUnauthorised,
    PinPadTampered,
    ReceiptPrinterCoverOpen,
    ReceiptPrinterFaulty,
    ReceiptPrinterOffline,
    ReceiptPrinterPaperOut,
)
from terminal.errors.printer import NOTHING_PRINTED
from terminal.texts import Text

_PAD = Text("密码键盘", "PIN pad")
_ID_READER = Text("身份证阅读器", "ID-card reader")
_PRINTER = Text("凭条打印机", "receipt printer")
_COLUMNS = Text("每行 {columns} 个字符", "{columns} characters a line")


def pin_pad(config: Config) -> Iterator[Finding]:
    """Ask the PIN pad which it is, and how; raises what its driver raises."""
    if not config.pin_pad.port:
        yield kinds.NOT_CONFIGURED.found(device=_PAD)
        return
    with closing(open_pin_pad(config.pin_pad, config.source)) as pad:
        health = pad.self_test()
        if health.tampered:
            yield kinds.of_error(PinPadTampered())
            return
        if health.battery_low:
            yield kinds.BATTERY_LOW.found(device=_PAD)
        yield kinds.DEVICE_ANSWERS.found(device=_PAD, model=pad.info().model)


def id_reader(config: Config) -> Iterator[Finding]:
    """Ask the ID reader which it is, and how; raises what its driver raises."""
    if not config.id_reader.port:
        yield kinds.NOT_CONFIGURED.found(device=_ID_READER)
        return
    with closing(open_id_reader(config.id_reader, config.source)) as reader:
        number, health = reader.info().number.hex().upper(), reader.self_test()
    if not health.working:
        yield kinds.SELF_TEST_FAILED.found(device=_ID_READER)
    elif not health.authorised:
        yield kinds.of_error(IdReaderUnauthorised())
    else:
        yield kinds.DEVICE_ANSWERS.found(device=_ID_READER, model=number)


def receipt_printer(config: Config) -> Iterator[Finding]:
    """Ask the receipt printer how it is, without printing; raises what its driver raises."""
    if not config.receipt_printer.port:
        yield kinds.NOT_CONFIGURED.found(device=_PRINTER)
        return
    with closing(open_receipt_printer(config.receipt_printer, config.source)) as printer:
        status, columns = printer.status(), printer.width
    yield from printer_findings(status, columns)


def printer_findings(status: PrinterStatus, columns: int) -> Iterator[Finding]:
    """Say how a printer is, the one thing first that people have to put right."""
    if status.cover_open:
        yield kinds.of_error(ReceiptPrinterCoverOpen(printed=NOTHING_PRINTED))
    elif status.paper is PaperState.OUT:
        yield kinds.of_error(ReceiptPrinterPaperOut(printed=NOTHING_PRINTED))
    elif status.faults:
        fault = status.faults[0].text
        yield kinds.of_error(ReceiptPrinterFaulty(fault=fault, printed=NOTHING_PRINTED))
    elif status.offline:
        yield kinds.of_error(ReceiptPrinterOffline(printed=NOTHING_PRINTED))
    else:
        if status.paper is PaperState.NEAR_END:
            yield kinds.PAPER_LOW.found(device=_PRINTER)
        model = _COLUMNS.filled(columns=columns)
        yield kinds.DEVICE_ANSWERS.found(device=_PRINTER, model=model)


DEVICES: Mapping[str, tuple[Text, Callable[[Config], Iterator[Finding]]]] = MappingProxyType(
    {
        "pin_pad": (_PAD, pin_pad),
        "id_reader": (_ID_READER, id_reader),
        "receipt_printer": (_PRINTER, receipt_printer),
    }
)
"""How each device is asked, by its section of the configuration."""
