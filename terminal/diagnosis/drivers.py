"""USB readers that are plugged in, and the drivers that they need."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.diagnosis.finding import Finding, Kind, Level
from terminal.diagnosis.known_devices import vendor_device
from terminal.diagnosis.machine import Machine
from terminal.diagnosis.usb import FOLDER, usb_devices
from terminal.texts import Text

DAEMON_GROUP = "pcscd"
NFC_MODULES = ("pn533_usb", "pn533", "nfc")

NO_USB = Kind(
    "no_usb",
    Level.NOTE,
    Text(
        "本机看不到 USB 总线（虚拟机或容器？），USB 读卡器接不进来",
        "There is no USB bus here (a virtual machine, a container?), so no USB reader",
    ),
)
CCID_DRIVER_MISSING = Kind(
    "ccid_driver_missing",
    Level.FAIL,
    Text(
        "插着读卡器 {device}，但没有安装 CCID 驱动",
        "Reader {device} is plugged in, and the CCID driver is not installed",
    ),
    Text(
        "请执行 apt install libccid，再重插读卡器",
        "Run apt install libccid, then plug the reader in again",
    ),
)
READER_NOT_LISTED = Kind(
    "reader_not_listed",
    Level.FAIL,
    Text(
        "插着读卡器 {device}，但读卡服务一个读卡器也没有列出",
        "Reader {device} is plugged in, and the smart-card service lists none",
    ),
    Text(
        "请重插读卡器；不行就执行 systemctl restart pcscd，再看 journalctl --unit pcscd",
        "Plug it in again; else run systemctl restart pcscd and read journalctl --unit pcscd",
    ),
)
NODE_GROUP = Kind(
    "node_group",
    Level.WARN,
    Text(
        "pcscd 以用户 pcscd 运行，但读卡器 {device} 的设备文件属于组 {group}",
        "pcscd runs as user pcscd, and the device file of reader {device} has group {group}",
    ),
    Text(
        "请升级读卡器的驱动包（libccid 1.7.0 起会设成 pcscd 组），再重插读卡器",
        "Upgrade the driver (libccid 1.7.0 and newer set the group), then plug the reader in again",
    ),
)
VENDOR_READER = Kind(
    "vendor_reader",
    Level.NOTE,
    Text(
        "{name_zh}（{ids}）{likely_zh}不走 PC/SC，要用厂家的程序库",
        "{name_en} ({ids}) {likely_en} not a PC/SC device; it needs its vendor's library",
    ),
)
NFC_TOOK_READER = Kind(
    "nfc_took_reader",
    Level.FAIL,
    Text(
        "读卡器 {device} 被内核模块 {driver} 占住，读卡服务用不了它",
        "The kernel module {driver} has taken reader {device} from the smart-card service",
    ),
    Text(
        "请在 /etc/modprobe.d/guitai-nfc.conf 写入 blacklist pn533_usb、blacklist pn533、"
        "blacklist nfc 三行，执行 modprobe --remove pn533_usb，再重插读卡器",
        "Write the lines blacklist pn533_usb, blacklist pn533, blacklist nfc into "
        "/etc/modprobe.d/guitai-nfc.conf, run modprobe --remove pn533_usb, plug the reader in anew",
    ),
)
NFC_MODULES_LOADED = Kind(
    "nfc_modules_loaded",
    Level.WARN,
    Text(
        "内核模块 {modules} 已加载，会抢占 ACR122U 一类的非接读卡器",
        "The kernel modules {modules} are loaded; they take readers like the ACR122U",
    ),
    Text(
        "请在 /etc/modprobe.d/guitai-nfc.conf 写入 blacklist pn533_usb、blacklist pn533、"
        "blacklist nfc 三行，再重启",
        "Write the lines blacklist pn533_usb, blacklist pn533, blacklist nfc into "
        "/etc/modprobe.d/guitai-nfc.conf and restart the machine",
    ),
)
_CCID_DRIVERS = (
    "/usr/lib/pcsc/drivers/*ccid*.bundle",
    "/usr/lib/*/pcsc/drivers/*ccid*.bundle",
    "/usr/lib64/pcsc/drivers/*ccid*.bundle",
    "/usr/local/lib/pcsc/drivers/*ccid*.bundle",
    "/usr/local/lib/*/pcsc/drivers/*ccid*.bundle",
)
_SERVICES = (
    "/etc/systemd/system/pcscd.service",
    "/usr/lib/systemd/system/pcscd.service",
    "/lib/systemd/system/pcscd.service",
)


def usb_readers(machine: Machine) -> Iterator[Finding]:
    """Look at plugged-in readers of the common class: driver there, listed, its node open."""
    if not machine.path(FOLDER).is_dir():
        yield NO_USB.found()
        return
    plugged = [each for each in usb_devices(machine) if each.ccid]
    if not plugged:
        return
    first = plugged[0].title
    if machine.first(*_CCID_DRIVERS) is None:
        yield CCID_DRIVER_MISSING.found(device=first)
    elif machine.sight.answered and not machine.sight.readers:
        yield READER_NOT_LISTED.found(device=first)
    if _runs_unprivileged(machine):
        for each in plugged:
            node = machine.path(each.node)
            group = machine.group_of(node) if node.exists() else DAEMON_GROUP
            if group != DAEMON_GROUP:
                yield NODE_GROUP.found(device=each.title, group=group or "?")


def _runs_unprivileged(machine: Machine) -> bool:
    """Tell whether systemd starts pcscd as a user of its own (pcsc-lite 2.4 and newer)."""
    service = machine.first(*_SERVICES)
    return service is not None and f"User={DAEMON_GROUP}" in machine.text(service).splitlines()


def vendor_readers(machine: Machine) -> Iterator[Finding]:
    """Name devices that are no business of PC/SC."""
    for each in usb_devices(machine):
        known = vendor_device(each.ids)
        if known is not None:
            yield VENDOR_READER.found(
                name_zh=known.name.zh,
                name_en=known.name.en,
                ids=each.ids,
                likely_zh="" if known.sure else "应该",
                likely_en="is" if known.sure else "is probably",
            )


def nfc(machine: Machine) -> Iterator[Finding]:
    """Look for the kernel's own NFC drivers, which take readers with a PN53x chip."""
    taken = False
    for each in usb_devices(machine):
        for driver in sorted(each.drivers.intersection(NFC_MODULES)):
            taken = True
            yield NFC_TOOK_READER.found(device=each.title, driver=driver)
    loaded = [name for name in NFC_MODULES if name in machine.kernel_modules]
    # nfc alone serves a laptop's built-in chip and takes no reader.
    if loaded not in ([], ["nfc"]) and not taken:
        yield NFC_MODULES_LOADED.found(modules="、".join(loaded))
