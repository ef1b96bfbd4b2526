"""Other programs that are known to get in the way (reference §1.8, field survey B 3)."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.diagnosis.finding import Finding, Kind, Level
from terminal.diagnosis.known_devices import USB_SERIAL
from terminal.diagnosis.machine import Machine
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
        "不用盲文终端的，请执行 apt remove brltty，再重插设备",
        "Where no braille display is used, run apt remove brltty and plug the device in again",
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
        "不用移动上网卡的，请执行 systemctl disable --now ModemManager",
        "Where no mobile modem is used, run systemctl disable --now ModemManager",
    ),
)

_GRABBERS = {"scdaemon": SCDAEMON, "gsd-smartcard": GSD_SMARTCARD}
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
    if "brltty" in machine.processes or machine.first(*_BRLTTY_RULES) is not None:
        for each in usb_devices(machine):
            if each.ids in USB_SERIAL:
                yield BRLTTY.found(chip=USB_SERIAL[each.ids], ids=each.ids)
    ports = [
        name for name in machine.names("/sys/class/tty") if name.startswith(("ttyUSB", "ttyACM"))
    ]
    if ports and "ModemManager" in machine.processes:
        yield MODEM_MANAGER.found(ports="、".join(ports))
