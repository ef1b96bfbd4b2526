"""ESC/POS: the bytes of the reference written out, and the stream taken apart however it is cut."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu import escpos
from apdu.errors import EncodingError
from apdu.escpos import (
    Align,
    Chinese,
    Command,
    CommandReader,
    Cut,
    Event,
    Form,
    Identity,
    Kind,
    Printable,
    PrintMode,
    Skipped,
)
from apdu.escpos_status import (
    AllStatus,
    Error,
    KioskPaper,
    KioskRecoverable,
    KioskUnrecoverable,
    KioskUser,
    Offline,
    Paper,
    Printer,
    decode_status,
    encode_status,
    is_status,
)

GOLDEN = [
    ("1B 40", escpos.RESET),
    ("1C 26", escpos.CHINESE_ON),
    ("1C 2E", escpos.CHINESE_OFF),
    ("1C 21 04", escpos.chinese_attributes(Chinese.DOUBLE_WIDTH)),
    ("1C 21 08", escpos.chinese_attributes(Chinese.DOUBLE_HEIGHT)),
    ("1C 21 80", escpos.chinese_attributes(Chinese.UNDERLINE)),
    ("1C 57 01", escpos.chinese_large(on=True)),
    ("1C 57 00", escpos.chinese_large(on=False)),
    ("1D 21 00", escpos.text_size(1, 1)),
    ("1D 21 11", escpos.text_size(2, 2)),
    ("1D 21 70", escpos.text_size(8, 1)),
    ("1B 61 01", escpos.align(Align.CENTRE)),
    ("1B 61 02", escpos.align(Align.RIGHT)),
    ("1D 56 00", escpos.cut(Cut.FULL)),
    ("1D 56 01", escpos.cut(Cut.PARTIAL)),
    ("1B 64 05", escpos.feed(5)),
    ("10 04 01", escpos.status(Form.PRINTER)),
    ("10 04 02", escpos.status(Form.OFFLINE)),
    ("10 04 03", escpos.status(Form.ERROR)),
    ("10 04 04", escpos.status(Form.PAPER)),
    ("10 04 14", escpos.status(Form.ALL)),
    ("1D 49 01", escpos.identity(Identity.MODEL)),
    ("1D 49 03", escpos.identity(Identity.VERSION)),
    ("1B 45 01", escpos.emphasis(on=True)),
    ("1B 21 00", escpos.print_mode(PrintMode(0))),
    ("1B 21 B8", escpos.print_mode(PrintMode(sum(PrintMode)))),
    ("0A", escpos.LINE_FEED),
]


@pytest.mark.parametrize(("wire", "command"), GOLDEN, ids=[wire for wire, _ in GOLDEN])
def test_golden_commands(wire: str, command: Command) -> None:
    """The bytes of the reference's table (§5), both ways: terminal and emulator share them."""
    assert command.encode() == bytes.fromhex(wire)
    assert CommandReader().feed(bytes.fromhex(wire)) == [command]


def test_every_command_has_golden_bytes() -> None:
    """A command that nobody wrote out could be wrong on both sides alike."""
    assert {command.kind for _, command in GOLDEN} == set(Kind)


@pytest.mark.parametrize(
    "make",
    [
        lambda: escpos.feed(256),
        lambda: escpos.feed(-1),
        lambda: escpos.text_size(9, 1),
        lambda: escpos.text_size(1, 0),
        lambda: Command(Kind.ALIGN),
        lambda: Command(Kind.RESET, b"\0"),
    ],
)
def test_what_is_no_command(make: object) -> None:
    """A parameter that does not fit is refused here, not by a printer in its own way."""
    assert callable(make)
    with pytest.raises(EncodingError):
        make()


def test_sizes_both_ways() -> None:
    """The high half is the width and the low one the height, each less one."""
    for width in range(1, 9):
        for height in range(1, 9):
            assert escpos.size_of(escpos.text_size(width, height).parameter) == (width, height)


STREAM = (
    bytes.fromhex("1B40 1C26 1B6101") + "测试㐂A".encode("gb18030") + b"\n\x1dVB\x00\x10\x04\x01"
)


def joined(events: list[Event]) -> list[Event]:
    """Put together text that came in pieces."""
    done: list[Event] = []
    for event in events:
        if isinstance(event, Printable) and done and isinstance(done[-1], Printable):
            done[-1] = Printable(done[-1].data + event.data)
        else:
            done.append(event)
    return done


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_however_it_is_cut(cuts: list[int]) -> None:
    """Bytes come in any pieces from a serial line; what they say is the same."""
    edges = [0, *sorted(cuts), len(STREAM)]
    reader = CommandReader()
    events: list[Event] = []
    for begin, end in itertools.pairwise(edges):
        events += reader.feed(STREAM[begin:end])
    assert joined(events) == [
        escpos.RESET,
        escpos.CHINESE_ON,
        escpos.align(Align.CENTRE),
        Printable(bytes.fromhex("B2E2 CAD4 8139EF31 41")),
        escpos.LINE_FEED,
        Skipped(b"\x1dVB\x00"),
        escpos.status(Form.PRINTER),
    ]


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    """Whatever comes, nothing is lost but what has begun, and nothing is read twice."""
    reader = CommandReader()
    out = b"".join(
        event.encode() if isinstance(event, Command) else event.data for event in reader.feed(data)
    )
    assert data.startswith(out)


@pytest.mark.parametrize(
    "foreign",
    [
        "1B2D01",
        "1B4D00",
        "1B7B01",
        "1B7401",
        "1B33 20",
        "1B32",
        "1D4201",
        "1D28410200 0001",
        "1B4408100 0",
        "1C5301 02",
        "1005 01",
        "0D",
        "1B70 003232",
    ],
)
def test_commands_of_others(foreign: str) -> None:
    """Other programs send more than ours: it is passed over whole, so none of it is printed."""
    data = bytes.fromhex(foreign.replace(" ", ""))
    assert CommandReader().feed(data + b"text") == [Skipped(data), Printable(b"text")]


def test_a_list_without_end() -> None:
    """Tab stops that never end are given up: a reader must not wait for ever."""
    assert CommandReader().feed(b"\x1bD" + b"\x01" * 300)


def test_nothing_shows_the_text() -> None:
    """What is printed may be a name: no repr has it."""
    (event,) = CommandReader().feed("测试".encode("gb18030"))
    assert "B2" not in repr(event).upper()


# --- What it answers ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wire", "flags"),
    [
        (0x12, Printer(0)),
        (0x16, Printer.DRAWER),
        (0x1A, Printer.OFFLINE),
        (0x3A, Printer.OFFLINE | Printer.WAITS),
        (0x16, Offline.COVER_OPEN),
        (0x32, Offline.PAPER_STOP),
        (0x52, Offline.ERROR),
        (0x1A, Error.CUTTER),
        (0x32, Error.UNRECOVERABLE),
        (0x52, Error.PASSING),
        (0x1E, Paper.NEAR_END),
        (0x72, Paper.OUT),
        (0x7E, Paper.OUT | Paper.NEAR_END),
    ],
)
def test_golden_answers(wire: int, flags: Printer | Offline | Error | Paper) -> None:
    """The bits of the four answers, bytes worked out by hand from the makers' table."""
    assert encode_status(flags) == bytes((wire,))
    assert decode_status(wire) == flags


def test_what_is_no_answer() -> None:
    """Of 256 bytes 16 can be a status: by that another device shows."""
    good = [byte for byte in range(256) if is_status(byte)]
    assert len(good) == 16
    assert 0x11 not in good
    for byte in set(range(256)) - set(good):
        with pytest.raises(EncodingError):
            decode_status(byte)


@pytest.mark.parametrize(
    ("wire", "status"),
    [
        (
            "10 0F 00 00 00 00",
            AllStatus(KioskPaper(0), KioskUser(0), KioskRecoverable(0), KioskUnrecoverable(0)),
        ),
        (
            "10 0F 05 02 41 0D",
            AllStatus(
                KioskPaper.OUT | KioskPaper.NEAR_END,
                KioskUser.COVER_OPEN,
                KioskRecoverable.TEMPERATURE | KioskRecoverable.JAM,
                KioskUnrecoverable.CUTTER | KioskUnrecoverable.RAM | KioskUnrecoverable.EEPROM,
            ),
        ),
    ],
)
def test_golden_answers_of_kiosk_printers(wire: str, status: AllStatus) -> None:
    """The six bytes of 10 04 14."""
    assert status.encode() == bytes.fromhex(wire)
    assert AllStatus.decode(bytes.fromhex(wire)) == status


def test_kiosk_bits_without_a_meaning() -> None:
    """Bits that another model sets are no error of ours (a ticket in the output, a motor)."""
    nothing = AllStatus.decode(bytes.fromhex("100F 00000000"))
    assert AllStatus.decode(bytes.fromhex("100F A2F8 26F0")) == nothing


@pytest.mark.parametrize(
    "wire", ["", "10 0F 00 00 00", "10 0E 00 00 00 00", "10 0F 00 00 00 00 00"]
)
def test_what_is_no_answer_of_a_kiosk_printer(wire: str) -> None:
    """Half an answer and another one are refused."""
    with pytest.raises(EncodingError):
        AllStatus.decode(bytes.fromhex(wire))
