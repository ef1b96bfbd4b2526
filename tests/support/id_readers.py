"""A reader of identity documents in software, or answers written out, wired to the driver."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from apdu.sam_a_frames import FrameReader, HostFrame
from emulator.id_cards import IdCard
from emulator.id_reader import SoftwareIdReader
from emulator.on_pty import OnPty, SerialDevice
from emulator.pin_pad_wire import Clock
from terminal.config import IdReader as IdReaderSettings
from terminal.devices.id_reader import IdDocument, IdReader
from terminal.devices.sam_a import READER, SamA, open_id_reader
from terminal.devices.serial_line import SerialLine
from terminal.errors import IdReaderGone, IdReaderMissing

SECONDS = 5.0

# --- Written out, apart from the codec that both sides share --------------------------------

CITIZEN: dict[int, str] = {
    0: "测试甲",
    30: "1",
    32: "01",
    36: "18900101",
    52: "北京市测试区样张街道1号",
    122: "110103189001010019",
    158: "北京市公安局测试分局",
    188: "20200101",
    204: "20400101",
}
PERMIT: dict[int, str] = {
    0: "测试乙",
    30: "2",
    36: "18900101",
    52: "北京市测试区样张街道2号",
    122: "810000189001010028",
    158: "北京市公安局测试分局",
    188: "20200101",
    204: "20400101",
    220: "H00000000",
    238: "01",
    248: "J",
}
FOREIGNER_FIRST: dict[int, str] = {
    0: "TEST, PERSON",
    120: "1",
    122: "FRA119990010101",
    152: "FRA",
    158: "测试丙",
    188: "20200101",
    204: "20400101",
    220: "18900101",
    236: "01",
    240: "1500",
    248: "I",
}
FOREIGNER: dict[int, str] = {
    0: "测试丁",
    30: "2",
    32: "00",
    36: "18900101",
    52: "TEST, PERSON TWO",
    122: "911250189001010027",
    188: "20200101",
    204: "20400101",
    242: "FRA",
    248: "Y",
}
"""The cells of §6.4 by offset, for the emulator's own test persons."""
LAYOUTS = {
    "citizen": CITIZEN,
    "permit": PERMIT,
    "foreigner-first": FOREIGNER_FIRST,
    "foreigner": FOREIGNER,
}


def text_of(cells: dict[int, str]) -> bytes:
    """Write the 256 bytes of a text from its cells by offset; spaces elsewhere."""
    raw = bytearray(128 * b" \0")
    for offset, text in cells.items():
        data = text.encode("utf-16-le", "surrogatepass")
        raw[offset : offset + len(data)] = data
    return bytes(raw)


def answer(status: int, data: bytes = b"") -> bytes:
    """Write the frame of an answer, by hand (§6.1)."""
    counted = (4 + len(data)).to_bytes(2, "big") + bytes((0, 0, status)) + data
    value = 0
    for byte in counted:
        value ^= byte
    return b"\xaa\xaa\xaa\x96\x69" + counted + bytes((value,))


PHOTO = bytes(range(256)) * 4
FIND = bytes.fromhex("AA AA AA 96 69 00 03 20 01 22")
SELECT = bytes.fromhex("AA AA AA 96 69 00 03 20 02 21")
READ = bytes.fromhex("AA AA AA 96 69 00 03 30 01 32")
READ_FINGERS = bytes.fromhex("AA AA AA 96 69 00 03 30 10 23")
ADDRESS = bytes.fromhex("AA AA AA 96 69 00 03 30 03 30")
FOUND = bytes.fromhex("AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97")
SELECTED = bytes.fromhex("AA AA AA 96 69 00 0C 00 00 90 00 00 00 00 00 00 00 00 9C")
NO_CARD = bytes.fromhex("AA AA AA 96 69 00 04 00 00 80 84")
SELECT_FAILED = bytes.fromhex("AA AA AA 96 69 00 04 00 00 81 85")
READ_FAILED = bytes.fromhex("AA AA AA 96 69 00 04 00 00 41 45")
NO_CONTENT = bytes.fromhex("AA AA AA 96 69 00 04 00 00 91 95")
CONTENT = answer(0x90, b"\x01\x00\x04\x00" + text_of(CITIZEN) + PHOTO)


# --- Both sides wired -----------------------------------------------------------------------


def nothing(*_: object) -> None:
    """Tell nobody."""


class Wire:
    """Be a line to a reader in the same process; time passes only where nothing comes.

    ``later`` holds what happens while the driver waits, one thing each time nothing comes.
    """

    def __init__(self, reader: SoftwareIdReader, clock: Clock) -> None:
        self.reader = reader
        self.clock = clock
        self.sent: list[bytes] = []
        self.later: deque[Callable[[], object]] = deque()
        self.opened = 0
        self._plugged = True
        self._torn = False

    def open(self) -> Wire:
        """Open the line."""
        if not self._plugged:
            raise IdReaderMissing(port="desk", detail="none")
        self._torn = False
        self.opened += 1
        return self

    def unplug(self) -> None:
        """Pull the plug."""
        self._plugged = False
        self._torn = True

    def plug(self) -> None:
        """Put it in again; a line that was open stays torn."""
        self._plugged = True

    def read(self, seconds: float) -> bytes:
        """Give the next piece, or let the time pass."""
        if self._torn:
            raise IdReaderGone
        piece = self.reader.take()
        if not piece and seconds:
            self.clock.now += seconds
            if self.later:
                self.later.popleft()()
        return piece

    def write(self, data: bytes) -> None:
        """Send something to the reader."""
        if self._torn:
            raise IdReaderGone
        self.sent.append(data)
        self.reader.feed(data)

    def close(self) -> None:
        """Give the line back."""


@dataclass(frozen=True, slots=True)
class Readers:
    """Hold both sides, and the wire between them."""

    driver: SamA
    reader: SoftwareIdReader
    wire: Wire
    clock: Clock

    @property
    def codes(self) -> list[bytes]:
        """CMD and PARA of what the driver sent, in order."""
        events = FrameReader(HostFrame).feed(b"".join(self.wire.sent))
        return [each.code for each in events if isinstance(each, HostFrame)]

    def read(self, *, fingers: bool = False) -> IdDocument:
        """Read what is laid there."""
        return self.driver.read(SECONDS, nothing, fingers=fingers)


def readers(document: IdCard | None = None) -> Readers:
    """Wire a reader to a driver, a document on it where one is given."""
    clock = Clock()
    reader = SoftwareIdReader(clock=clock)
    if document is not None:
        reader.lay(document)
    wire = Wire(reader, clock)
    return Readers(SamA(wire.open, clock=clock), reader, wire, clock)


class RawLine:
    """Be a line whose answers are written out: the next one for each frame that is sent.

    ``byte_seconds`` is how long a byte takes where they come one at a time.
    """

    def __init__(self, clock: Clock, answers: tuple[bytes, ...], byte_seconds: float = 0.0) -> None:
        self.sent: list[bytes] = []
        self.clock = clock
        self._answers = deque(answers)
        self._waiting = bytearray()
        self._byte_seconds = byte_seconds

    def open(self) -> RawLine:
        """Open the line."""
        return self

    def read(self, seconds: float) -> bytes:
        """Give what is there, or let the time pass."""
        if not self._waiting:
            self.clock.now += seconds
            return b""
        self.clock.now += self._byte_seconds
        count = 1 if self._byte_seconds else len(self._waiting)
        piece = bytes(self._waiting[:count])
        del self._waiting[:count]
        return piece

    def write(self, data: bytes) -> None:
        """Keep what is sent and have the next answer ready."""
        self.sent.append(data)
        if self._answers:
            self._waiting += self._answers.popleft()

    def close(self) -> None:
        """Give the line back."""


def raw(*answers: bytes, byte_seconds: float = 0.0, speed: int = 115_200) -> tuple[SamA, RawLine]:
    """Give a driver on a line whose answers are written out."""
    clock = Clock()
    line = RawLine(clock, answers, byte_seconds)
    return SamA(line.open, clock=clock, speed=speed), line


@contextmanager
def on_pty(
    device: SerialDevice, link: Path, *, pace: float = 1.0
) -> Iterator[tuple[OnPty, IdReader]]:
    """Put a device on a pseudo-terminal, and a reader's driver before it as the program does.

    ``pace`` lets the driver's time run so many times as fast, where it waits in vain.
    """
    with OnPty(device, link) as served:
        driver: IdReader = open_id_reader(IdReaderSettings(str(link)))
        if pace != 1.0:
            driver = SamA(
                lambda: SerialLine(str(link), 115_200, READER),
                clock=lambda: time.monotonic() * pace,
            )
        try:
            yield served, driver
        finally:
            driver.close()
