"""The counter's systemd unit: what it may do, and that systemd takes it as it stands."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from terminal.cli.app import application
from terminal.config import DEFAULT_PATH
from terminal.diagnosis.counter_unit import UNIT, USER, USERS_FILE
from terminal.errors import ConfigWrong, Interrupted, WrongUsage

UDEV = Path(__file__).parents[2] / "udev"
DROP_IN = "guitai-counter-parties.conf.example"
FOLDERS = "guitai.tmpfiles.conf"
SAFE_ENOUGH = 15
"""The exposure that `systemd-analyze security` may find, in tenths; 100 is a bare service."""

HARDENED = {
    "NoNewPrivileges": ["yes"],
    "CapabilityBoundingSet": [""],
    "AmbientCapabilities": [""],
    "RestrictSUIDSGID": ["yes"],
    "LockPersonality": ["yes"],
    "RestrictRealtime": ["yes"],
    "RestrictNamespaces": ["yes"],
    "MemoryDenyWriteExecute": ["yes"],
    "SystemCallArchitectures": ["native"],
    "SystemCallErrorNumber": ["EPERM"],
    "KeyringMode": ["private"],
    "RemoveIPC": ["yes"],
    "SystemCallFilter": ["@system-service", "~@privileged @resources"],
    "ProtectSystem": ["strict"],
    "ProtectHome": ["yes"],
    "PrivateTmp": ["yes"],
    "PrivateMounts": ["yes"],
    "ProtectProc": ["invisible"],
    "ProcSubset": ["pid"],
    "ProtectClock": ["yes"],
    "ProtectHostname": ["yes"],
    "ProtectKernelLogs": ["yes"],
    "ProtectKernelModules": ["yes"],
    "ProtectKernelTunables": ["yes"],
    "ProtectControlGroups": ["yes"],
    "DevicePolicy": ["closed"],
    "RestrictAddressFamilies": ["AF_UNIX AF_INET AF_INET6"],
    "IPAddressDeny": ["any"],
    "IPAddressAllow": ["localhost"],
    "UMask": ["0077"],
    "StateDirectoryMode": ["0700"],
    "User": ["guitai"],
}


def settings(name: str) -> dict[str, dict[str, list[str]]]:
    """Read a unit: sections, names, values in their order; raises where a line is none."""
    sections: dict[str, dict[str, list[str]]] = {}
    section: dict[str, list[str]] = {}
    for line in (UDEV / name).read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        if head := re.fullmatch(r"\[([A-Z][a-z]+)\]", line):
            section = sections.setdefault(head[1], {})
            continue
        key, equals, value = line.partition("=")
        assert equals, line
        assert re.fullmatch("[A-Z][A-Za-z]+", key), line
        section.setdefault(key, []).append(value)
    return sections


UNIT_SETTINGS = settings(UNIT)
SERVICE = UNIT_SETTINGS["Service"]


@pytest.mark.parametrize("name", HARDENED)
def test_hardening(name: str) -> None:
    """Each line is one way out of the service that is closed; none goes without a decision."""
    assert SERVICE[name] == HARDENED[name]


def test_devices() -> None:
    """The counter's kinds of device and no other: no disks, no keyboards, no terminals."""
    assert SERVICE["DeviceAllow"] == [
        f"char-{kind} rw" for kind in ("ttyUSB", "ttyACM", "hidraw", "usb", "usb_device")
    ]


def test_drivers_are_loaded_first() -> None:
    """A kind of device that the kernel does not know yet stays closed until the next start."""
    wanted = [each for line in UNIT_SETTINGS["Unit"]["Wants"] for each in line.split()]
    after = [each for line in UNIT_SETTINGS["Unit"]["After"] for each in line.split()]
    assert {f"modprobe@{name}.service" for name in ("usbserial", "cdc_acm", "usblp", "hid")} <= {
        *wanted
    }
    assert "pcscd.socket" in wanted
    assert set(wanted) <= set(after)


def test_groups() -> None:
    """Debian gives serial ports and printers to these; what our rules open is the user's own."""
    assert SERVICE["SupplementaryGroups"] == ["dialout lp"]
    rules = (UDEV / "60-guitai-readers.rules").read_text("utf-8")
    assert f'GROUP="{SERVICE["Group"][0]}"' in rules


def test_it_ends_in_order() -> None:
    """Ended by force in the middle of a write, a card would be left for somebody to reconcile."""
    assert SERVICE["Type"] == ["exec"]
    assert SERVICE["KillMode"] == ["mixed"]
    assert SERVICE["TimeoutStopSec"] == ["30s"]


def test_it_comes_back() -> None:
    """A counter that died is there again before the clerk looks; a wrong configuration is not."""
    assert SERVICE["Restart"] == ["on-failure"]
    hopeless = f"{WrongUsage.exit_status} {ConfigWrong.exit_status}"
    assert SERVICE["RestartPreventExitStatus"] == [hopeless]
    assert SERVICE["SuccessExitStatus"] == [str(Interrupted.exit_status)]
    assert UNIT_SETTINGS["Install"] == {"WantedBy": ["multi-user.target"]}


def test_the_command() -> None:
    """The options are spelled as the program knows them, and the file is the usual one."""
    program, *arguments = shlex.split(SERVICE["ExecStart"][0])
    assert Path(program).name == "guitai"
    assert arguments == ["--config", str(DEFAULT_PATH), "counter", "--port", "8765"]
    options = {name for each in application().params for name in each.opts}
    assert arguments[0] in options


def test_the_user_is_made() -> None:
    """The unit's user is the one of the file beside it, without a shell; the folder is theirs."""
    assert SERVICE["User"] == [USER]
    line = (UDEV / USERS_FILE).read_text("utf-8").splitlines()[-1]
    kind, name, number, about, home = shlex.split(line)
    assert (kind, name, number, home) == ("u", USER, "-", SERVICE["WorkingDirectory"][0])
    assert about.isascii()
    assert SERVICE["StateDirectory"] == [Path(home).name]


def test_the_configuration_is_closed() -> None:
    """Keys and passphrases lie in that folder: the service reads, nobody else looks in."""
    line = (UDEV / FOLDERS).read_text("utf-8").splitlines()[-1]
    assert line.split() == ["d", str(DEFAULT_PATH.parent), "0750", "root", USER, "-"]


def test_the_drop_in_adds_addresses_only() -> None:
    """The one hole that a desk makes is for addresses, and the example's are nobody's."""
    (section,) = settings(DROP_IN).items()
    assert section[0] == "Service"
    assert set(section[1]) == {"IPAddressAllow"}
    assert all(
        re.match(r"192\.0\.2\.|198\.51\.100\.", each) for each in section[1]["IPAddressAllow"]
    )


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """Give the unit with a program that is there on every machine."""
    text = (UDEV / UNIT).read_text("utf-8")
    file = tmp_path / UNIT
    file.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", text), "utf-8")
    folder = tmp_path / f"{UNIT}.d"
    folder.mkdir()
    (folder / "parties.conf").write_text((UDEV / DROP_IN).read_text("utf-8"), "utf-8")
    return file


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", "--no-pager", *arguments], capture_output=True, text=True, check=False
    )


def test_systemd_takes_it(unit: Path) -> None:
    """systemd only warns of a misspelled line, and the protection it named is not there."""
    taken = analyze("verify", "--man=no", str(unit))
    assert [line for line in taken.stderr.splitlines() if UNIT in line] == []
    assert taken.returncode == 0


def test_systemd_would_tell(unit: Path) -> None:
    """A verification that says nothing of a misspelled line would prove nothing."""
    unit.write_text(unit.read_text("utf-8").replace("PrivateTmp=", "PrivatTmp="), "utf-8")
    assert "PrivatTmp" in analyze("verify", "--man=no", str(unit)).stderr


def test_exposure(unit: Path) -> None:
    """What systemd itself makes of all these lines together, so that none cancels another."""
    measured = analyze("security", "--offline=true", f"--threshold={SAFE_ENOUGH}", str(unit))
    assert measured.returncode == 0, measured.stdout.splitlines()[-1]
    assert analyze("security", "--offline=true", "--threshold=5", str(unit)).returncode != 0
