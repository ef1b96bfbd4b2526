"""python-escpos, other people's program, prints; our printer has on its paper what was meant.

Terminal and emulator share apdu/escpos.py, so they would agree on a mistake in it; python-escpos
was written from other sources. Its Dummy keeps the bytes that it would send.
"""

import warnings

import pytest

from apdu.escpos import Align, Command, CommandReader, Identity, Kind, identity
from emulator.receipt_paper import CutMark, PrintedLine
from emulator.receipt_printer import SoftwareReceiptPrinter

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from escpos.printer import Dummy

FED = PrintedLine(align=Align.RIGHT)
"""A line that is fed before their cut."""
NAMES = "测试䶮·阿甲"


def printed(theirs: Dummy) -> SoftwareReceiptPrinter:
    printer = SoftwareReceiptPrinter(48)
    printer.feed(theirs.output)
    return printer


def raw(theirs: Dummy, text: str) -> None:
    """Send Chinese as it is (reference §5), past their choice of code pages."""
    theirs._raw(text.encode("gb18030"))


def test_a_receipt() -> None:
    """Align, size, bold, Chinese and a cut, by their methods."""
    theirs = Dummy()
    theirs.hw("INIT")
    theirs.set(align="center", bold=True, custom_size=True, width=2, height=2)
    raw(theirs, "社会保障卡\n")
    theirs.set(align="left", bold=False, normal_textsize=True)
    raw(theirs, f"姓名：{NAMES}\n")
    theirs.set(align="right")
    theirs.text("TOTAL 12.34\n")
    theirs.cut()
    assert [mark for mark in printed(theirs).paper if mark != FED] == [
        PrintedLine("社会保障卡", Align.CENTRE, 2, 2, bold=True),
        PrintedLine(f"姓名：{NAMES}"),
        PrintedLine("TOTAL 12.34", Align.RIGHT),
        CutMark(),
    ]


@pytest.mark.parametrize("name", ["㐂", "𠮷"])
def test_rare_names(name: str) -> None:
    """They send all of GB18030; what a font of two bytes makes of it is what our driver avoids."""
    theirs = Dummy()
    raw(theirs, f"{name}甲\n")
    assert printed(theirs).lines == ["□甲"]


@pytest.mark.parametrize("mode", ["FULL", "PART"])
def test_cuts(mode: str) -> None:
    """Full and partial, after a feed."""
    theirs = Dummy()
    theirs.cut(mode=mode)
    *fed, mark = printed(theirs).paper
    assert mark == CutMark(partial=mode == "PART")
    assert fed


def test_a_cut_without_a_feed() -> None:
    """They send the form that feeds by itself (42), which is a partial cut in any mode."""
    theirs = Dummy()
    theirs.cut(feed=False)
    assert printed(theirs).paper == [CutMark(partial=True)]


def test_feeds() -> None:
    """Lines that are fed."""
    theirs = Dummy()
    theirs.print_and_feed(3)
    assert printed(theirs).lines == ["", "", ""]


def test_questions() -> None:
    """What they ask of a printer's status is what ours answers to: 10 04 n."""
    from escpos import constants

    asked = constants.RT_STATUS_ONLINE, constants.RT_STATUS_PAPER
    (online,), (paper,) = (CommandReader().feed(each) for each in asked)
    assert (online, paper) == (Command(Kind.STATUS, b"\x01"), Command(Kind.STATUS, b"\x04"))
    assert identity(Identity.MODEL).encode() == constants.GS + b"I\x01"


def test_what_they_make_of_our_answers() -> None:
    """They read the same out of our printer's answers: paper there, near its end, out; offline."""
    printer = SoftwareReceiptPrinter(48)

    class Theirs(Dummy):
        def _read(self) -> bytes:
            return printer.take()

        def _raw(self, msg: bytes) -> None:
            printer.feed(msg)

    theirs = Theirs()
    assert (theirs.is_online(), theirs.paper_status()) == (True, 2)
    printer.fail("paper-low")
    assert (theirs.is_online(), theirs.paper_status()) == (True, 1)
    printer.fail("paper-out")
    assert (theirs.is_online(), theirs.paper_status()) == (False, 0)
