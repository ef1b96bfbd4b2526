"""Other programs that get in the way."""

from collections.abc import Callable
from pathlib import Path

import pytest

from terminal.diagnosis.finding import Finding, Level

Found = Callable[..., dict[str, Finding]]
Write = Callable[..., Path]
Run = Callable[..., None]
PCSC = "7f00 r-xp /usr/lib/x86_64-linux-gnu/libpcsclite.so.1.0.0"
CH340, CP210X = "1a86:7523", "10c4:ea60"


def test_scdaemon(found: Found, run: Run) -> None:
    """GnuPG's daemon may hold the reader over USB, without PC/SC's library: its name tells."""
    run("scdaemon")
    assert "scdaemon" in found()


def test_gsd_smartcard(found: Found, run: Run) -> None:
    """GNOME reads every card that is inserted, and resets what a counter proved to it."""
    run("gsd-smartcard", PCSC)
    all_found = found()
    assert "gsd_smartcard" in all_found
    assert "other_programs" not in all_found  # named already


def test_others(found: Found, run: Run) -> None:
    """A bank's plug-in is no fault, but it is what IT wants to know of first."""
    run("bash")
    assert "other_programs" not in found()
    run("bank-plugin", PCSC)
    others = found()["other_programs"]
    assert (others.code, others.level) == ("other_programs", Level.NOTE)
    assert "bank-plugin (pid 4000001)" in others.what.zh


@pytest.mark.parametrize("ids", [CH340, CP210X])
def test_brltty(found: Found, run: Run, write: Write, plug: Callable[..., None], ids: str) -> None:
    """It takes the converters in PIN pads for braille displays, and the port vanishes."""
    write("/usr/lib/udev/rules.d/85-brltty.rules")
    assert "brltty" not in found()  # no such converter: no harm
    plug("046d:c31c")
    plug(ids)
    all_found = found()
    assert "brltty" in all_found
    assert ids in all_found["brltty"].what.zh
    assert "check_broken" not in all_found


def test_brltty_by_its_process(found: Found, run: Run, plug: Callable[..., None]) -> None:
    """A brltty that runs takes them by itself, whatever its rules are called."""
    plug(CH340)
    assert "brltty" not in found()
    run("brltty")
    assert "brltty" in found()


def test_modem_manager(found: Found, run: Run, write: Write) -> None:
    """A PIN pad that is sent AT commands sees garbage and may refuse the next frame."""
    write("/sys/class/tty/ttyS0/dev")
    run("ModemManager")
    assert "modem_manager" not in found()  # built-in ports are not probed
    write("/sys/class/tty/ttyUSB0/dev")
    write("/sys/class/tty/ttyACM0/dev")
    all_found = found()
    assert "modem_manager" in all_found
    assert "ttyACM0、ttyUSB0" in all_found["modem_manager"].what.zh
