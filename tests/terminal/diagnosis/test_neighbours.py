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


@pytest.fixture
def without_ours(root: Path) -> None:
    """Take our rules from the machine."""
    for file in (root / "etc/udev/rules.d").iterdir():
        file.unlink()


@pytest.mark.usefixtures("without_ours")
@pytest.mark.parametrize("ids", [CH340, CP210X])
def test_brltty(found: Found, write: Write, plug: Callable[..., None], ids: str) -> None:
    """It takes the converters in PIN pads for braille displays, and the port vanishes."""
    write("/usr/lib/udev/rules.d/85-brltty.rules")
    assert "brltty" not in found()  # no such converter: no harm
    plug("046d:c31c")
    plug("067b:2303")  # a converter that it never took
    assert "brltty" not in found()
    plug(ids)
    all_found = found()
    assert "brltty" in all_found
    assert ids in all_found["brltty"].what.zh
    assert "check_broken" not in all_found


@pytest.mark.parametrize("file", ["62-guitai-ports.rules", "90-guitai-brltty.rules"])
def test_brltty_kept_off(
    found: Found, root: Path, write: Write, plug: Callable[..., None], file: str
) -> None:
    """Our rules stop its rules: two files, and neither does it alone."""
    write("/usr/lib/udev/rules.d/85-brltty.rules")
    plug(CH340)
    assert "brltty" not in found()
    (root / "etc/udev/rules.d" / file).unlink()
    remedy = found()["brltty"].remedy
    assert remedy is not None
    assert f"udev/{file} " in remedy.en


def test_brltty_by_its_process(found: Found, run: Run, plug: Callable[..., None]) -> None:
    """A brltty that runs takes them by itself, whatever rules there are (Debian 12's does)."""
    plug(CH340)
    assert "brltty" not in found()
    run("brltty")
    assert "brltty" in found()


def test_modem_manager(found: Found, run: Run, write: Write) -> None:
    """A PIN pad that is sent AT commands sees garbage and may refuse the next frame."""
    write("/sys/class/tty/ttyS0/dev", "4:64")
    run("ModemManager")
    assert "modem_manager" not in found()  # built-in ports are not probed
    write("/sys/class/tty/ttyUSB0/dev", "188:0")
    write("/sys/class/tty/ttyACM0/dev", "166:0")
    all_found = found()
    assert "modem_manager" in all_found
    assert "ttyACM0、ttyUSB0" in all_found["modem_manager"].what.zh


@pytest.mark.parametrize("mark", ["ID_MM_DEVICE_IGNORE", "ID_MM_PORT_IGNORE"])
def test_modem_manager_kept_off(found: Found, run: Run, write: Write, mark: str) -> None:
    """What udev has marked is told by udev, for each port: a rule in a file proves nothing."""
    run("ModemManager")
    write("/sys/class/tty/ttyUSB0/dev", "188:0")
    write("/run/udev/data/c188:0", f"S:counter/serial-x\nE:{mark}=1\nG:uaccess\n")
    assert "modem_manager" not in found()
    write("/run/udev/data/c188:0", f"E:{mark}=0\nG:{mark}=1\n")
    assert "modem_manager" in found()


@pytest.mark.parametrize(
    "link",
    ["multi-user.target.wants/ModemManager.service", "dbus-org.freedesktop.ModemManager1.service"],
)
def test_modem_manager_that_will_come(found: Found, write: Write, link: str) -> None:
    """It need not run now: what starts with the machine, or is woken by others, comes later."""
    write("/sys/class/tty/ttyUSB0/dev", "188:0")
    assert "modem_manager" not in found()
    write(f"/etc/systemd/system/{link}")
    assert "modem_manager" in found()
