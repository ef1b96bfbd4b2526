"""The ports of the configured devices: there, open to this user, free, and named to last."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from terminal.diagnosis.finding import Finding, Kind, Level
from terminal.diagnosis.machine import Machine
from terminal.diagnosis.udev_files import PORTS_FILE
from terminal.errors import GuitaiError
from terminal.texts import Text

PORT_READY = Kind(
    "port_ready",
    Level.OK,
    Text("{device}的端口 {port} 可以使用", "The {device}'s port {port} can be used"),
)
PORT_MISSING = Kind(
    "port_missing",
    Level.FAIL,
    Text(
        "{device}的端口 {port} 不存在（配置 [{section}]）",
        "The {device}'s port {port} does not exist (configuration, [{section}])",
    ),
    Text(
        "请接好设备；仍没有的，用 ls -l /dev/counter 查看现有的名称，再改正配置 [{section}] "
        "的 port",
        "Plug the device in; else look for its name by ls -l /dev/counter and correct port under "
        "[{section}]",
    ),
)
PORT_NO_DEVICE = Kind(
    "port_no_device",
    Level.FAIL,
    Text(
        "{device}的端口 {port} 不是设备（配置 [{section}]）",
        "The {device}'s port {port} is no device (configuration, [{section}])",
    ),
    Text(
        "请用 ls -l /dev/counter 查看现有的名称，再改正配置 [{section}] 的 port",
        "Look for its name by ls -l /dev/counter and correct port under [{section}]",
    ),
)
PORT_FORBIDDEN = Kind(
    "port_forbidden",
    Level.FAIL,
    Text(
        "用户 {user} 打不开{device}的端口 {port}",
        "User {user} may not open the {device}'s port {port}",
    ),
    Text(
        "请执行 usermod --append --groups {group} {user} 后重新登录；坐在本机使用的，"
        "安装 {file} 即可",
        "Run usermod --append --groups {group} {user} and log in again; for who sits at this "
        "machine, installing {file} is enough",
    ),
)
PORT_HELD = Kind(
    "port_held",
    Level.WARN,
    Text(
        "{device}的端口 {port} 被别的程序占用：{holders}",
        "Other programs have the {device}'s port {port} open: {holders}",
    ),
    Text("请关闭那个程序后再试", "Close that program and try again"),
)
PORT_OURS = Kind(
    "port_ours",
    Level.NOTE,
    Text(
        "{device}的端口 {port} 正由本工具使用：{holders}",
        "The {device}'s port {port} is in use by our own program: {holders}",
    ),
)
PORT_UNSTABLE = Kind(
    "port_unstable",
    Level.WARN,
    Text(
        "{device}配置成了 {port}，重插或重启后这个编号可能换给别的设备",
        "The {device} is configured as {port}, a number that another device may have after "
        "plugging or a restart",
    ),
    Text('请把配置 [{section}] 的 port 改为 "{name}"', 'Set port = "{name}" under [{section}]'),
)
PORT_NAMELESS = Kind(
    "port_nameless",
    Level.WARN,
    Text(
        "{device}配置成了 {port}，重插或重启后这个编号可能换给别的设备；它还没有固定的名称",
        "The {device} is configured as {port}, a number that another device may have after "
        "plugging or a restart; it has no lasting name yet",
    ),
    Text(
        "请执行 install -m 644 {file} /etc/udev/rules.d/ 和 udevadm control --reload，重插设备，"
        "再运行一次 guitai doctor；仍没有名称的，在 61-guitai-desk.rules 里给它起名",
        "Run install -m 644 {file} /etc/udev/rules.d/ and udevadm control --reload, plug it in "
        "again and run guitai doctor once more; if it still has none, name it in "
        "61-guitai-desk.rules",
    ),
)
PORT_SLOW = Kind(
    "port_slow",
    Level.NOTE,
    Text(
        "{device}的 FTDI 转换器每次应答要等 {milliseconds} 毫秒（设为 1 会快得多），"
        "见 udev/README.md",
        "The {device}'s FTDI converter holds each answer for {milliseconds} ms (1 is much faster), "
        "see udev/README.md",
    ),
)

_DEVICES = {
    "pin_pad": Text("密码键盘", "PIN pad"),
    "id_reader": Text("身份证阅读器", "ID-card reader"),
    "receipt_printer": Text("凭条打印机", "receipt printer"),
}
"""The sections of the configuration that have a ``port``."""
_OUR_PROGRAM = "guitai"
_NUMBERED = re.compile(r"/dev/(?:ttyUSB|ttyACM|usb/lp)\d+")
_NAMES = ("/dev/counter", "/dev/serial/by-id", "/dev/serial/by-path")
_LAST_OF_THEM = "serial-"


def configured_ports(machine: Machine) -> Iterator[Finding]:
    """Look at each configured port; one that is no file (a network address) is not ours to see."""
    try:
        config = machine.config
    except GuitaiError:
        # Said by `configuration`.
        return
    for section, device in _DEVICES.items():
        port = str(getattr(getattr(config, section, None), "port", ""))
        if port.startswith("/"):
            yield from _port(machine, section, device, port)


def _port(machine: Machine, section: str, device: Text, port: str) -> Iterator[Finding]:
    path = machine.path(port)
    if not path.exists():
        yield PORT_MISSING.found(device=device, port=port, section=section)
        return
    if machine.device_of(path) is None:
        yield PORT_NO_DEVICE.found(device=device, port=port, section=section)
        return
    file = machine.shipped_file(PORTS_FILE)
    if machine.may_open(path):
        yield PORT_READY.found(device=device, port=port)
    else:
        group = machine.group_of(path) or "dialout"
        yield PORT_FORBIDDEN.found(
            device=device, port=port, user=machine.user, group=group, file=file
        )
    node = machine.real(port)
    if held := _holders(machine, node):
        ours = all(each.startswith(f"{_OUR_PROGRAM} (") for each in held)
        yield (PORT_OURS if ours else PORT_HELD).found(
            device=device, port=port, holders="、".join(held)
        )
    if _NUMBERED.fullmatch(port):
        yield _unstable(machine, section, device, port, file)
    waits = machine.text(f"/sys/class/tty/{node.rpartition('/')[2]}/device/latency_timer")
    if waits not in {"", "1"}:
        yield PORT_SLOW.found(device=device, milliseconds=waits)


def _unstable(machine: Machine, section: str, device: Text, port: str, file: str) -> Finding:
    names = [
        f"{folder}/{name}"
        for folder in _NAMES
        for name in machine.names(folder)
        if machine.real(f"{folder}/{name}") == port
    ]
    if not names:
        return PORT_NAMELESS.found(device=device, port=port, file=file)
    # A name that people gave is better than one of the socket's or the chip's.
    best = min(names, key=lambda each: f"/{_LAST_OF_THEM}" in each or "/by-" in each)
    return PORT_UNSTABLE.found(device=device, port=port, section=section, name=best)


def _holders(machine: Machine, node: str) -> list[str]:
    """Name the programs that have a device open, as far as this user may see that."""
    found = []
    for pid in machine.names("/proc"):
        if not pid.isdecimal() or int(pid) == os.getpid():
            continue
        try:
            opened = {str(each.readlink()) for each in machine.path(f"/proc/{pid}/fd").iterdir()}
        except OSError:
            # Gone meanwhile, or another user's: not ours to know.
            continue
        if node in opened:
            found.append(f"{machine.text(f'/proc/{pid}/comm')} (pid {pid})")
    return found
