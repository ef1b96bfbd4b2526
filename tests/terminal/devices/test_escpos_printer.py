"""The driver of receipt printers: the bytes it sends, what it makes of answers, and of faults.

Bytes are written out on both sides where they matter; else a software printer is at the other end.
"""

import pytest
from printers import Printers, printers, raw

from terminal.devices.escpos_page import MOST_PIECE, compose, printable
from terminal.devices.receipt_printer import (
    Align,
    Cut,
    Fault,
    Feed,
    Item,
    Page,
    PaperState,
    PrinterInfo,
    PrinterStatus,
    Size,
    TextLine,
    columns_of,
)
from terminal.errors import (
    DeviceError,
    ReceiptPrinterCoverOpen,
    ReceiptPrinterFaulty,
    ReceiptPrinterGarbled,
    ReceiptPrinterGone,
    ReceiptPrinterMissing,
    ReceiptPrinterOffline,
    ReceiptPrinterPaperOut,
    ReceiptPrinterSilent,
    ReceiptPrinterSlow,
)
from terminal.errors.printer import NOTHING_PRINTED, PERHAPS_IN_PART

GOOD = (b"\x12",) * 4
LAST = "1B 61 02 1D 21 00 1C 21 00 1B 45 00 A1 A4 0A 1B 64 05 1D 56 01"
READY = PrinterStatus()


def page(*texts: str) -> Page:
    return Page((*map(TextLine, texts), Cut()))


def long_page(lines: int = 100) -> Page:
    return page(*(f"第{each}行" for each in range(lines)))


# --- Bytes --------------------------------------------------------------------------------------


def test_golden_page() -> None:
    """What goes over the line for a small page, written out (§5); the answers are, too."""
    driver, line = raw(*GOOD, b"\x20", b"", b"\x20", *GOOD)
    items: tuple[Item, ...] = (
        TextLine("社会 A", Align.CENTRE, Size.LARGE, bold=True),
        Feed(2),
        TextLine("·", Align.RIGHT),
        Cut(),
    )
    printed = driver.print(Page(items))
    assert [each.hex(" ").upper() for each in line.sent] == [
        *("10 04 01", "10 04 02", "10 04 03", "10 04 04"),
        "1D 49 01",
        "1B 40 1C 26 1B 61 01 1D 21 11 1C 21 0C 1B 45 01 C9 E7 BB E1 20 41 0A 1B 64 02 " + LAST,
        "1D 49 01",
        *("10 04 01", "10 04 02", "10 04 03", "10 04 04"),
    ]
    assert printed.confirmed


def test_a_printer_without_a_knife() -> None:
    """Paper that is torn off is fed as far, and not cut."""
    (piece,) = compose(Page((Cut(),)), 32, cut=False).pieces
    assert piece.hex(" ").upper() == "1B 40 1C 26 1B 64 05"


def test_pieces_end_with_a_line() -> None:
    """A page goes in pieces, none longer than what any buffer holds, together the whole page."""
    composed = compose(long_page(200), 48, cut=True)
    assert len(composed.pieces) > 3
    assert all(len(each) <= MOST_PIECE and each.endswith(b"\n") for each in composed.pieces[:-1])
    assert b"".join(composed.pieces).count(b"\n") == 200


@pytest.mark.parametrize("columns", [32, 42, 48])
def test_wide_lines_are_wrapped(columns: int) -> None:
    """A line twice as wide has half of the columns."""
    both = printers(columns)
    full = columns // 4
    both.driver.print(Page((TextLine("测" * (full * 3), size=Size.WIDE),)))
    assert both.printer.lines == ["测" * full] * 3


@pytest.mark.parametrize(
    ("text", "columns"), [("", 0), ("ab", 2), ("社会", 4), ("·", 2), ("￥1", 3), ("～", 2)]
)
def test_columns(text: str, columns: int) -> None:
    """In these fonts whatever is not ASCII has two columns, the dot of a name too."""
    assert columns_of(text) == columns


# --- Characters ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shown", "replaced"),
    [
        ("测试㐂", "测试〓", ("㐂",)),
        ("𠮷测试", "〓测试", ("𠮷",)),
        ("测试䶮", "测试䶮", ()),
        ("测试·阿甲", "测试·阿甲", ()),
        ("测试•阿甲", "测试·阿甲", ()),
        ("¥1.00", "￥1.00", ()),
        ("㐂𠮷㐂", "〓〓〓", ("㐂", "𠮷")),
        ("葛\U000e0100", "葛", ("葛\U000e0100",)),
        ("\ue000\ud842", "〓〓", ("\ue000", "\ud842")),
        ("测\x1b@\x10\x04\x01试\u202e", "测 @   试", ()),
        ("一\n二", "一\n二", ()),
    ],
)
def test_characters(name: str, shown: str, replaced: tuple[str, ...]) -> None:
    """What a font of two bytes lacks is told by name, not printed as a blank (§5)."""
    assert printable(name) == (shown, replaced)


def test_replaced_characters_are_told() -> None:
    """The clerk writes them by hand where 〓 stands: each once, over the whole page."""
    both = printers()
    printed = both.driver.print(page("姓名：㐂甲", "代办：𠮷㐂", "䶮·"))
    assert printed.replaced == ("㐂", "𠮷")
    assert both.printer.lines[:3] == ["姓名：〓甲", "代办：〓〓", "䶮·"]
    assert "㐂" not in repr(printed)


def test_no_name_commands_the_printer() -> None:
    """Control characters in a name would cut, or open a drawer; they are blanks."""
    both = printers()
    both.driver.print(page("测\x1dV\x00试\x1b@甲"))
    assert both.printer.lines[0] == "测 V 试 @甲"
    assert sum(line.startswith("- -") for line in both.printer.lines) == 1


def test_nothing_shows_the_page() -> None:
    """A page carries names: neither it nor its bytes are in a repr."""
    assert "测试" not in repr(page("测试甲"))
    assert "B2" not in repr(compose(page("测试甲"), 32, cut=True)).upper()


# --- Status -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ("12 12 12 12", READY),
        ("16 12 12 12", READY),
        ("12 12 12 1E", PrinterStatus(PaperState.NEAR_END)),
        ("1A 32 12 7E", PrinterStatus(PaperState.OUT, offline=True)),
        ("12 12 12 72", PrinterStatus(PaperState.OUT)),
        ("1A 16 12 12", PrinterStatus(cover_open=True, offline=True)),
        ("1A 52 1A 12", PrinterStatus(offline=True, faults=(Fault.CUTTER,))),
        ("1A 52 52 12", PrinterStatus(offline=True, faults=(Fault.TEMPERATURE,))),
        ("1A 52 32 12", PrinterStatus(offline=True, faults=(Fault.UNRECOVERABLE,))),
        ("1A 52 12 12", PrinterStatus(offline=True, faults=(Fault.RECOVERABLE,))),
        ("1A 12 12 12", PrinterStatus(offline=True)),
    ],
)
def test_golden_status(answers: str, status: PrinterStatus) -> None:
    """The four answers, written out, and what they mean."""
    driver, line = raw(*(bytes((each,)) for each in bytes.fromhex(answers)))
    assert driver.status() == status
    assert line.sent == [bytes.fromhex(f"1004 0{each}") for each in range(1, 5)]


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("10 0F 00 00 00 00", READY),
        ("10 0F 01 00 00 00", PrinterStatus(PaperState.OUT)),
        ("10 0F 04 00 00 00", PrinterStatus(PaperState.NEAR_END)),
        ("10 0F 00 02 00 00", PrinterStatus(cover_open=True)),
        ("10 0F 00 00 00 02", PrinterStatus(cover_open=True)),
        ("10 0F 00 00 41 01", PrinterStatus(faults=(Fault.TEMPERATURE, Fault.JAM, Fault.CUTTER))),
    ],
)
def test_golden_status_of_kiosk_printers(answer: str, status: PrinterStatus) -> None:
    """A printer that is silent to the four is asked in the form of kiosk printers (10 04 14)."""
    driver, line = raw(b"", b"", bytes.fromhex(answer), bytes.fromhex(answer))
    assert driver.status() == status
    assert line.sent[2] == bytes.fromhex("10 04 14")
    driver.status()
    assert line.sent[3:] == [bytes.fromhex("10 04 14")]


def test_a_kiosk_printer_prints() -> None:
    """All the same with the other form of status."""
    both = printers(kiosk=True)
    assert both.driver.print(page("一")).confirmed
    both.printer.fail("paper-out")
    with pytest.raises(ReceiptPrinterPaperOut):
        both.driver.print(page("二"))
    assert both.printer.lines[0] == "一"


@pytest.mark.parametrize("cut", range(1, 6))
def test_half_an_answer(cut: int) -> None:
    """An answer of six bytes that breaks off is none, and says so."""
    half = bytes.fromhex("10 0F 00 00 00 00")[:cut]
    driver, _ = raw(b"", b"", half, half)
    with pytest.raises(ReceiptPrinterGarbled):
        driver.status()


def test_an_answer_that_comes_late() -> None:
    """An answer to the question before is not taken for the next one's."""
    driver, line = raw(*GOOD, *GOOD)
    driver.status()
    line._waiting = b"\x7e"
    assert driver.status() == READY


def test_an_answer_to_the_attempt_before() -> None:
    """Asked twice and answered twice: the second answer is not the next question's."""
    driver, line = raw(b"", b"\x12\x12", b"\x12", b"\x12", b"\x72")
    whole = line.read

    def read(seconds: float) -> bytes:
        piece = whole(seconds)
        line._waiting = piece[1:]
        return piece[:1]

    line.read = read  # type: ignore[method-assign]
    assert driver.status() == PrinterStatus(PaperState.OUT)


def test_info() -> None:
    """Model and version are numbers of the maker's; one that is silent has none."""
    both = printers()
    assert both.driver.info() == PrinterInfo(0x20, 0x01)
    both.printer.faults.one_way = True
    assert both.driver.info() == PrinterInfo()
    both.printer.fail("cover")
    assert both.driver.info() == PrinterInfo()


def test_flow_control_is_passed_over() -> None:
    """Some printers send XON and XOFF of themselves; that is no answer and no disturbance."""
    driver, _ = raw(b"\x11\x12", b"\x13\x11\x12", b"\x12", b"\x12")
    assert driver.status() == READY


# --- Faults before ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("paper-out", ReceiptPrinterPaperOut),
        ("cover", ReceiptPrinterCoverOpen),
        ("offline", ReceiptPrinterOffline),
        ("cutter", ReceiptPrinterFaulty),
        ("hot", ReceiptPrinterFaulty),
        ("silence", ReceiptPrinterSilent),
        ("strange", ReceiptPrinterGarbled),
    ],
)
def test_faults_before(fault: str, error: type[DeviceError]) -> None:
    """A printer that would not print gets nothing of the page, and the error says so."""
    both = printers()
    both.printer.fail(fault)
    with pytest.raises(error) as raised:
        both.driver.print(page("一"))
    assert raised.value.facts["printed"] == NOTHING_PRINTED
    assert b"\n" not in both.wire.sent
    both.printer.clear()
    assert both.driver.print(page("二")).confirmed
    assert both.printer.lines[0] == "二"


def test_paper_that_is_near_its_end() -> None:
    """It prints, and tells that a new roll is wanted soon."""
    both = printers()
    both.printer.fail("paper-low")
    assert both.driver.print(page("一")).paper is PaperState.NEAR_END


@pytest.mark.parametrize("echo", [True, False])
def test_another_device(echo: bool) -> None:
    """A line that gives our bytes back, and a device that says what it likes, are no printer."""
    answers = [bytes.fromhex(f"10 04 {each}") for each in ("01", "01")] if echo else [b"\x06"] * 2
    driver, _ = raw(*answers)
    with pytest.raises(ReceiptPrinterGarbled):
        driver.print(page("一"))


def test_a_line_that_never_is_silent() -> None:
    """A device that goes on and on is given up."""
    driver, line = raw()
    line.read = lambda _: b"\x00" * 16  # type: ignore[method-assign]
    with pytest.raises(ReceiptPrinterGarbled):
        driver.status()


# --- Faults in the middle -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("cover", ReceiptPrinterCoverOpen),
        ("offline", ReceiptPrinterOffline),
        ("cutter", ReceiptPrinterFaulty),
        ("silence", ReceiptPrinterSilent),
    ],
)
def test_faults_in_the_middle(fault: str, error: type[DeviceError]) -> None:
    """After half of the page the driver notices, sends no more, and says what may be there."""
    both = printers()
    both.wire.at = (1200, lambda: both.printer.fail(fault))
    with pytest.raises(error) as raised:
        both.driver.print(long_page())
    assert raised.value.facts["printed"] == PERHAPS_IN_PART
    assert PERHAPS_IN_PART.zh in raised.value.message("zh")
    assert len(both.wire.sent) < 1200 + 2 * MOST_PIECE


@pytest.mark.parametrize("after", [1, 30, 99, 100, 104])
def test_paper_that_ends_in_the_middle(after: int) -> None:
    """Whichever line was the last, nobody is told that it was printed."""
    both = printers()
    both.printer.run_out(after)
    with pytest.raises(ReceiptPrinterPaperOut) as raised:
        both.driver.print(long_page())
    assert raised.value.facts["printed"] == PERHAPS_IN_PART
    assert len(both.printer.lines) == after


@pytest.mark.parametrize(
    ("after", "error"),
    [("12 12 12 72", ReceiptPrinterPaperOut), ("1A 16 12 12", ReceiptPrinterCoverOpen)],
)
def test_status_after_the_page(after: str, error: type[DeviceError]) -> None:
    """The printer was through with the page, and then says that something is wrong: told, too."""
    said = (bytes((each,)) for each in bytes.fromhex(after))
    driver, _ = raw(*GOOD, b"\x20", b"", b"\x20", *said)
    with pytest.raises(error) as raised:
        driver.print(page("一"))
    assert raised.value.facts["printed"] == PERHAPS_IN_PART


def test_after_a_new_roll() -> None:
    """The printer prints what it still had, as real ones do; then the page is printed again."""
    both = printers()
    both.printer.run_out(3)
    with pytest.raises(ReceiptPrinterPaperOut):
        both.driver.print(page(*"一二三四五"))
    both.printer.clear()
    assert both.driver.print(page("补打")).confirmed
    assert both.printer.lines[:5] == list("一二三四五")
    assert both.printer.lines.count("补打") == 1


@pytest.mark.parametrize("at", [0, 20, 28, 600, 1700])
def test_unplugged_in_the_middle(at: int) -> None:
    """Pulled at any byte: gone, perhaps printed in part; plugged in again it just prints."""
    both = printers()
    both.driver.status()
    both.wire.at = (at, both.wire.unplug)
    with pytest.raises(ReceiptPrinterGone) as raised:
        both.driver.print(long_page())
    begun = at >= 28  # what goes before are questions
    assert raised.value.facts["printed"] == (PERHAPS_IN_PART if begun else NOTHING_PRINTED)
    with pytest.raises(ReceiptPrinterMissing):
        both.driver.status()
    both.wire.plug()
    assert both.driver.print(page("一")).confirmed


def test_unplugged_in_between() -> None:
    """A printer that was moved to another socket between two receipts is just used again."""
    both = printers()
    both.driver.print(page("一"))
    both.wire.unplug()
    both.wire.plug()
    assert both.driver.print(page("二")).confirmed
    assert both.wire.opened == 2


# --- Slow ones ----------------------------------------------------------------------------------


def slow(rate: float, **settings: int) -> Printers:
    both = printers(**settings)
    both.printer.faults.rate = rate
    return both


def test_a_slow_printer_loses_nothing() -> None:
    """Its buffer is smaller than the page and the line has no flow control: all is printed."""
    both = slow(200.0, buffer=600)
    assert both.driver.print(long_page()).confirmed
    assert both.printer.lost == 0
    assert both.printer.lines[:100] == [f"第{each}行" for each in range(100)]
    assert both.clock.now > 5


def test_a_printer_that_comes_to_a_stop() -> None:
    """It reports no fault and makes no progress: that has an end, and says what it is."""
    both = slow(0.5)
    with pytest.raises(ReceiptPrinterSlow) as raised:
        both.driver.print(long_page())
    assert raised.value.facts == {"seconds": "10", "printed": PERHAPS_IN_PART}
    assert both.clock.now < 20


def test_marks_of_a_page_that_was_broken_off() -> None:
    """What the printer still owed of one page confirms no other."""
    both = slow(0.5)
    with pytest.raises(ReceiptPrinterSlow):
        both.driver.print(long_page(5))
    both.printer.clear()
    both.printer.faults.rate = 200.0
    assert both.driver.print(page("二")).confirmed
    assert both.printer.lines[-7] == "二"


def test_a_printer_that_does_not_say_how_far_it_is() -> None:
    """Some tell no identity: the page is printed, and not called confirmed."""
    both = printers()
    both.printer.faults.one_way = True
    assert not both.driver.print(long_page()).confirmed
    assert len(both.printer.lines) == 106


def test_an_identity_that_looks_like_a_status() -> None:
    """An answer that could be either is no mark: it would confirm what only a status said."""
    driver, line = raw(*GOOD, b"\x12", b"\x02", b"", b"\x02", *GOOD)
    assert driver.print(page("一")).confirmed
    assert line.sent[5:8:2] == [bytes.fromhex("1D 49 03")] * 2


def test_closed_twice() -> None:
    """Closing a printer that was never opened, and again, is nothing."""
    both = printers()
    both.driver.close()
    both.driver.status()
    both.driver.close()
    both.driver.close()
    assert both.driver.status().ready
