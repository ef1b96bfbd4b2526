"""The driver of SAM-A readers on a real serial line of the operating system: a pseudo-terminal.

What a scripted line cannot show: how the port is set, threads, and what the system says when a plug
is pulled; and what it is like when another device is at the port.
"""

import errno
import os
import termios
import threading
from pathlib import Path

import pytest
from id_readers import SECONDS, nothing, on_pty

from emulator.id_cards import KINDS, card, finger
from emulator.id_reader import SoftwareIdReader
from emulator.on_pty import OnPty
from emulator.pin_pad import SoftwarePinPad
from terminal import config
from terminal.devices.sam_a import READER, open_id_reader
from terminal.devices.serial_line import SerialLine
from terminal.errors import (
    IdReadCancelled,
    IdReaderGarbled,
    IdReaderGone,
    IdReaderMissing,
    IdReaderSilent,
)

PATIENCE_SECONDS = 20


def laid(kind: str = "citizen", **fields: object) -> SoftwareIdReader:
    """Have a reader with a document on it."""
    reader = SoftwareIdReader()
    reader.lay(card(kind, fingers=(finger(1), finger(2)), **fields))
    return reader


@pytest.mark.parametrize("kind", KINDS)
def test_a_reading(tmp_path: Path, kind: str) -> None:
    """All layouts, 1295 bytes in pieces of a USB packet, rare characters in the name."""
    with on_pty(laid(kind, name="㐂𠮷䶮·试"), tmp_path / "reader") as (_, driver):
        assert driver.self_test().authorised
        document = driver.read(SECONDS, nothing)
        assert document.name == "㐂𠮷䶮·试"


def test_with_fingerprints(tmp_path: Path) -> None:
    """2321 bytes are the longest there is."""
    with on_pty(laid(), tmp_path / "reader") as (_, driver):
        assert len(driver.read(SECONDS, nothing, fingers=True).fingers) == 2


@pytest.mark.parametrize(("speed", "known"), [(115_200, termios.B115200), (9_600, termios.B9600)])
def test_how_the_port_is_set(tmp_path: Path, speed: int, known: int) -> None:
    """The configured speed, 8 bits, no parity, one stop bit, no flow control (§6.1)."""
    link = tmp_path / "reader"
    with OnPty(laid(), link):
        driver = open_id_reader(config.IdReader(str(link), speed))
        driver.info()
        descriptor = os.open(link, os.O_RDWR | os.O_NOCTTY)
        reading, _, control, _, speed_in, speed_out, _ = termios.tcgetattr(descriptor)
        os.close(descriptor)
        driver.close()
    assert (speed_in, speed_out) == (known, known)
    assert control & termios.CSIZE == termios.CS8
    assert not control & (termios.PARENB | termios.CSTOPB | termios.CRTSCTS)
    assert not reading & (termios.IXON | termios.IXOFF)


def test_no_port(tmp_path: Path) -> None:
    """A port that is not there is named, with what the system says."""
    with pytest.raises(IdReaderMissing) as raised:
        open_id_reader(config.IdReader(str(tmp_path / "none"))).info()
    assert os.strerror(errno.ENOENT) in raised.value.cause("en")
    assert str(tmp_path) in raised.value.message("zh")


def test_one_program_at_a_time(tmp_path: Path) -> None:
    """Two programs on one line would each get half of a person; the second is told at once."""
    link = tmp_path / "reader"
    with on_pty(laid(), link) as (_, driver):
        driver.info()
        with pytest.raises(IdReaderMissing):
            SerialLine(str(link), 115_200, READER)
        assert driver.read(SECONDS, nothing).name == "测试甲"


def test_pulled_in_the_middle_and_put_in_again(tmp_path: Path) -> None:
    """Pulled while it waits, missing, put in again: the same driver reads."""
    reader = SoftwareIdReader()
    with on_pty(reader, tmp_path / "reader") as (served, driver):
        calls: list[float] = []

        def pull(left: float) -> None:
            calls.append(left)
            if len(calls) == 2:
                served.unplug()

        with pytest.raises(IdReaderMissing):
            # Gone between two searches: it is looked for at once, and is not there.
            driver.read(PATIENCE_SECONDS, pull)
        served.plug()
        reader.lay(card("permit"))
        assert driver.read(SECONDS, nothing).name == "测试乙"


def test_pulled_amid_an_answer(tmp_path: Path) -> None:
    """Gone is gone, whatever has come of the answer."""
    reader = laid()
    reader.half_frame()
    with on_pty(reader, tmp_path / "reader") as (served, driver):
        other = threading.Thread(target=served.unplug)
        reader.on_output, ring = (lambda: (ring(), other.start())), reader.on_output
        with pytest.raises(IdReaderGone):
            driver.info()
        other.join(PATIENCE_SECONDS)
        assert not other.is_alive()


def test_pulled_between_two_readings(tmp_path: Path) -> None:
    """A reader that was moved to another socket is just used again."""
    reader = laid()
    with on_pty(reader, tmp_path / "reader") as (served, driver):
        driver.read(SECONDS, nothing)
        served.unplug()
        served.plug()
        reader.lay(card("permit"))
        assert driver.read(SECONDS, nothing).name == "测试乙"


@pytest.mark.parametrize("end", ["cancel", "close"])
def test_ended_by_another_thread(tmp_path: Path, end: str) -> None:
    """The clerk's window calls off or closes while the reading waits in its own thread."""
    reader = SoftwareIdReader()
    with on_pty(reader, tmp_path / "reader") as (_, driver):
        waiting = threading.Event()

        def ended() -> None:
            waiting.wait(PATIENCE_SECONDS)
            getattr(driver, end)()

        other = threading.Thread(target=ended)
        other.start()
        with pytest.raises(IdReadCancelled):
            driver.read(PATIENCE_SECONDS, lambda _left: waiting.set())
        other.join(PATIENCE_SECONDS)
        assert not other.is_alive()
        reader.lay(card())
        assert driver.read(SECONDS, nothing).name == "测试甲"


# --- Another device, another speed ----------------------------------------------------------


def test_a_pin_pad_at_this_port(tmp_path: Path) -> None:
    """The pad takes our frames for noise and says nothing: silent, and what may be behind it."""
    pad = SoftwarePinPad()
    with on_pty(pad, tmp_path / "reader", pace=20) as (_, driver):
        with pytest.raises(IdReaderSilent) as raised:
            driver.info()
        assert "another device" in raised.value.cause("en")
        assert pad.received == []


def test_a_pin_pad_that_speaks(tmp_path: Path) -> None:
    """Bytes that come by themselves, such as a pad's, are no answers: garbled."""
    pad = SoftwarePinPad()
    feed = pad.feed

    def talkative(data: bytes) -> None:
        feed(data)
        pad.noise(b"\x02001\xe7\x03D5")

    pad.feed = talkative  # type: ignore[method-assign]
    with (
        on_pty(pad, tmp_path / "reader", pace=20) as (_, driver),
        pytest.raises(IdReaderGarbled, match="no sense"),
    ):
        driver.info()


def test_the_wrong_speed(tmp_path: Path) -> None:
    """Read at another rate bits are other bytes: the configuration's speed is named."""
    reader = laid()
    reader.faults.other_speed = True
    with on_pty(reader, tmp_path / "reader", pace=20) as (_, driver):
        with pytest.raises(IdReaderGarbled) as raised:
            driver.info()
        assert "id_reader.speed" in raised.value.advice("zh")
        reader.mend()
        assert driver.read(SECONDS, nothing).name == "测试甲"


def test_half_frames_on_the_line(tmp_path: Path) -> None:
    """Half an answer, then the whole one to the same question again."""
    reader = laid()
    reader.half_frame()
    with on_pty(reader, tmp_path / "reader", pace=5) as (_, driver):
        assert driver.info().number == b"GUITAI TEST SAM\0"
    assert len(reader.received) == 2


def test_late_pieces(tmp_path: Path) -> None:
    """An answer whose second half comes a tenth of a second later is one answer."""
    reader = laid()
    reader.split_reply(12, late=True)
    with on_pty(reader, tmp_path / "reader") as (_, driver):
        assert driver.info().number == b"GUITAI TEST SAM\0"
    assert len(reader.received) == 1


def test_a_search_that_was_called_off_may_have_found_it(tmp_path: Path) -> None:
    """Called off behind the question, its yes is heard by nobody; no other search gets one."""
    reader = SoftwareIdReader()
    with on_pty(reader, tmp_path / "reader") as (_, driver):
        assert driver.info().number
        reader.lay(card())
        reader.feed(bytes.fromhex("AAAAAA966900032001 22"))
        driver._unheard = True
        assert driver.read(SECONDS, nothing).name == "测试甲"
