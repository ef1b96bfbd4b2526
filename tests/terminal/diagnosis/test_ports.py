"""The ports of the configured devices."""

import os
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace

import pytest

from terminal.config import Config, PinPad
from terminal.diagnosis import ports
from terminal.diagnosis.finding import Finding, Level
from terminal.diagnosis.machine import Machine

Found = Callable[..., dict[str, Finding]]
Write = Callable[..., Path]
FILE = "/etc/guitai/guitai.toml"
NAME = "/dev/counter/pinpad-1"
TTY = "/dev/ttyUSB0"


@pytest.fixture
def pad(write: Write, root: Path) -> Callable[[str], Path]:
    """Configure a PIN pad at a port, plugged in as ttyUSB0 with a name of its own."""
    write(TTY)
    link = root / NAME.lstrip("/")
    link.parent.mkdir(parents=True)
    link.symlink_to("../ttyUSB0")

    def pad(port: str) -> Path:
        return write(FILE, f'[pin_pad]\nport = "{port}"\n')

    return pad


@pytest.fixture
def seen(found: Found) -> Found:
    """Examine the machine, on which ttyUSB0 is a device."""

    def seen(**changes: object) -> dict[str, Finding]:
        return found(**({"device_of": lambda _path: (188, 0)} | changes))

    return seen


@pytest.fixture
def opens(root: Path, run: Callable[..., None]) -> Callable[[str, str], None]:
    """Let a program run that has a file open."""
    pids = iter(range(4_000_000, 4_001_000))

    def opens(name: str, path: str) -> None:
        run(name)
        folder = root / f"proc/{next(pids)}/fd"
        folder.mkdir()
        (folder / "0").symlink_to("/dev/null")
        (folder / "3").symlink_to(path)

    return opens


def codes(all_found: dict[str, Finding]) -> set[str]:
    return {code for code in all_found if code.startswith("port_")}


def test_no_device_configured(seen: Found) -> None:
    """Most desks have none, and nothing is to be said of it."""
    assert codes(seen()) == set()


def test_ready(seen: Found, pad: Callable[[str], Path]) -> None:
    """The pad is there, open to this user, and nobody else has it."""
    pad(NAME)
    all_found = seen()
    assert codes(all_found) == {"port_ready"}
    assert NAME in all_found["port_ready"].what.en


def test_missing(seen: Found, pad: Callable[[str], Path], root: Path) -> None:
    """Unplugged, or plugged into a socket whose name is another."""
    pad("/dev/counter/pinpad-2")
    assert codes(seen()) == {"port_missing"}
    pad(NAME)
    (root / TTY.lstrip("/")).unlink()  # the name is left, and leads nowhere
    missing = seen()["port_missing"]
    assert (missing.code, missing.level) == ("port_missing", Level.FAIL)
    assert "[pin_pad]" in missing.what.zh


def test_no_device(found: Found, pad: Callable[[str], Path]) -> None:
    """Who wrote to /dev/ttyUSB0 while nothing was plugged in has made a file of that name."""
    pad(NAME)
    assert codes(found()) == {"port_no_device"}


def test_forbidden(seen: Found, pad: Callable[[str], Path]) -> None:
    """The group is the device's own: dialout on Debian, uucp elsewhere."""
    pad(NAME)
    all_found = seen(may_open=lambda _path: False, group_of=lambda _path: "uucp")
    assert codes(all_found) == {"port_forbidden"}
    remedy = all_found["port_forbidden"].remedy
    assert remedy is not None
    assert "usermod --append --groups uucp clerk" in remedy.zh


def test_held(seen: Found, pad: Callable[[str], Path], opens: Callable[[str, str], None]) -> None:
    """A vendor's own service has it open: each answer of the pad goes to one of the two."""
    pad(NAME)
    opens("bash", "/dev/ttyUSB1")
    assert "port_held" not in seen()
    opens("vendor-pad", TTY)
    held = seen()["port_held"]
    assert (held.code, held.level) == ("port_held", Level.WARN)
    assert "vendor-pad (pid 4000001)" in held.what.zh


def test_held_by_ourselves(
    seen: Found, pad: Callable[[str], Path], opens: Callable[[str, str], None]
) -> None:
    """The counter that is running uses its own pad: that is what it is for."""
    pad(NAME)
    opens("guitai", TTY)
    ours = seen()["port_ours"]
    assert (ours.code, ours.level) == ("port_ours", Level.NOTE)
    opens("minicom", TTY)
    assert "port_held" in seen()


def test_processes_of_others(seen: Found, pad: Callable[[str], Path], write: Write) -> None:
    """Ended meanwhile, closed to us, or our own: none of them stops the check."""
    pad(NAME)
    write("/proc/4000500/fd", "no folder")
    write("/proc/self/comm", "x")
    write(f"/proc/{os.getpid()}/comm", "doctor")
    assert codes(seen()) == {"port_ready"}
    assert "check_broken" not in seen()


def test_unstable(seen: Found, pad: Callable[[str], Path], root: Path) -> None:
    """After a restart ttyUSB0 may be the ID reader: the name that lasts is told."""
    pad(TTY)
    (root / "dev/counter/a-name").symlink_to("../ttyUSB1")
    (root / "dev/counter/serial-pci-1").symlink_to("../ttyUSB0")
    all_found = seen()
    assert codes(all_found) == {"port_ready", "port_unstable"}
    remedy = all_found["port_unstable"].remedy
    assert remedy is not None
    assert f'port = "{NAME}"' in remedy.en
    (root / NAME.lstrip("/")).unlink()
    remedy = seen()["port_unstable"].remedy
    assert remedy is not None
    assert 'port = "/dev/counter/serial-pci-1"' in remedy.en


def test_nameless(seen: Found, pad: Callable[[str], Path], root: Path) -> None:
    """Where the rules are not installed there is no better name to give yet."""
    pad(TTY)
    (root / NAME.lstrip("/")).unlink()
    all_found = seen()
    assert codes(all_found) == {"port_ready", "port_nameless"}
    remedy = all_found["port_nameless"].remedy
    assert remedy is not None
    assert "62-guitai-ports.rules /etc/udev/rules.d/" in remedy.zh


@pytest.mark.parametrize("port", ["/dev/ttyS0", "/dev/pts/3"])
def test_other_names_last(seen: Found, pad: Callable[[str], Path], write: Write, port: str) -> None:
    """A built-in port keeps its number, and a pseudo-terminal is a developer's."""
    pad(port)
    write(port)
    assert codes(seen()) == {"port_ready"}


@pytest.mark.parametrize(("timer", "slow"), [("16", True), ("1", False), ("", False)])
def test_latency(
    seen: Found, pad: Callable[[str], Path], write: Write, timer: str, slow: bool
) -> None:
    """An FTDI chip that nobody told otherwise makes each exchange 16 ms longer."""
    pad(NAME)
    write("/sys/class/tty/ttyUSB0/device/latency_timer", timer)
    all_found = seen()
    assert ("port_slow" in all_found) is slow
    if slow:
        assert "16" in all_found["port_slow"].what.zh


@pytest.mark.parametrize("section", ["pin_pad", "id_reader", "receipt_printer"])
def test_every_device_with_a_port(
    machine: Callable[..., Machine], monkeypatch: pytest.MonkeyPatch, section: str
) -> None:
    """Each section of the configuration that has a port is looked at, by its own name."""

    configured = SimpleNamespace(**{section: SimpleNamespace(port="/dev/nowhere")})
    monkeypatch.setattr(Machine, "config", configured)
    (finding,) = ports.configured_ports(machine())
    assert finding.code == "port_missing"
    assert f"[{section}]" in finding.what.zh


def test_no_section_is_forgotten() -> None:
    """A device that the configuration learns has a port that the doctor looks at."""
    config = Config()
    with_port = {
        each.name
        for each in fields(config)
        if isinstance(getattr(getattr(config, each.name), "port", None), str)
    }
    assert "pin_pad" in with_port
    assert with_port <= set(ports._DEVICES)


def test_an_address_is_no_port(
    machine: Callable[..., Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A printer on the network is not to be looked for among the files."""
    monkeypatch.setattr(Machine, "config", Config(pin_pad=PinPad(port="192.0.2.7:9100")))
    assert list(ports.configured_ports(machine())) == []


def test_wrong_configuration(seen: Found, write: Write) -> None:
    """It is said once, by the check that reads it."""
    write(FILE, "pin_pad = 1\n")
    all_found = seen()
    assert "config_wrong" in all_found
    assert codes(all_found) == set()
    assert "check_broken" not in all_found
