"""Other programs that are known to get in the way (reference §1.8, field survey B 3)."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.diagnosis.finding import Finding, Kind, Level
from terminal.diagnosis.known_devices import BRAILLE_LOOKALIKES, USB_SERIAL
from terminal.diagnosis.machine import Machine
from terminal.diagnosis.udev_database import properties
from terminal.diagnosis.udev_files import BRLTTY_FILE, PORTS_FILE, effective
from terminal.diagnosis.usb import usb_devices
from terminal.readers.holders import holders
from terminal.texts import Text

SCDAEMON = Kind(
    "scdaemon",
    Level.WARN,
    Text(
        "scdaemon（GnuPG）在运行，会独占读卡器",
        "scdaemon (GnuPG) runs; it takes readers for itself",
    ),
    Text(
        "请在 ~/.gnupg/scdaemon.conf 写入 disable-ccid 和 pcsc-shared 两行，再执行 "
        "gpgconf --kill scdaemon；柜台机用不到 GnuPG 的卡功能时，请执行 apt remove scdaemon",
        "Write the lines disable-ccid and pcsc-shared into ~/.gnupg/scdaemon.conf and run "
        "gpgconf --kill scdaemon; or, where GnuPG needs no card, apt remove scdaemon",
    ),
)
GSD_SMARTCARD = Kind(
    "gsd_smartcard",
    Level.WARN,
    Text(
        "gsd-smartcard（GNOME 桌面）在运行，会抢着读刚插入的卡",
        "gsd-smartcard (GNOME) runs; it reads every card that is inserted",
    ),
    Text(
        "请执行 systemctl --user mask org.gnome.SettingsDaemon.Smartcard.service，再重新登录",
        "Run systemctl --user mask org.gnome.SettingsDaemon.Smartcard.service and log in again",
    ),
)
OTHER_PROGRAMS = Kind(
    "other_programs",
    Level.NOTE,
    Text("还有别的程序在用 PC/SC：{holders}", "Other programs use PC/SC: {holders}"),
)
BRLTTY = Kind(
    "brltty",
    Level.WARN,
    Text(
        "brltty（盲文终端）会抢占串口转换器 {chip}（{ids}）",
        "brltty (braille displays) takes the serial converter {chip} ({ids})",
    ),
    Text(
        "不用盲文终端的，请执行 apt remove brltty，再重插设备；别的用途还要 brltty 的，请执行 "
        "install -m 644 {files} /etc/udev/rules.d/ 和 udevadm control --reload",
        "Where no braille display is used, run apt remove brltty and plug the device in again; "
        "else run install -m 644 {files} /etc/udev/rules.d/ and udevadm control --reload",
    ),
)
MODEM_MANAGER = Kind(
    "modem_manager",
    Level.WARN,
    Text(
        "ModemManager 在运行，会往串口设备（{ports}）发 AT 命令",
        "ModemManager runs and sends AT commands to serial devices ({ports})",
    ),
    Text(
        "不用移动上网卡的，请执行 systemctl disable --now ModemManager；"
        "要用的，请执行 install -m 644 {file} /etc/udev/rules.d/ 和 udevadm control --reload，"
        "再重插设备",
        "Where no mobile modem is used, run systemctl disable --now ModemManager; "
        "else run install -m 644 {file} /etc/udev/rules.d/ and udevadm control --reload, "
        "then plug the device in again",
    ),
)

_GRABBERS = {"scdaemon": SCDAEMON, "gsd-smartcard": GSD_SMARTCARD}
_KEPT_OFF = ("ID_MM_DEVICE_IGNORE", "ID_MM_PORT_IGNORE")
_MODEM_MANAGER_ENABLED = (
    "/etc/systemd/system/*.wants/ModemManager.service",
    "/etc/systemd/system/dbus-org.freedesktop.ModemManager1.service",
)
_BRLTTY_RULES = ("/usr/lib/udev/rules.d/*brltty*.rules", "/lib/udev/rules.d/*brltty*.rules")


def programs(machine: Machine) -> Iterator[Finding]:
    """Name programs that hold readers; they are never ended, that is the user's to decide."""
    for name, kind in _GRABBERS.items():
        if name in machine.processes:
            yield kind.found()
    others = [
        each for each in holders(machine.path("/proc")) if each.split(" (pid ")[0] not in _GRABBERS
    ]
    if others:
        yield OTHER_PROGRAMS.found(holders="、".join(others))


def serial(machine: Machine) -> Iterator[Finding]:
    """Name programs that grab serial devices; nothing where there are none."""
    if _brltty_comes(machine):
        for each in usb_devices(machine):
            if each.ids in BRAILLE_LOOKALIKES:
                files = " ".join(map(machine.shipped_file, (PORTS_FILE, BRLTTY_FILE)))
                yield BRLTTY.found(chip=USB_SERIAL[each.ids], ids=each.ids, files=files)
    if _modem_manager_comes(machine):
        ports = [name for name in machine.names("/sys/class/tty") if _probed(machine, name)]
        if ports:
            file = machine.shipped_file(PORTS_FILE)
            yield MODEM_MANAGER.found(ports="、".join(ports), file=file)


def _brltty_comes(machine: Machine) -> bool:
    """Tell whether brltty takes converters: it runs, or its rules start it and ours don't stop it.

    A brltty that runs looks for displays by itself, whatever rules there are.
    """
    if "brltty" in machine.processes:
        return True
    kept_off = all(effective(machine, name) for name in (PORTS_FILE, BRLTTY_FILE))
    return machine.first(*_BRLTTY_RULES) is not None and not kept_off


def _modem_manager_comes(machine: Machine) -> bool:
    return "ModemManager" in machine.processes or machine.first(*_MODEM_MANAGER_ENABLED) is not None


def _probed(machine: Machine, port: str) -> bool:
    """Tell whether a port is ModemManager's to probe: on USB, and not marked as none of its."""
    if not port.startswith(("ttyUSB", "ttyACM")):
        return False
    marks = properties(machine, machine.text(f"/sys/class/tty/{port}/dev"))
    return not any(marks.get(name) == "1" for name in _KEPT_OFF)
