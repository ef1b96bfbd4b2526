"""`guitai receipt-printer`: the command line before a software printer on a pseudo-terminal."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desk import valid

from emulator.on_pty import OnPty
from emulator.receipt_printer import SoftwareReceiptPrinter
from terminal.cli.app import run
from terminal.devices import escpos_link


class Counter:
    """Run commands in this process before one printer."""

    def __init__(self, printer: SoftwareReceiptPrinter, config: Path, capture: Any) -> None:
        self.printer = printer
        self._config = config
        self._capture = capture

    def run(self, *arguments: str, language: Any = None) -> tuple[int, str, str]:
        command = ["--config", str(self._config), "receipt-printer", "test", *arguments]
        status = run(command, language)
        printed = self._capture.readouterr()
        return status, printed.out, printed.err

    def json(self, *arguments: str) -> Any:
        return valid(self.run("--json", *arguments)[1])


@pytest.fixture
def counter(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Counter]:
    printer = SoftwareReceiptPrinter(32)
    link, config = tmp_path / "printer", tmp_path / "guitai.toml"
    config.write_text(
        f'[receipt_printer]\nport = "{link}"\ncolumns = 32\nspeed = 115200\n', "utf-8"
    )
    with OnPty(printer, link):
        yield Counter(printer, config, capsys)


def test_the_printer_works(counter: Counter) -> None:
    """Which it is and how it is, for people and for programs; nothing is printed."""
    document = counter.json()
    assert (document["model"], document["ready"], document["page"]) == (32, True, None)
    status, out, _ = counter.run()
    assert (status, counter.printer.paper) == (0, [])
    assert "打印机正常" in out


def test_a_page(counter: Counter) -> None:
    """A page shows the width, an amount and rare characters; those it lacks are named."""
    document = counter.json("--page")
    assert document["page"] == {"replaced": ["㐂", "𠮷"], "confirmed": True}
    assert "生僻字：〓〓䶮·" in counter.printer.lines
    assert "金额大写：人民币壹仟贰佰叁拾肆元" in counter.printer.lines
    status, out, _ = counter.run("--page", language="en")
    assert status == 0
    assert "write them where 〓 stands: 㐂 𠮷" in out
    assert "A test page was printed" in out


def test_a_page_that_is_not_confirmed(counter: Counter, mocker: Any) -> None:
    """A printer that does not tell how far it is: only what is known is said."""
    mocker.patch.object(escpos_link, "ANSWER_SECONDS", 0.05)
    counter.printer.faults.one_way = True
    status, out, _ = counter.run("--page")
    assert status == 0
    assert "请看打印出的纸" in out
    assert "未知" in out


@pytest.mark.parametrize(
    ("fault", "said"),
    [("paper-out", "缺纸"), ("cover", "盖没有合上"), ("offline", "脱机"), ("cutter", "切纸刀")],
)
def test_a_printer_that_would_print_nothing(counter: Counter, fault: str, said: str) -> None:
    """Status 11, and in words what is wrong; with --page the error of the catalogue."""
    counter.printer.fail(fault)
    status, out, _ = counter.run()
    assert status == 11
    assert said in out
    status, out, err = counter.run("--page")
    assert (status, out) == (11, "")
    assert "还没有打印任何内容" in err


def test_paper_near_its_end(counter: Counter) -> None:
    """It prints, and a new roll is wanted soon."""
    counter.printer.fail("paper-low")
    status, out, _ = counter.run()
    assert status == 0
    assert "纸快用完了" in out
    assert counter.json()["paper"] == "near_end"


def test_no_printer(counter: Counter, tmp_path: Path) -> None:
    """Without a port in the configuration it is said where to write one."""
    (tmp_path / "guitai.toml").write_text("")
    assert counter.json()["error"]["code"] == "receipt_printer_not_configured"
    (tmp_path / "guitai.toml").write_text('[receipt_printer]\nport = "/nonexistent"\n')
    assert counter.json()["error"]["code"] == "receipt_printer_missing"


@pytest.mark.parametrize(
    "line", ["columns = 40", "speed = 42", 'cut = "yes"', "timeout_seconds = 0", 'usb = "lp0"']
)
def test_a_wrong_configuration(counter: Counter, tmp_path: Path, line: str) -> None:
    """What no printer has is told before any page, by the name in the file."""
    (tmp_path / "guitai.toml").write_text(f"[receipt_printer]\n{line}\n")
    error = counter.json()["error"]
    assert error["code"] == "config_wrong"
    assert f"receipt_printer.{line.split(maxsplit=1)[0]}" in error["message"] + error["cause"]
