"""Where no daemon answers: its socket, its program, its systemd units."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from terminal.diagnosis.finding import Finding, Kind, Level
from terminal.diagnosis.machine import Machine
from terminal.readers.port import Result
from terminal.texts import Text

VARIABLE = "PCSCLITE_CSOCK_NAME"
DEFAULT = "/run/pcscd/pcscd.comm"
LONGEST = 107
"""Bytes of a socket's path without its final zero; the library cuts longer ones off silently."""

SOCKET_VARIABLE = Kind(
    "socket_variable",
    Level.NOTE,
    Text(
        f"环境变量 {VARIABLE} 指定了套接字 {{path}}",
        f"The environment variable {VARIABLE} names the socket {{path}}",
    ),
)
SOCKET_VARIABLE_WRONG = Kind(
    "socket_variable_wrong",
    Level.FAIL,
    Text(
        f"环境变量 {VARIABLE} 指向 {{path}}，那里没有套接字",
        f"The environment variable {VARIABLE} names {{path}}, where no socket is",
    ),
    Text(f"请改正或取消变量 {VARIABLE}", f"Correct or unset {VARIABLE}"),
)
SOCKET_TOO_LONG = Kind(
    "socket_too_long",
    Level.FAIL,
    Text(
        f"变量 {VARIABLE} 的路径有 {{length}} 字节，超过 {LONGEST} 字节会被截断",
        f"The path in {VARIABLE} has {{length}} bytes; it is cut off after {LONGEST}",
    ),
    Text("请改用较短的路径，例如短的符号链接", "Use a shorter path, a symlink for example"),
)
SOCKET_MISSING = Kind(
    "socket_missing",
    Level.FAIL,
    Text(
        "读卡服务没有运行：没有套接字 {path}",
        "The smart-card service is not running: there is no socket {path}",
    ),
    Text(
        "请执行 systemctl enable --now pcscd.socket",
        "Run systemctl enable --now pcscd.socket",
    ),
)
SOCKET_DANGLING = Kind(
    "socket_dangling",
    Level.FAIL,
    Text(
        "套接字 {path} 是失效的链接，它指向 {target}",
        "The socket {path} is a link that leads nowhere: {target}",
    ),
    Text(
        f"请启动链接所指的读卡服务，或者取消变量 {VARIABLE}、删除这个链接",
        f"Start the service that it leads to, or unset {VARIABLE} or remove the link",
    ),
)
SOCKET_NO_SOCKET = Kind(
    "socket_no_socket",
    Level.FAIL,
    Text("{path} 不是套接字", "{path} is no socket"),
    Text(
        "请移走这个文件，再执行 systemctl restart pcscd.socket",
        "Move it away, then run systemctl restart pcscd.socket",
    ),
)
SOCKET_FORBIDDEN = Kind(
    "socket_forbidden",
    Level.FAIL,
    Text(
        "用户 {user} 没有权限连接套接字 {path}（权限 {mode}）",
        "User {user} may not connect to the socket {path} (mode {mode})",
    ),
    Text(
        "请执行 systemctl restart pcscd.socket，权限会恢复为 0666；改过 SocketMode 的请改回",
        "Run systemctl restart pcscd.socket, which makes it 0666; undo a changed SocketMode",
    ),
)
SOCKET_STALE = Kind(
    "socket_stale",
    Level.FAIL,
    Text(
        "套接字 {path} 还在，但没有程序在听",
        "The socket {path} is there, but nobody listens",
    ),
    Text(
        "请执行 systemctl restart pcscd.socket",
        "Run systemctl restart pcscd.socket",
    ),
)
DAEMON_NOT_INSTALLED = Kind(
    "daemon_not_installed",
    Level.FAIL,
    Text("没有安装读卡服务 pcscd", "The smart-card service pcscd is not installed"),
    Text("请执行 apt install pcscd libccid", "Run apt install pcscd libccid"),
)
DAEMON_ELSEWHERE = Kind(
    "daemon_elsewhere",
    Level.WARN,
    Text(
        "pcscd 在运行，但不在 {path} 上听（可能在容器里）",
        "pcscd runs, but does not listen at {path} (it may be in a container)",
    ),
    Text(
        f"请用变量 {VARIABLE} 指定它的套接字，或者改用本机的 pcscd",
        f"Name its socket in {VARIABLE}, or use this machine's own pcscd",
    ),
)
UNIT_MISSING = Kind(
    "unit_missing",
    Level.WARN,
    Text(
        "systemd 没有 pcscd.socket 单元，读卡服务不会自动启动",
        "systemd has no unit pcscd.socket: nothing starts the smart-card service",
    ),
    Text("请执行 apt install --reinstall pcscd", "Run apt install --reinstall pcscd"),
)
UNIT_MASKED = Kind(
    "unit_masked",
    Level.FAIL,
    Text("{unit} 被屏蔽（mask），不能启动", "{unit} is masked and cannot start"),
    Text(
        "请执行 systemctl unmask {unit}，再执行 systemctl enable --now pcscd.socket",
        "Run systemctl unmask {unit}, then systemctl enable --now pcscd.socket",
    ),
)
UNIT_DISABLED = Kind(
    "unit_disabled",
    Level.WARN,
    Text("pcscd.socket 没有设为开机启动", "pcscd.socket is not enabled at boot"),
    Text(
        "请执行 systemctl enable --now pcscd.socket",
        "Run systemctl enable --now pcscd.socket",
    ),
)
NO_SYSTEMD = Kind(
    "no_systemd",
    Level.NOTE,
    Text(
        "本机没有运行 systemd（例如容器里），systemctl 用不了；请以 root 直接执行 pcscd",
        "systemd does not run here (a container?), so systemctl won't do; start pcscd as root",
    ),
)

PROGRAMS = ("/usr/sbin/pcscd", "/usr/local/sbin/pcscd", "/sbin/pcscd", "/usr/bin/pcscd")
_UNITS = (
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
)


def socket(machine: Machine) -> Iterator[Finding]:
    """Say why the socket leads to no daemon (pcsc-lite gives 8010001D for all of it)."""
    named = machine.environment.get(VARIABLE, "")
    if named:
        yield SOCKET_VARIABLE.found(path=named)
    failure = machine.sight.failure
    if failure is None or failure.result != Result.NO_SERVICE:
        return
    try:
        yield _socket_at(machine, named)
    except PermissionError:
        # Its folder is closed to us, so its mode is not to be seen either.
        yield SOCKET_FORBIDDEN.found(user=machine.user, path=named or DEFAULT, mode="?")


def _socket_at(machine: Machine, named: str) -> Finding:
    name = named or DEFAULT
    path = machine.path(str(Path(name).absolute()))
    length = len(os.fsencode(name))
    if length > LONGEST:
        return SOCKET_TOO_LONG.found(length=length)
    if path.is_symlink() and not path.exists():
        return SOCKET_DANGLING.found(path=name, target=path.readlink())
    if not path.exists():
        return (SOCKET_VARIABLE_WRONG if named else SOCKET_MISSING).found(path=name)
    if not path.is_socket():
        return SOCKET_NO_SOCKET.found(path=name)
    if not machine.may_connect(path):
        mode = stat.S_IMODE(path.stat().st_mode)
        return SOCKET_FORBIDDEN.found(user=machine.user, path=name, mode=f"{mode:04o}")
    return SOCKET_STALE.found(path=name)


def daemon(machine: Machine) -> Iterator[Finding]:
    """Say whether there is a daemon at all, and who should start it."""
    failure = machine.sight.failure
    if failure is None or failure.result != Result.NO_SERVICE:
        return
    if "pcscd" in machine.processes:
        yield DAEMON_ELSEWHERE.found(path=machine.environment.get(VARIABLE) or DEFAULT)
    elif machine.first(*PROGRAMS) is None:
        yield DAEMON_NOT_INSTALLED.found()
        return
    if machine.path("/run/systemd/system").is_dir():
        yield from _units(machine)
    else:
        yield NO_SYSTEMD.found()


def _units(machine: Machine) -> Iterator[Finding]:
    for unit in ("pcscd.socket", "pcscd.service"):
        for folder in ("/etc/systemd/system", "/run/systemd/system"):
            link = machine.path(f"{folder}/{unit}")
            if link.is_symlink() and str(link.readlink()) == "/dev/null":
                yield UNIT_MASKED.found(unit=unit)
                return
    if machine.first(*(f"{folder}/pcscd.socket" for folder in _UNITS)) is None:
        yield UNIT_MISSING.found()
    elif machine.first("/etc/systemd/system/*.wants/pcscd.socket") is None:
        yield UNIT_DISABLED.found()
