"""The software receipt printer: what stands on its paper, what it answers, what goes wrong.

The bytes are written out here or made by Python's own codec, no driver is at the other end.
"""

import pytest

from apdu.escpos import Align
from emulator.receipt_paper import BLANK, CutMark, PrintedLine
from emulator.receipt_printer import SoftwareReceiptPrinter
from emulator.receipt_printer_faults import NAMED


def fed(data: bytes, **settings: object) -> SoftwareReceiptPrinter:
    printer = SoftwareReceiptPrinter(32, **settings)  # type: ignore[arg-type]
    printer.feed(data)
    return printer


def answers(printer: SoftwareReceiptPrinter, *questions: str) -> str:
    """Ask in hex; give all that comes back."""
    said = b""
    for question in questions:
        printer.feed(bytes.fromhex(question))
        while piece := printer.take():
            said += piece
    return said.hex(" ").upper()


ALL_FOUR = ("10 04 01", "10 04 02", "10 04 03", "10 04 04")


def gb(text: str) -> bytes:
    return text.encode("gb18030")


# --- Paper --------------------------------------------------------------------------------------


def test_lines_and_cuts() -> None:
    """Text becomes lines, LF and feeds end them, a cut is a mark; full or partial."""
    printer = fed(gb("社会\n保障") + bytes.fromhex("1B 64 02 1D 56 00 1D 56 01"))
    assert printer.paper == [
        PrintedLine("社会"),
        PrintedLine("保障"),
        PrintedLine(""),
        CutMark(),
        CutMark(partial=True),
    ]


def test_attributes() -> None:
    """A line keeps how it was printed; a reset puts everything back."""
    printer = fed(
        bytes.fromhex("1B 61 01 1D 21 11 1B 45 01") + gb("大\n")
        + bytes.fromhex("1B 61 02 1D 21 00 1B 45 00 1C 21 8C") + gb("字A\n")
        + bytes.fromhex("1B 40") + gb("常\n")
        + bytes.fromhex("1C 57 01") + gb("大\n") + bytes.fromhex("1C 57 00") + gb("小\n")
    )  # fmt: skip
    assert printer.paper == [
        PrintedLine("大", Align.CENTRE, 2, 2, bold=True),
        PrintedLine("字A", Align.RIGHT, 2, 2, underlined=True),
        PrintedLine("常"),
        PrintedLine("大", width=2, height=2),
        PrintedLine("小"),
    ]
    assert printer.lines[0] == " " * 14 + "大"


def test_the_print_mode() -> None:
    """One command for all, which other programs send; it takes a size back, too."""
    printer = fed(bytes.fromhex("1B 21 B8") + b"A\n" + bytes.fromhex("1D 21 11 1B 21 00") + b"B\n")
    assert printer.paper == [
        PrintedLine("A", width=2, height=2, bold=True, underlined=True),
        PrintedLine("B"),
    ]


def test_chinese_attributes_are_of_chinese_text() -> None:
    """1C 21 leaves ASCII as it is."""
    (line,) = fed(bytes.fromhex("1C 21 0C") + b"A\n").paper
    assert line == PrintedLine("A")


def test_the_paper_ends() -> None:
    """What is too long goes on in the next line, a wide character never in halves."""
    printer = fed(gb("a" + "测" * 16 + "\n"))
    assert printer.lines == ["a" + "测" * 15, "测"]


@pytest.mark.parametrize(
    ("name", "printed"),
    [("测㐂", f"测{BLANK}"), ("𠮷甲", f"{BLANK}甲"), ("䶮·", "䶮·"), ("\ue000", BLANK)],
)
def test_a_font_of_two_bytes(name: str, printed: str) -> None:
    """What most fonts lack comes out as nothing a person can read (§5); a wide font has it."""
    assert fed(gb(name) + b"\n").lines == [printed]
    if name != "\ue000":
        assert fed(gb(name) + b"\n", wide_font=True).lines == [name]


def test_broken_characters() -> None:
    """Half a character, and bytes that are none, are blanks; nothing else is lost."""
    assert fed(b"A\xb2\n").lines == [f"A{BLANK}"]
    assert fed(b"\xff\xffA\n").lines == [f"{BLANK}A"]


def test_without_the_chinese_mode() -> None:
    """After 1C 2E two bytes are two characters, as a printer's own code page has them."""
    printer = fed(bytes.fromhex("1C 2E") + gb("测A\n") + bytes.fromhex("1C 26") + gb("测A\n"))
    assert printer.lines == [f"{BLANK}{BLANK}A", "测A"]


def test_what_it_does_not_do() -> None:
    """Commands of other makers are passed over, with the feeding form of the cut done."""
    printer = fed(bytes.fromhex("1B 2D 01 1D 42 00 1B 74 00 0D") + b"A\n\x1dVB\x03\x1dVA\x03")
    assert printer.paper == [PrintedLine("A"), CutMark(partial=True), CutMark()]


def test_a_width_that_no_paper_has() -> None:
    """A slip in a test's own set-up is told at once."""
    with pytest.raises(ValueError, match="columns"):
        SoftwareReceiptPrinter(40)


# --- Answers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (None, "12 12 12 12"),
        ("paper-out", "1A 32 12 7E"),
        ("paper-low", "12 12 12 1E"),
        ("cover", "1A 16 12 12"),
        ("offline", "1A 12 12 12"),
        ("cutter", "1A 52 1A 12"),
        ("hot", "1A 52 52 12"),
        ("slow", "12 12 12 12"),
        ("silence", ""),
        ("strange", "4F 4B 0D 0A " * 3 + "4F 4B 0D 0A"),
    ],
)
def test_golden_answers(fault: str | None, told: str) -> None:
    """The four answers under each fault, written out."""
    printer = fed(b"")
    if fault is not None:
        printer.fail(fault)
    assert answers(printer, *ALL_FOUR) == told
    printer.clear()
    assert answers(printer, "10 04 04") == "12"


def test_every_named_fault_is_tried() -> None:
    """A fault with a name that no test asks for could be none."""
    (mark,) = (m for m in test_golden_answers.pytestmark if m.name == "parametrize")  # type: ignore[attr-defined]
    assert {fault for fault, _ in mark.args[1]} - {None} == set(NAMED)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (None, "00 00 00 00"),
        ("paper-out", "01 00 00 00"),
        ("paper-low", "04 00 00 00"),
        ("cover", "00 02 00 00"),
        ("hot", "00 00 01 00"),
        ("cutter", "00 00 00 01"),
    ],
)
def test_golden_answers_of_a_kiosk_printer(fault: str | None, told: str) -> None:
    """It answers to 10 04 14 and to none of the four."""
    printer = fed(b"", kiosk=True)
    if fault is not None:
        printer.fail(fault)
    assert answers(printer, *ALL_FOUR, "10 04 14") == f"10 0F {told}"
    printer.faults.half = True
    assert answers(printer, "10 04 14") == f"10 0F {told[:2]}"


def test_identity_waits_for_its_turn() -> None:
    """A status is answered at once, an identity when all before it is printed."""
    printer = fed(b"")
    assert answers(printer, "1D 49 01", "1D 49 03", "1D 49 09", "10 04 14") == "20 01"
    printer.fail("cover")
    assert answers(printer, "41 0A 1D 49 01", "10 04 02") == "16"
    printer.clear()
    assert answers(printer, "") == "20"
    assert printer.lines == ["A"]
    printer.faults.one_way = True
    assert answers(printer, "1D 49 01") == ""


# --- Faults -------------------------------------------------------------------------------------


def test_paper_that_runs_out() -> None:
    """After so many lines it stops, and goes on with what it has when there is paper again."""
    printer = fed(b"")
    printer.run_out(2)
    printer.feed(b"1\n2\n3\n4\n")
    assert printer.lines == ["1", "2"]
    printer.clear()
    assert printer.lines == ["1", "2", "3", "4"]


def test_a_small_buffer() -> None:
    """What it does not hold is lost, and counted."""
    printer = fed(b"", buffer=8)
    printer.fail("cover")
    printer.feed(b"abc\n")
    printer.feed(b"defgh\n")
    assert printer.lost == 5
    printer.clear()
    assert printer.lines == ["abc", ""]


def test_a_slow_printer() -> None:
    """It works off so many bytes a second, and answers questions of status meanwhile."""
    now = [0.0]
    printer = fed(b"", clock=lambda: now[0])
    printer.faults.rate = 10.0
    printer.feed(b"abcde\nf\n")
    assert answers(printer, "10 04 01") == "12"
    assert printer.lines == []
    for now[0] in (0.5, 0.6, 0.7):
        printer.take()
    assert printer.lines == ["abcde", "f"]


def test_nothing_shows_the_paper() -> None:
    """A test that fails must not print what stood on a receipt."""
    assert "测试" not in repr(fed(gb("测试\n")).paper)


def test_the_log_has_no_text() -> None:
    """What was done is logged, never what was printed."""
    lines: list[str] = []
    fed(gb("测试\n") + bytes.fromhex("10 04 01"), log=lines.append)
    assert lines == ["status 01", "line_feed"]
