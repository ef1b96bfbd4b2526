"""The driver of receipt printers on real lines of the operating system, serial and device file.

What a wire in memory cannot show: how the port is set, what the system says when a plug is
pulled, and a line that takes no more.
"""

import errno
import os
import termios
from pathlib import Path
from typing import Any

import pytest
import serial
from printers import on_pty

from emulator.on_pty import OnPty
from emulator.receipt_printer import SoftwareReceiptPrinter
from terminal import config
from terminal.devices import escpos_link, escpos_printer
from terminal.devices.escpos_printer import PRINTER, EscPosPrinter, open_receipt_printer
from terminal.devices.file_line import FileLine, is_printer_file
from terminal.devices.receipt_printer import Cut, Page, TextLine
from terminal.devices.serial_line import Line
from terminal.errors import (
    ReceiptPrinterGarbled,
    ReceiptPrinterGone,
    ReceiptPrinterMissing,
    ReceiptPrinterNotConfigured,
    ReceiptPrinterPaperOut,
    ReceiptPrinterSlow,
)
from terminal.errors.printer import PERHAPS_IN_PART

PATIENCE_SECONDS = 20
LINES = [f"第{each}行" for each in range(100)]
LONG = Page((*map(TextLine, LINES), Cut()))
SHORT = Page((TextLine("测试"),))


@pytest.mark.parametrize("speed", [9600, 115_200])
def test_over_a_serial_port(tmp_path: Path, speed: int) -> None:
    """The whole way: configuration, port as it is set, page, and what stands on the paper."""
    printer, link = SoftwareReceiptPrinter(32), tmp_path / "printer"
    with on_pty(printer, link, speed=speed, cut=False) as (_, driver):
        assert driver.width == 32
        assert driver.print(LONG).confirmed
        port = os.open(link, os.O_RDWR | os.O_NOCTTY)
        known: Any = termios.tcgetattr(port)
        os.close(port)
    assert known[4] == {9600: termios.B9600, 115_200: termios.B115200}[speed]
    assert printer.lines == [*LINES, *[""] * 5]


def test_no_port(tmp_path: Path) -> None:
    """A port that is not there is named, with what the system says; no port at all, too."""
    with pytest.raises(ReceiptPrinterMissing) as raised:
        open_receipt_printer(config.ReceiptPrinter(str(tmp_path / "none"))).status()
    assert os.strerror(errno.ENOENT) in raised.value.cause("en")
    with pytest.raises(ReceiptPrinterNotConfigured) as unset:
        open_receipt_printer(config.ReceiptPrinter(), "/etc/guitai.toml")
    assert "/etc/guitai.toml" in unset.value.cause("zh")


def test_pulled_and_put_in_again(tmp_path: Path) -> None:
    """Pulled amid a page it is told; put in again the same driver prints."""
    printer = SoftwareReceiptPrinter()
    with on_pty(printer, tmp_path / "printer") as (served, driver):
        pulled: list[object] = []
        printer._on_mark = lambda mark: pulled.append(mark) if len(pulled) < 50 else stop()

        def stop() -> None:
            printer.faults.silent = True
            served._pulled.set()

        with pytest.raises(ReceiptPrinterGone) as raised:
            driver.print(LONG)
        assert raised.value.facts["printed"] == PERHAPS_IN_PART
        served.unplug()
        with pytest.raises(ReceiptPrinterMissing):
            driver.status()
        served.plug()
        printer.clear()
        printer._on_mark = lambda _: None
        assert driver.print(SHORT).confirmed
        served.unplug()
        served.plug()
        assert driver.print(SHORT).confirmed
    assert printer.lines[-2:] == ["测试"] * 2


def test_out_of_paper_on_a_line(tmp_path: Path, mocker: Any) -> None:
    """A fault in the middle crosses a real line as it does one in memory."""
    mocker.patch.object(escpos_printer, "_LOOK_SECONDS", 0.1)
    printer = SoftwareReceiptPrinter()
    printer.run_out(60)
    with on_pty(printer, tmp_path / "printer") as (_, driver):
        with pytest.raises(ReceiptPrinterPaperOut):
            driver.print(LONG)
        assert len(printer.lines) == 60
        printer.clear()
        assert driver.status().ready


def test_another_device_on_a_line(tmp_path: Path, mocker: Any) -> None:
    """Another device, or another speed: what comes is no status."""
    mocker.patch.object(escpos_link, "ANSWER_SECONDS", 0.05)
    printer = SoftwareReceiptPrinter()
    printer.fail("strange")
    with on_pty(printer, tmp_path / "printer", speed=115_200) as (_, driver):
        with pytest.raises(ReceiptPrinterGarbled):
            driver.print(SHORT)
        assert printer.paper == []


# --- A device file ------------------------------------------------------------------------------


def by_file(port: str, write_seconds: float = 5.0) -> EscPosPrinter:
    return EscPosPrinter(lambda: FileLine(port, PRINTER, write_seconds), seconds=PATIENCE_SECONDS)


def test_over_a_device_file() -> None:
    """As at USB: the file is no terminal to us, only bytes that come and go."""
    printer = SoftwareReceiptPrinter()
    with OnPty(printer) as served:
        driver = by_file(served.port)
        assert driver.print(LONG).confirmed
        served.unplug()
        served.plug()
        with pytest.raises(ReceiptPrinterMissing):
            by_file("/nonexistent/lp0").status()
        driver.close()
    assert printer.lines[:100] == LINES


def test_a_device_file_that_goes() -> None:
    """Nothing comes any more after the plug, and writing tells; closing is nothing, twice."""
    with OnPty(SoftwareReceiptPrinter()) as served:
        line = FileLine(served.port, PRINTER)
        served.unplug()
        assert line.read(PATIENCE_SECONDS) == b""
        with pytest.raises(ReceiptPrinterGone):
            line.write(b"\x10\x04\x01")
        line.close()
        line.close()
        with pytest.raises(ReceiptPrinterGone):
            line.read(0)


def test_a_device_file_that_goes_amid_a_page() -> None:
    """Whoever waits for the printer is told when it is pulled, and does not wait on."""
    printer = SoftwareReceiptPrinter()
    with OnPty(printer) as served:
        printer._on_mark = lambda _: served._pulled.set()
        with pytest.raises(ReceiptPrinterGone) as raised:
            by_file(served.port).print(LONG)
        assert raised.value.facts["printed"] == PERHAPS_IN_PART


def test_a_device_file_that_takes_no_more() -> None:
    """The kernel holds a write up while the printer is busy; that has an end, and is no unplug."""
    inside, outside = os.openpty()
    line = FileLine(os.ttyname(outside), PRINTER, 0.01)
    with pytest.raises(ReceiptPrinterGone) as raised:
        line.write(bytes(100_000))
    assert isinstance(raised.value.__cause__, TimeoutError)
    line.close()
    os.close(inside)
    os.close(outside)


@pytest.mark.parametrize("cause", [TimeoutError(), serial.SerialTimeoutException()])
def test_a_full_line_is_a_slow_printer(cause: OSError) -> None:
    """Both kinds of line say that a write made no progress; to the clerk that is one thing."""
    printer = SoftwareReceiptPrinter()

    class Full:
        def read(self, seconds: float) -> bytes:
            return printer.take()

        def write(self, data: bytes) -> None:
            if len(data) > 3:
                raise PRINTER.gone() from cause
            printer.feed(data)

        def close(self) -> None:
            pass

    with pytest.raises(ReceiptPrinterSlow) as raised:
        EscPosPrinter(Full).print(SHORT)
    assert raised.value.facts["printed"] == PERHAPS_IN_PART


def test_a_printer_of_one_direction(mocker: Any) -> None:
    """The kernel says EINVAL where a printer cannot answer: that is silence, nothing is gone."""
    with OnPty(SoftwareReceiptPrinter()) as served:
        line = FileLine(served.port, PRINTER)
        mocker.patch.object(line, "_ready", return_value=True)
        for said in (OSError(errno.EINVAL, ""), BlockingIOError()):
            mocker.patch("terminal.devices.file_line.os.read", side_effect=said)
            assert line.read(PATIENCE_SECONDS) == b""
        mocker.stopall()
        line.close()


def test_which_ports_are_device_files(tmp_path: Path, mocker: Any) -> None:
    """A printer at USB is told by its device number, whatever the link to it is called."""
    with OnPty(SoftwareReceiptPrinter(), tmp_path / "lp0") as served:
        assert not is_printer_file(served.port)
        assert not is_printer_file(str(tmp_path / "lp0"))
    (tmp_path / "file").touch()
    assert not is_printer_file(str(tmp_path / "file"))
    assert not is_printer_file(str(tmp_path / "none"))
    assert not is_printer_file(os.devnull)
    mocker.patch("terminal.devices.file_line.os.major", return_value=180)
    assert is_printer_file(os.devnull)


def test_a_configured_device_file(mocker: Any) -> None:
    """A configuration that names a printer's device file gets that kind of line."""
    opened: list[str] = []

    def open_file(port: str, *_: object) -> Line:
        opened.append(port)
        raise PRINTER.missing(port, "none")

    mocker.patch.object(escpos_printer, "is_printer_file", return_value=True)
    mocker.patch.object(escpos_printer, "FileLine", open_file)
    with pytest.raises(ReceiptPrinterMissing):
        open_receipt_printer(config.ReceiptPrinter("/dev/usb/lp0")).status()
    assert opened == ["/dev/usb/lp0"]
