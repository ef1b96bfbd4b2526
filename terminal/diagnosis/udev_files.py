"""Our udev rules: are they installed, as we ship them, in their place, and needed at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from terminal.diagnosis.finding import Finding, Kind, Level
from terminal.diagnosis.known_devices import PRINTER_CLASS, USB_SERIAL, vendor_device
from terminal.diagnosis.machine import Machine
from terminal.diagnosis.usb import UsbDevice, usb_devices
from terminal.texts import Text

READERS_FILE = "60-guitai-readers.rules"
PORTS_FILE = "62-guitai-ports.rules"
BRLTTY_FILE = "90-guitai-brltty.rules"
DESK_FILE = "61-guitai-desk.rules"
"""The one that people write themselves; we ship an example."""

UDEV_RULES_INSTALLED = Kind(
    "udev_rules_installed",
    Level.OK,
    Text("已安装 udev 规则 {path}", "The udev rules are installed: {path}"),
)
UDEV_RULES_MISSING = Kind(
    "udev_rules_missing",
    Level.NOTE,
    Text(
        "没有安装本工具的 udev 规则（{rules}），插着的设备用不到，见 udev/README.md",
        "Of our udev rules, {rules} not installed; what is plugged in does without, "
        "see udev/README.md",
    ),
)
UDEV_RULES_WANTED = Kind(
    "udev_rules_wanted",
    Level.WARN,
    Text(
        "插着 {device}，但没有安装本工具的 udev 规则，它没有固定的名称，普通用户也可能打不开",
        "{device} is plugged in, and without our udev rules it has no lasting name, and users "
        "may be unable to open it",
    ),
    Text(
        "请执行 install -m 644 {file} /etc/udev/rules.d/ 和 udevadm control --reload，再重插设备",
        "Run install -m 644 {file} /etc/udev/rules.d/ and udevadm control --reload, "
        "then plug it in again",
    ),
)
UDEV_RULES_DIFFER = Kind(
    "udev_rules_differ",
    Level.WARN,
    Text(
        "{path} 与本版本附带的规则不同（旧版，或者改动过）",
        "{path} is not what this version ships: an older one, or changed by hand",
    ),
    Text(
        "请执行 install -m 644 {file} {folder}/ 和 udevadm control --reload；"
        "本柜台自己的规则请写在 /etc/udev/rules.d/61-guitai-desk.rules",
        "Run install -m 644 {file} {folder}/ and udevadm control --reload; "
        "rules of this desk's own go into /etc/udev/rules.d/61-guitai-desk.rules",
    ),
)
UDEV_RULES_SHADOWED = Kind(
    "udev_rules_shadowed",
    Level.WARN,
    Text(
        "udev 规则 {path} 不起作用：被同名的 {by} 盖住了",
        "The udev rules {path} have no effect: {by} of the same name stands before them",
    ),
    Text(
        "请执行 rm {by} 和 udevadm control --reload，再重插设备",
        "Run rm {by} and udevadm control --reload, then plug the device in again",
    ),
)
UDEV_RULES_RENAMED = Kind(
    "udev_rules_renamed",
    Level.WARN,
    Text(
        "udev 规则 {path} 改过名；编号决定先后，应为 {name}",
        "The udev rules {path} have another name; the number decides the order: it is {name}",
    ),
    Text(
        "请执行 mv {path} {folder}/{name} 和 udevadm control --reload，再重插设备",
        "Run mv {path} {folder}/{name} and udevadm control --reload, then plug the device in again",
    ),
)

FOLDERS = (
    "/etc/udev/rules.d",
    "/run/udev/rules.d",
    "/usr/local/lib/udev/rules.d",
    "/usr/lib/udev/rules.d",
    "/lib/udev/rules.d",
)
"""The first that has a name wins; files of all folders are read in the order of their names."""
_OURS = re.compile(r"(?:\d+-)?(guitai-(?:readers|ports|brltty|desk)\.rules)")


@dataclass(frozen=True, slots=True)
class _File:
    """Hold a file that we ship, and which plugged-in devices want it."""

    name: str
    wanted_by: Callable[[UsbDevice], bool]


def _is_vendor_reader(device: UsbDevice) -> bool:
    known = vendor_device(device.ids)
    return known is not None and known.transport != "keyboard"


def _is_port(device: UsbDevice) -> bool:
    return device.ids in USB_SERIAL or PRINTER_CLASS in device.classes


_FILES = (
    _File(READERS_FILE, _is_vendor_reader),
    _File(PORTS_FILE, _is_port),
    # Wanted where brltty comes; that check says so (module neighbours).
    _File(BRLTTY_FILE, lambda _device: False),
)


def effective(machine: Machine, name: str) -> str | None:
    """Find the copy of a file of rules that udev reads, None for no copy or an emptied one."""
    copies = _copies(machine, name)
    return copies[0] if copies and machine.text(copies[0]) else None


def _copies(machine: Machine, name: str) -> list[str]:
    """List the copies of a file, the one that holds first; /lib may be /usr/lib by a link."""
    by_place = {
        machine.real(folder): f"{folder}/{name}"
        for folder in reversed(FOLDERS)
        if name in machine.names(folder)
    }
    return [by_place[place] for place in reversed(by_place)]


def udev_rules(machine: Machine) -> Iterator[Finding]:
    """Look at each file of rules, and for those of ours that were given another number."""
    plugged = usb_devices(machine)
    missing = []
    for each in _FILES:
        copies = _copies(machine, each.name)
        if copies:
            yield _judge(machine, each.name, copies)
        elif wanting := next(filter(each.wanted_by, plugged), None):
            file = machine.shipped_file(each.name)
            yield UDEV_RULES_WANTED.found(device=wanting.title, file=file)
        else:
            missing.append(each.name)
    if missing:
        yield UDEV_RULES_MISSING.found(rules="、".join(missing))
    yield from _renamed(machine)


def _judge(machine: Machine, name: str, copies: list[str]) -> Finding:
    """Judge the copy that holds by what it says; a link to /dev/null says nothing."""
    first, *others = copies
    if machine.as_shipped(first, name):
        return UDEV_RULES_INSTALLED.found(path=first)
    hidden = next((each for each in others if machine.as_shipped(each, name)), None)
    if hidden is not None:
        return UDEV_RULES_SHADOWED.found(path=hidden, by=first)
    folder = first.removesuffix(f"/{name}")
    return UDEV_RULES_DIFFER.found(path=first, file=machine.shipped_file(name), folder=folder)


def _renamed(machine: Machine) -> Iterator[Finding]:
    right = {_OURS.sub(r"\1", name): name for name in (*(each.name for each in _FILES), DESK_FILE)}
    for folder in FOLDERS:
        for name in machine.names(folder):
            ours = _OURS.fullmatch(name)
            if ours and right[ours[1]] != name:
                yield UDEV_RULES_RENAMED.found(
                    path=f"{folder}/{name}", folder=folder, name=right[ours[1]]
                )
