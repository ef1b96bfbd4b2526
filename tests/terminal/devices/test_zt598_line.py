"""The driver on a real serial line of the operating system: a pseudo-terminal with a pad behind.

What a scripted line cannot show: how the port is set, that it is ours alone, threads, and what the
system says when a plug is pulled.
"""

import errno
import os
import termios
import threading
from pathlib import Path
from typing import Any

import pytest
from pads import nothing, on_pty

from emulator.on_pty import OnPty
from emulator.pin_pad import SoftwarePinPad
from emulator.pin_pad_entry import Mode, parse_keys
from terminal import config
from terminal.devices.pin_pad import PinPad
from terminal.devices.serial_line import SerialLine
from terminal.devices.zt598 import PAD, open_pin_pad
from terminal.errors import ConfigWrong, FileTrouble, PinCancelled, PinPadGone, PinPadMissing

PATIENCE_SECONDS = 20
TYPED = parse_keys("123456 ENTER")
HALF = parse_keys("12")


def entered(driver: PinPad) -> bytes:
    """Enter a service PIN; give its digits."""
    with driver.enter_service_pin(4, 6, nothing) as pin:
        return bytes(pin._digits)


def settings_of(port: Path) -> list[Any]:
    """Ask the system how a port is set."""
    descriptor = os.open(port, os.O_RDWR | os.O_NOCTTY)
    try:
        return termios.tcgetattr(descriptor)
    finally:
        os.close(descriptor)


@pytest.mark.parametrize(("speed", "known"), [("9600", termios.B9600), ("115200", termios.B115200)])
def test_how_the_port_is_set(tmp_path: Path, speed: str, known: int) -> None:
    """The speed of the switch, 8 bits, no parity, one stop bit, no flow control (§3.2.1)."""
    link = tmp_path / "pad"
    with on_pty(SoftwarePinPad(), link, speed=speed) as (_, driver):
        driver.reset()
        reading, _, control, _, speed_in, speed_out, _ = settings_of(link)
    assert (speed_in, speed_out) == (known, known)
    assert control & termios.CSIZE == termios.CS8
    assert not control & (termios.PARENB | termios.CSTOPB | termios.CRTSCTS)
    assert not reading & (termios.IXON | termios.IXOFF)


def test_one_program_at_a_time(tmp_path: Path) -> None:
    """Two programs on one line would each get half of a PIN; the second is told at once."""
    link = tmp_path / "pad"
    with on_pty(SoftwarePinPad(script=[TYPED]), link) as (_, driver):
        driver.reset()
        with pytest.raises(PinPadMissing) as raised:
            SerialLine(str(link), 9600, PAD)
        assert str(link) in raised.value.message("zh")
        assert entered(driver) == b"123456"


def test_no_port(tmp_path: Path) -> None:
    """A port that is not there is named, with what the system says."""
    driver = open_pin_pad(config.PinPad(str(tmp_path / "none")))
    with pytest.raises(PinPadMissing) as raised:
        driver.info()
    assert os.strerror(errno.ENOENT) in raised.value.cause("en")


def test_no_serial_port(tmp_path: Path) -> None:
    """A file that is no serial port is missing as a pad, whatever else it is."""
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(PinPadMissing):
        open_pin_pad(config.PinPad(str(file))).info()


def test_pulled_in_the_middle_and_put_in_again(tmp_path: Path) -> None:
    """After two digits the plug is pulled; put in again, the same driver takes the next PIN."""
    pad = SoftwarePinPad(script=[HALF, TYPED])
    with on_pty(pad, tmp_path / "pad") as (served, driver):

        def pull(digits: int) -> None:
            if digits == 2:
                served.unplug()

        with pytest.raises(PinPadGone):
            driver.enter_service_pin(4, 6, pull)
        with pytest.raises(PinPadMissing):
            driver.info()
        served.plug()
        assert entered(driver) == b"123456"
        assert pad.keypad.mode is Mode.CLOSED


def test_pulled_between_two_entries(tmp_path: Path) -> None:
    """A pad that was moved to another socket between two holders is just used again."""
    with on_pty(SoftwarePinPad(script=[TYPED, TYPED]), tmp_path / "pad") as (served, driver):
        assert entered(driver) == b"123456"
        served.unplug()
        served.plug()
        assert entered(driver) == b"123456"


@pytest.mark.parametrize("end", ["cancel", "close"])
def test_ended_by_another_thread(tmp_path: Path, end: str) -> None:
    """The clerk's window cancels or closes while the entry waits for keys in its own thread."""
    pad = SoftwarePinPad(script=[HALF, TYPED])
    with on_pty(pad, tmp_path / "pad") as (_, driver):
        halfway = threading.Event()

        def ended() -> None:
            halfway.wait(PATIENCE_SECONDS)
            getattr(driver, end)()

        other = threading.Thread(target=ended)
        other.start()
        with pytest.raises(PinCancelled):
            driver.enter_service_pin(4, 6, lambda digits: halfway.set() if digits == 2 else None)
        other.join(PATIENCE_SECONDS)
        assert not other.is_alive()
        assert pad.keypad.mode is Mode.CLOSED
        assert entered(driver) == b"123456"


def test_a_line_that_is_gone_says_so_itself(tmp_path: Path) -> None:
    """Read, write and close after the plug: gone, gone, and nothing."""
    with OnPty(SoftwarePinPad(), tmp_path / "pad") as served:
        line = SerialLine(served.port, 9600, PAD)
        served.unplug()
        with pytest.raises(PinPadGone):
            line.read(PATIENCE_SECONDS)
        with pytest.raises(PinPadGone):
            line.write(b"\x020013\x0301")
        line.close()
        line.close()


# --- From the configuration ---------------------------------------------------------------------


def test_a_uid_stands_in_a_file(tmp_path: Path) -> None:
    """The UID is a secret and the configuration is shown, so the switch names a file."""
    file = tmp_path / "uid"
    file.write_text("11" * 8 + "\n")
    file.chmod(0o644)
    with pytest.raises(FileTrouble, match="uid"):
        open_pin_pad(config.PinPad("none", switches={"uid": str(file)}))
    file.chmod(0o600)
    driver = open_pin_pad(config.PinPad("none", switches={"uid": str(file)}))
    assert "1111" not in repr(vars(driver))
    with pytest.raises(FileTrouble):
        open_pin_pad(config.PinPad("none", switches={"uid": str(tmp_path / "other")}))


@pytest.mark.parametrize("text", ["密", "2F2F", "2F" * 15 + "2G"])
def test_a_uid_with_a_slip_is_not_shown(tmp_path: Path, text: str) -> None:
    """A wrong UID may be one with a slip in it, so the error names the file or the form only."""
    file = tmp_path / "uid"
    file.write_text(text, "utf-8")
    file.chmod(0o600)
    with pytest.raises((ConfigWrong, FileTrouble)) as raised:
        open_pin_pad(config.PinPad("none", switches={"uid": str(file)}))
    said = raised.value.message("zh") + raised.value.cause("zh") + raised.value.cause("en")
    assert text not in said


def test_a_wrong_switch_of_the_configuration() -> None:
    """A switch that does not exist is told before any port is opened, with the nearest name."""
    with pytest.raises(ConfigWrong) as raised:
        open_pin_pad(config.PinPad("none", switches={"limit": "byte"}))
    assert "limits" in raised.value.message("zh") + raised.value.cause("zh")
