"""Readers of /etc/reader.conf.d, vsmartcard's virtual one above all."""

from collections.abc import Callable
from pathlib import Path

from terminal.diagnosis.finding import Finding, Level

Found = Callable[..., dict[str, Finding]]
Write = Callable[..., Path]
FILE = "/etc/reader.conf.d/vpcd"
DRIVER = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
ENTRY = f"""FRIENDLYNAME "Virtual PCD"
DEVICENAME   /dev/null:0x8C7B
LIBPATH      {DRIVER}
CHANNELID    0x8C7B
"""
PRODUCTION = 'production = true\n[keys]\nservice = "file"\nfile = "keys.toml"\n'


def test_open_to_the_network(found: Found, write: Write) -> None:
    """vpcd listens on all interfaces and believes whoever connects; its port is named."""
    write(DRIVER)
    write(FILE, ENTRY.replace(DRIVER, f"{DRIVER}  # ours"))
    assert "reader_driver_missing" not in found()
    note = found()["virtual_reader_open"]
    assert (note.code, note.level) == ("virtual_reader_open", Level.NOTE)
    assert "35963" in note.what.zh


def test_calling_a_host(found: Found, write: Write) -> None:
    """With a host's name vpcd calls that host, and nothing is open here."""
    write(DRIVER)
    write(FILE, ENTRY.replace("/dev/null", "localhost"))
    assert "virtual_reader_open" not in found()


def test_commented_out(found: Found, write: Write) -> None:
    """Debian ships examples as comments; pcscd reads none of them, nor folders."""
    write(FILE, "".join(f"#{line}\n" for line in ENTRY.splitlines()))
    write("/etc/reader.conf.d/folder/file", ENTRY)
    denied = {"virtual_reader_open", "reader_driver_missing", "check_broken"}
    assert not denied & set(found())


def test_in_production(found: Found, write: Write) -> None:
    """At a live counter anybody in the network could plug in a card of their own making."""
    write(DRIVER)
    write(FILE, ENTRY)
    assert "virtual_reader_live" not in found()
    write("/etc/guitai/guitai.toml", PRODUCTION)
    assert "virtual_reader_live" in found()
    write("/etc/guitai/guitai.toml", "wrong")
    all_found = found()
    assert "virtual_reader_open" in all_found  # told all the same
    assert "check_broken" not in all_found


def test_driver_missing(found: Found, write: Write) -> None:
    """An entry that outlived its package gives no reader and one line in a log."""
    write(FILE, ENTRY)
    all_found = found()
    assert "reader_driver_missing" in all_found
    assert DRIVER in all_found["reader_driver_missing"].what.zh


def test_odd_port(found: Found, write: Write) -> None:
    """What stands for a port and is none is shown as it stands."""
    write(DRIVER)
    write(FILE, ENTRY.replace("0x8C7B", "port"))
    assert "port port " in found()["virtual_reader_open"].what.en
