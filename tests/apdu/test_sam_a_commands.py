"""The SAM-A's commands and statuses against the tables of the reference (§6.2, §6.3)."""

import pytest

from apdu.errors import EncodingError
from apdu.sam_a_commands import (
    SPEEDS,
    Command,
    Status,
    radio_asked,
    radio_frame,
    speed_asked,
    speed_frame,
    status_of,
)
from apdu.sam_a_frames import FrameReader, HostFrame

FRAMES = {
    Command.RESET: "AA AA AA 96 69 00 03 10 FF EC",
    Command.STATE: "AA AA AA 96 69 00 03 11 FF ED",
    Command.NUMBER: "AA AA AA 96 69 00 03 12 FF EE",
    Command.FIND: "AA AA AA 96 69 00 03 20 01 22",
    Command.SELECT: "AA AA AA 96 69 00 03 20 02 21",
    Command.READ: "AA AA AA 96 69 00 03 30 01 32",
    Command.ADDRESS: "AA AA AA 96 69 00 03 30 03 30",
    Command.READ_FINGERS: "AA AA AA 96 69 00 03 30 10 23",
}
SPEED_FRAMES = {
    115200: "AA AA AA 96 69 00 03 60 00 63",
    57600: "AA AA AA 96 69 00 03 60 01 62",
    38400: "AA AA AA 96 69 00 03 60 02 61",
    19200: "AA AA AA 96 69 00 03 60 03 60",
    9600: "AA AA AA 96 69 00 03 60 04 67",
}
STATUSES = "90 9F 10 11 21 23 24 31 32 33 40 41 47 60 66 80 81 91"


@pytest.mark.parametrize("command", list(Command))
def test_golden_frames(command: Command) -> None:
    """Each command's whole frame is the reference's."""
    assert command.frame == bytes.fromhex(FRAMES[command])


@pytest.mark.parametrize("speed", SPEEDS)
def test_golden_speeds(speed: int) -> None:
    """A reader set to a speed that we did not mean is lost until its power is taken away."""
    assert speed_frame(speed) == bytes.fromhex(SPEED_FRAMES[speed])
    (frame,) = FrameReader(HostFrame).feed(speed_frame(speed))
    assert isinstance(frame, HostFrame)
    assert speed_asked(frame.code) == speed


def test_no_other_speed() -> None:
    """Five there are; others would be a byte that means something else."""
    with pytest.raises(EncodingError):
        speed_frame(4800)
    assert speed_asked(b"\x60\x05") is None
    assert speed_asked(b"\x20\x01") is None


def test_radio_frame() -> None:
    """The frame of the reference, and its limits 18 to FF."""
    assert radio_frame(0x58) == bytes.fromhex("AA AA AA 96 69 00 04 61 FF 58 C2")
    assert radio_asked(HostFrame(b"\x61\xff", b"\x18")) == 0x18
    assert radio_asked(HostFrame(b"\x61\xff", b"\x17")) is None
    assert radio_asked(HostFrame(b"\x61\xff")) is None
    assert radio_asked(HostFrame(b"\x20\x01", b"\x58")) is None
    for size in (0x17, 0x100):
        with pytest.raises(EncodingError):
            radio_frame(size)


def test_statuses() -> None:
    """The reference has eighteen, each with a meaning in both languages."""
    assert {each.value for each in Status} == set(bytes.fromhex(STATUSES))
    assert all(each.zh and each.en for each in Status)
    assert all(each.zh and each.en for each in Command)


@pytest.mark.parametrize("wire", range(256))
def test_by_value(wire: int) -> None:
    """A status is looked up by its byte; one that nobody explained is None, no exception."""
    known = status_of(wire)
    assert (known is not None) == (wire in bytes.fromhex(STATUSES))
    assert known is None or known == wire
