"""Readers that stand in /etc/reader.conf.d: serial ones, and vsmartcard's virtual one."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.diagnosis.finding import Finding, Kind, Level
from terminal.diagnosis.machine import Machine
from terminal.errors import GuitaiError
from terminal.texts import Text

FOLDER = "/etc/reader.conf.d"
_LISTENS = "/dev/null"
"""DEVICENAME with which vpcd listens; with a host's name it calls that host instead."""

VIRTUAL_READER_OPEN = Kind(
    "virtual_reader_open",
    Level.NOTE,
    Text(
        "{file} 配了虚拟读卡器：pcscd 运行时，端口 {ports} 对整个网络开放",
        "{file} has a virtual reader: while pcscd runs, port {ports} is open to the network",
    ),
    Text(
        "只在开发机上使用；不用时请执行 apt remove vsmartcard-vpcd，或用防火墙挡住该端口",
        "For development only; else apt remove vsmartcard-vpcd, or close the port by a firewall",
    ),
)
VIRTUAL_READER_LIVE = Kind(
    "virtual_reader_live",
    Level.WARN,
    Text(
        "生产模式下不应有虚拟读卡器（{file}）：网络上的人可以插入假卡",
        "No virtual reader should be here in production ({file}): anyone may plug in a false card",
    ),
    Text("请执行 apt remove vsmartcard-vpcd", "Run apt remove vsmartcard-vpcd"),
)
READER_DRIVER_MISSING = Kind(
    "reader_driver_missing",
    Level.WARN,
    Text(
        "{file} 里的驱动 {library} 不存在，这个读卡器不会出现",
        "{file} names the driver {library}, which does not exist: that reader will not show",
    ),
    Text(
        "请安装这个驱动，或删去该文件里的这一段",
        "Install that driver, or take the reader out of that file",
    ),
)


def configured_readers(machine: Machine) -> Iterator[Finding]:
    """Look through the readers that do not announce themselves."""
    for name in machine.names(FOLDER):
        file = f"{FOLDER}/{name}"
        if not machine.path(file).is_file():
            continue
        words = _words(machine.text(file))
        for library in _values(words, "LIBPATH"):
            if not machine.path(library).exists():
                yield READER_DRIVER_MISSING.found(file=file, library=library)
        if any("vpcd" in library for library in _values(words, "LIBPATH")):
            yield from _virtual(machine, file, _values(words, "DEVICENAME"))


def _virtual(machine: Machine, file: str, devices: list[str]) -> Iterator[Finding]:
    if _production(machine):
        yield VIRTUAL_READER_LIVE.found(file=file)
    ports = [_port(each) for each in devices if each.partition(":")[0] == _LISTENS]
    if ports:
        yield VIRTUAL_READER_OPEN.found(file=file, ports="、".join(ports))


def _production(machine: Machine) -> bool:
    try:
        return machine.config.production
    except GuitaiError:
        # Said by who checks the configuration.
        return False


def _words(text: str) -> list[list[str]]:
    lines = (line.split("#", 1)[0].split(None, 1) for line in text.splitlines())
    return [line for line in lines if len(line) == 2]


def _values(words: list[list[str]], key: str) -> list[str]:
    return [value.strip().strip('"') for name, value in words if name == key]


def _port(device: str) -> str:
    number = device.partition(":")[2]
    try:
        return str(int(number, 0))
    except ValueError:
        return number or "?"
